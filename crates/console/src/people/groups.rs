//! `/groups` and `/groups/{id}`: what Okta pushed, what members hold by which rule, and who the members are, a page at a time.
//! Okta owns groups: nothing here changes one, and no page reads one whole.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_core::{fold::fold, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::{
        groups::{self, Group},
        members, parked,
        users::{self, Brief},
    },
    rights::roles,
    search::{Column, Condition, Op, Place, Test},
};
use vestibule_web::{State, http::request, pages};

use crate::{
    account::sessions::Moment,
    layout::{
        auth,
        pager::{self, Pager},
    },
    roles::catalog::{Gift, Known},
};

/// How far members are counted.
const COUNTED: i64 = 1_000;

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    total: i64,
    groups: Vec<(Group, Vec<Gift>)>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    group: Group,
    may_change: bool,
    changed: Moment,
    gifts: Vec<Gift>,
    members: Vec<Brief>,
    count: i64,
    /// Whether there are more than were counted.
    more: bool,
    waiting: i64,
    path: String,
    from: String,
    next: String,
}

/// `GET /groups`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::reader_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let pager = Pager::of("/groups", &query);
    let wanted = pager.page(named(&pager.asked), Place::Column(Column::DisplayName));
    let workspace_id = visitor.workspace.workspace_id.clone();
    let (all, of_job) = (pager.asked.is_empty(), workspace_id.clone());
    let job = move |conn: &mut Conn| {
        let (listed, known) = (groups::list(conn, &of_job, &wanted)?, Known::read(conn, &of_job)?);
        let line = |group: Group| {
            let gifts = known.gifts(&group.display_name_key);
            (group, gifts)
        };
        Ok::<_, Error>((listed.total, listed.resources.into_iter().map(line).collect::<Vec<_>>()))
    };
    let read = match all {
        true => state.read(job).await,
        false => state.search(&workspace_id, job).await,
    };
    match read {
        Ok((total, groups)) => {
            let content = GroupsPage { total, groups, pager: pager.counted(total) };
            pages::render(&state, StatusCode::OK, "Groups", &visitor.around(), &content)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `GET /groups/{id}`
pub async fn get_one(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::reader_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, group_id, now) =
        (visitor.workspace.workspace_id.clone(), path.into_inner(), state.now());
    let (after, may_change) = (query.text("after").to_owned(), visitor.may_change());
    let read = state.read(move |conn| gather(conn, &workspace_id, &group_id, after, may_change, now));
    match read.await {
        Ok(content) => {
            let title = content.group.display_name.clone();
            pages::render(&state, StatusCode::OK, &title, &visitor.around(), &content)
        }
        Err(Error::NotFound) => {
            let advice = "Look for the group by name on the page Groups.";
            auth::nothing_here(&req, &state, "No group is at this address", advice)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

fn gather(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
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
        gifts: Known::read(conn, workspace_id)?.gifts(&group.display_name_key),
        members: users::briefs(conn, workspace_id, &ids)?,
        count: count.min(COUNTED),
        more: count > COUNTED,
        waiting: parked::count(conn, workspace_id, group_id)?,
        path: format!("/groups/{}", group.group_id),
        from: after,
        next,
        group,
    })
}

/// Every group in whose name this stands.
fn named(asked: &str) -> Condition {
    if asked.is_empty() {
        return Condition::Always;
    }
    Condition::Is(Place::Column(Column::DisplayName), Test::Text(Op::Contains, fold(asked)))
}
