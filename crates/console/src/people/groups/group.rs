//! `/groups/{id}`: one group, what its members get by which rule, and its members, a page at a time. It never reads all members.

use actix_web::web;
use askama::Template;
use vestibule_core::{
    ids::{GroupId, WorkspaceId},
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    people::{
        groups::{self, Group},
        members, parked,
        users::{self, UserSummary},
    },
    rights::roles,
};

use crate::{
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        moment::Moment,
        pager,
        visitor::Visitor,
    },
    roles::catalog::{Catalog, RuleView},
};

/// The most members that are counted.
const COUNTED: i64 = 1_000;

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    may_change: bool,
    group: Group,
    changed: Moment,
    rules: Vec<RuleView>,
    members: Vec<UserSummary>,
    count: i64,
    /// Whether there are more members than were counted.
    more: bool,
    /// How many members Okta named who are not here yet.
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
    let job = move |conn: &mut Conn| read(conn, &workspace_id, &group_id, after, may_change, now);
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
    may_change: bool,
    now: Micros,
) -> Result<GroupPage, Error> {
    let group = groups::get(conn, workspace_id, group_id)?;
    let mut ids = members::page(conn, workspace_id, group_id, &after, pager::COUNT + 1)?;
    let next = pager::next_of(&mut ids);
    let count = roles::holders::count_members(conn, workspace_id, group_id, COUNTED + 1)?;
    Ok(GroupPage {
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
