//! `/workspaces/{workspace}/users/{user}/identities`: identities that sign in as this user. Every change ends all access of
//! the user.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Conn,
    providers::identities::{self, Identity, IdentityKey},
};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
    types::{self, users::Subject},
};

/// `GET …/identities`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let paging = caller.paging(&[])?;
        let user = users::in_path(conn, caller)?;
        let list = identities::list(conn, &user.workspace_id, &user.user_id)?;
        let key = |one: &Identity| format!("{} {}", one.issuer, one.subject);
        paging.respond(caller, list.iter().map(|one| (key(one), types::users::Identity::from(one))).collect())
    })
    .await
}

/// `POST …/identities`: links one. Removes the links of another identity of the issuer to the user, and of this identity to another user.
pub async fn link(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let user = users::in_path(conn, caller)?;
        let (issuer, subject) = read(conn, &user.workspace_id, caller.body()?)?;
        let named = IdentityKey { issuer: &issuer, subject: &subject };
        admin::provider::identities::link(conn, &caller.actor, &user.workspace_id, named, &user.user_id)?;
        let list = identities::list(conn, &user.workspace_id, &user.user_id)?;
        let linked = list.iter().find(|one| one.key() == named);
        Answer::created(types::users::Identity::from(linked.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `POST …/identities/unlink`: removes a link; the next sign-in of the person is a conflict.
pub async fn unlink(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let user = users::in_path(conn, caller)?;
        let (issuer, subject) = read(conn, &user.workspace_id, caller.body()?)?;
        let named = IdentityKey { issuer: &issuer, subject: &subject };
        let linked = identities::find_user(conn, &user.workspace_id, named)?;
        if linked.as_ref() != Some(&user.user_id) {
            return Err(Problem::NotFound);
        }
        admin::provider::identities::unlink(conn, &caller.actor, &user.workspace_id, named)?;
        Answer::nothing()
    })
    .await
}

fn read(conn: &mut Conn, workspace_id: &WorkspaceId, body: Subject) -> Result<(String, String), Problem> {
    let issuer = match body.issuer {
        Some(issuer) => issuer,
        None => admin::provider::identities::default_issuer(conn, workspace_id)?.ok_or_else(|| {
            Problem::field(
                "issuer",
                "must be given: this workspace has no connection, or several and none is the default",
            )
        })?,
    };
    for (field, text) in [("issuer", &issuer), ("subject", &body.subject)] {
        if text.is_empty() || text.chars().count() > 255 {
            return Err(Problem::field(field, "must have 1 to 255 characters"));
        }
    }
    Ok((issuer, body.subject))
}
