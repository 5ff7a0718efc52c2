//! `/workspaces/{workspace}/users/{user}/identities`: who at an issuer signs in as this user. Every change ends all access of
//! the user: whoever could sign in as them before is out at once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin as admin;
use vestibule_core::time::rfc3339;
use vestibule_store::{
    Conn,
    providers::{
        connections,
        identities::{self, Identity},
    },
};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    /// That of the connection when not given.
    issuer: Option<String>,
    subject: String,
}

/// `GET …/identities`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let paging = desk.paging(&[])?;
        let user = users::one(conn, desk)?;
        let list = identities::list(conn, &user.workspace_id, &user.user_id)?;
        let key = |one: &Identity| format!("{} {}", one.issuer, one.subject);
        paging.cut(desk, list.iter().map(|one| (key(one), shown(one))).collect())
    })
    .await
}

/// `POST …/identities`: links one; another identity of the issuer, and another user of this identity, are undone.
pub async fn link(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let user = users::one(conn, desk)?;
        let (issuer, subject) = read(conn, &user.workspace_id, desk.body()?)?;
        let named = (issuer.as_str(), subject.as_str());
        admin::identities::link(conn, &desk.actor, &user.workspace_id, named, &user.user_id)?;
        let list = identities::list(conn, &user.workspace_id, &user.user_id)?;
        let linked = list.iter().find(|one| one.issuer == issuer && one.subject == subject);
        Answer::created(shown(linked.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `POST …/identities/unlink`: undoes a link; the person is let in again only when somebody settles who they are.
pub async fn unlink(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let user = users::one(conn, desk)?;
        let (issuer, subject) = read(conn, &user.workspace_id, desk.body()?)?;
        let linked = identities::find_user(conn, &user.workspace_id, &issuer, &subject)?;
        if linked.as_ref() != Some(&user.user_id) {
            return Err(Problem::NotFound);
        }
        admin::identities::unlink(conn, &desk.actor, &user.workspace_id, (&issuer, &subject))?;
        Answer::nothing()
    })
    .await
}

fn read(conn: &mut Conn, workspace_id: &str, body: Subject) -> Result<(String, String), Problem> {
    let issuer = match body.issuer {
        Some(issuer) => issuer,
        None => connections::find(conn, workspace_id)?
            .map(|connection| connection.issuer)
            .ok_or_else(|| Problem::field("issuer", "must be given: this workspace has no connection"))?,
    };
    for (field, text) in [("issuer", &issuer), ("subject", &body.subject)] {
        if text.is_empty() || text.chars().count() > 255 {
            return Err(Problem::field(field, "must have 1 to 255 characters"));
        }
    }
    Ok((issuer, body.subject))
}

fn shown(one: &Identity) -> Value {
    json!({ "issuer": one.issuer, "subject": one.subject, "linked_at": rfc3339(one.created_at) })
}
