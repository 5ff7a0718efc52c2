//! Finds what a text names exactly.

use vestibule_core::{
    fold::fold,
    ids::{self, GroupId, UserId, WorkspaceId},
};
use vestibule_store::{
    Conn, Error,
    people::{groups, users},
    search::{Column, Condition, From, Op, Page, Place, Rows, Test},
    trail::{events, receipts, requests},
};

/// The path of the page of what this text names: the id of a request, an event, a person, a group or a receipt; the user name or e-mail
/// address of a person; the name of a group. `None`: nothing, or several.
pub(super) fn exact(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    text: &str,
) -> Result<Option<String>, Error> {
    if let Some(id) = ids::parse(text) {
        return of_id(conn, workspace_id, &id);
    }
    if let Some(user) = users::find_by_user_name(conn, workspace_id, text)? {
        return Ok(Some(format!("/people/{}", user.user_id)));
    }
    let address = Condition::Is(Place::Row(Column::Email), Test::Text(Op::Equal, fold(text)));
    let condition = Condition::Any(Rows::Emails, Box::new(address));
    let page = Page { condition, sort: None, from: From::Skip(0), count: 2 };
    if let [user] = users::list(conn, workspace_id, &page)?.resources.as_slice() {
        return Ok(Some(format!("/people/{}", user.user_id)));
    }
    let group = groups::find_by_name(conn, workspace_id, text)?;
    Ok(group.map(|group| format!("/groups/{}", group.group_id)))
}

/// The path of the page of an id. A request comes first, because its page has what it caused.
fn of_id(conn: &mut Conn, workspace_id: &WorkspaceId, id: &str) -> Result<Option<String>, Error> {
    if requests::find(conn, workspace_id, id)?.is_some() {
        return Ok(Some(format!("/requests/{id}")));
    }
    if users::find(conn, workspace_id, &UserId::from_stored(id))?.is_some() {
        return Ok(Some(format!("/people/{id}")));
    }
    if !groups::names(conn, workspace_id, &[GroupId::from_stored(id)])?.is_empty() {
        return Ok(Some(format!("/groups/{id}")));
    }
    if receipts::find(conn, workspace_id, id)?.is_some() {
        return Ok(Some(format!("/receipts/{id}")));
    }
    // The reference of a refusal is the id of its event; the request behind it explains more, while it is stored.
    if let Some(event) = events::find_by_id(conn, workspace_id, id)? {
        let request = event.request_id;
        return Ok(Some(match requests::find(conn, workspace_id, &request)? {
            Some(_) => format!("/requests/{request}"),
            None => format!("/activity?before={}", event.seq.saturating_add(1)),
        }));
    }
    let wanted = events::EventFilter { request_id: Some(id.to_owned()), ..events::EventFilter::default() };
    let written = events::search(conn, workspace_id, &wanted, 1)?;
    Ok(written.events.first().map(|_| format!("/activity?request={id}")))
}
