//! `/account/apps`: what one has let act for oneself beyond the browser's session, and taking that back.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::time;
use vestibule_store::oauth::grants::Grant;
use vestibule_web::{State, http::request, pages};

use crate::layout::auth;

/// An app as listed.
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    pub scope: String,
    /// What for, when it is for one server only.
    pub resource: String,
    pub given: String,
    pub given_exact: String,
}

impl Row {
    pub(crate) fn of((grant, name): (Grant, String), now: i64) -> Self {
        Self {
            id: grant.grant_id,
            name,
            scope: grant.scope,
            resource: grant.resource,
            given: time::relative(grant.created_at, now),
            given_exact: time::rfc3339(grant.created_at),
        }
    }
}

/// `POST /account/apps/{id}/end`: ends the permission and every token under it.
pub async fn end(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let visitor = match auth::visitor(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    if let Err(answer) = auth::form(&req, payload, &state, &visitor).await {
        return answer;
    }
    let actor = visitor.person(&req, state.now());
    let (user, grant_id) = (visitor.signed_in.user, path.into_inner());
    let ended = state.write(move |conn| admin::grants::end_of_user(conn, &actor, &user, &grant_id));
    match ended.await {
        Ok(_) => auth::redirect(state.app_url("/account")),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
