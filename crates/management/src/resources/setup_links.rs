//! `/workspaces/{workspace}/setup-links`: what lets a customer's administrator enter the Okta settings. Shown once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vestibule_admin as admin;
use vestibule_core::time::rfc3339;
use vestibule_store::providers::setup_links;
use vestibule_web::State;

use crate::http::{
    answer::Answer,
    endpoint::{self, Desk},
};

/// `POST /workspaces/{workspace}/setup-links`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let plain = admin::setup::create_link(conn, &desk.actor, &workspace_id)?;
        let expires_at = rfc3339(desk.now + setup_links::LIFETIME);
        Answer::created(json!({ "setup_link": url(desk, &plain), "expires_at": expires_at }))
    })
    .await
}

/// Where a set-up link leads.
pub(crate) fn url(desk: &Desk<'_>, plain: &str) -> String {
    desk.state().app_url(&format!("/setup/{plain}"))
}
