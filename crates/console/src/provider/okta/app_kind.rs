//! `POST /integrations/okta/app-kind`: which kind of app the workspace has in Okta, so that each value stands in the right syntax.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, refusal, workspaces::WorkspaceChange};
use vestibule_store::providers::setup_progress;
use vestibule_web::{State, http::request, pages};

use crate::layout::auth;

/// Saves it.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let kind = match form.text("app_kind") {
        setup_progress::CATALOG => setup_progress::CATALOG,
        setup_progress::OWN => setup_progress::OWN,
        _ => return auth::redirect(state.app_url("/integrations/okta")),
    };
    let (workspace, actor) = (visitor.workspace.clone(), visitor.actor(&req, state.now()));
    let change = WorkspaceChange { okta_app: Some(kind), ..WorkspaceChange::default() };
    let insecure = state.config().okta.allow_insecure_issuers;
    let saved =
        state.write(move |conn| admin::workspaces::change(conn, &actor, &workspace, &change, insecure));
    match refusal::sentence(saved.await) {
        Ok(_) => auth::redirect(state.app_url("/integrations/okta")),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
