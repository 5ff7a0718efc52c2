//! `/groups/{id}`: one group, what its members get by which rule, and its members, a page at a time. It never reads all members.

use actix_web::web;
use askama::Template;
use vestibule_core::{
    ids::{GroupId, WorkspaceId},
    providers::Provider,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    people::{
        groups::{self, Group},
        members, parked,
        users::{self, UserSummary},
    },
};

use crate::{
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        moment::Moment,
        pager,
        visitor::Visitor,
    },
    people::groups::COUNTED,
    roles::catalog::{Catalog, RuleView},
};

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    provider: &'static Provider,
    may_change: bool,
    group: Group,
    changed: Moment,
    rules: Vec<RuleView>,
    members: Vec<UserSummary>,
    count: i64,
    /// Whether there are more members than were counted.
    more: bool,
    /// How many members the provider named who are not here yet.
    waiting: i64,
    path: String,
    /// The id after which this page of members begins; empty: the first page.
    from: String,
    /// The id after which the next page begins; empty: this is the last.
    next: String,
}

/// `GET /groups/{id}`
pub async fn get_one(reader: Reader, path: web::Path<String>) -> PageResult {
    let after = reader.query()?.text("after").to_owned();
    let group_id = GroupId::parse_exact(&path).ok_or_else(|| missing(&reader))?;
    let (workspace_id, may_change, now) = (reader.workspace_id(), reader.may_change(), reader.state().now());
    let provider = reader.provider();
    let job = move |conn: &mut Conn| read(conn, &workspace_id, &group_id, after, (provider, may_change), now);
    let content = reader.read_on(missing, job).await?;
    reader.page(&content.group.display_name, &content)
}

fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("No group is at this address", "Look for the group by name on the page Groups.")
}

fn read(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    after: String,
    (provider, may_change): (&'static Provider, bool),
    now: Micros,
) -> Result<GroupPage, Error> {
    let group = groups::get(conn, workspace_id, group_id)?;
    let mut ids = members::page(conn, workspace_id, group_id, &after, pager::COUNT + 1)?;
    let next = pager::next_of(&mut ids);
    let counts = members::count(conn, workspace_id, std::slice::from_ref(&group.group_id), COUNTED + 1)?;
    let count = counts.get(&group.group_id).copied().unwrap_or_default();
    Ok(GroupPage {
        provider,
        may_change,
        changed: Moment::of(group.updated_at, now),
        rules: Catalog::read(conn, workspace_id)?.rules_about(&group.display_name_key),
        members: users::summaries(conn, workspace_id, &ids)?,
        count: count.min(COUNTED),
        more: count > COUNTED,
        waiting: parked::count(conn, workspace_id, group_id)?,
        path: format!("/groups/{}", group.group_id),
        from: after,
        next,
        group,
    })
}
