//! `POST /integrations/okta/app-kind`: which kind of app the workspace has in Okta, so that each value stands in the right syntax.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vestibule_store::{Error, providers::setup_progress, trail::events};
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
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let cause = request::cause(&req, visitor.signed_in.actor());
    let saved = state.write(move |conn| {
        let before = setup_progress::find(conn, &workspace_id)?.app_kind;
        if before != kind {
            setup_progress::set_app_kind(conn, &workspace_id, kind)?;
            let data = json!({ "okta_app": kind, "before": { "okta_app": before } });
            events::record_json(conn, &workspace_id, "workspace_changed", &cause, "workspace", &data, now)?;
        }
        Ok::<_, Error>(())
    });
    match saved.await {
        Ok(()) => auth::redirect(state.app_url("/integrations/okta")),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
