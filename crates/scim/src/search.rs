//! `POST …/.search` (RFC 7644 §3.4.3): a list whose question stands in the body, so that nothing of it is in a URL that
//! proxies log. Below a resource type it searches that type; at the base, users and groups.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    answer::{Answer, json_body},
    document::open_list,
    endpoint::{self, Outcome},
    error::{Rejection, ScimType},
    groups::{
        script::Script,
        work::{self as group_work, show},
    },
    provisioner::{Provisioner, Scope},
    query::{Asked, List},
    schema::ResourceKind,
    users::work as user_work,
};

/// `POST /Users/.search`
pub async fn users(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (body, shared) = (json_body(&req, payload, &state).await, state.clone());
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        let list = List::of(&Asked::of_body(&body?)?, ResourceKind::User, provisioner, &shared)?;
        user_work::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups/.search`
pub async fn groups(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (body, shared) = (json_body(&req, payload, &state).await, state.clone());
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        let list = List::of(&Asked::of_body(&body?)?, ResourceKind::Group, provisioner, &shared)?;
        group_work::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /.search`
pub async fn all(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (body, shared) = (json_body(&req, payload, &state).await, state.clone());
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        everything(conn, provisioner, &Asked::of_body(&body?)?, &shared)
    })
    .await
}

/// Users, then groups, as one list. An attribute that only one of them has is one the other lacks: it meets no
/// comparison (RFC 7644 §3.4.2.1).
fn everything(conn: &mut Conn, provisioner: &Provisioner, asked: &Asked, state: &State) -> Outcome {
    if asked.sort_by.is_some() || asked.cursor.is_some() {
        let detail = "a search over all resources has no sortBy and no cursor: search /Users or /Groups";
        return Err(Rejection::new(ScimType::InvalidValue, detail).into());
    }
    let of = |kind| List::of(asked, kind, provisioner, state);
    let (users, mut groups) = match (of(ResourceKind::User), of(ResourceKind::Group)) {
        (Err(refusal), Err(_)) => return Err(refusal.into()),
        (Ok(users), Err(_)) => {
            let none = users.of_none();
            (users, none)
        }
        (Err(_), Ok(groups)) => (groups.of_none(), groups),
        (Ok(users), Ok(groups)) => (users, groups),
    };
    let (of_users, people, _) = user_work::page(conn, provisioner, &users)?;
    let shown = i64::try_from(people.len()).unwrap_or(i64::MAX);
    // The groups go on where the users end.
    groups.count = users.count - shown;
    groups.begin_behind(of_users);
    let (of_groups, page, _) = group_work::page(conn, provisioner, &groups)?;
    let mut script = Script::new(provisioner);
    let envelope = users.response(state, of_users + of_groups, Vec::new(), None);
    script.text(&open_list(&envelope, people.len() + page.len()));
    let mut separator = "";
    for user in &people {
        script.text(separator);
        script.text(user);
        separator = ",";
    }
    for group in &page {
        script.text(separator);
        show(&mut script, provisioner, group, &groups.projection);
        separator = ",";
    }
    script.text("]}");
    Answer::script(StatusCode::OK, None, script, conn)
}
