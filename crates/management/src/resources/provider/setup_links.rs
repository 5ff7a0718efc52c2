//! `/workspaces/{workspace}/setup-links`: links with which a customer's administrator enters the Okta settings. The link is returned once.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::time::rfc3339;
use vestibule_store::providers::setup_links;
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
    },
    types::workspaces::SetupLink,
};

/// `POST /workspaces/{workspace}/setup-links`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let plain = admin::provider::setup::create_link(conn, &caller.actor, &workspace_id)?;
        let expires_at = rfc3339(caller.now + setup_links::LIFETIME);
        Answer::created(SetupLink { setup_link: url(caller, &plain), expires_at })
    })
    .await
}

/// The address of a set-up link.
pub(crate) fn url(caller: &Caller<'_>, plain: &str) -> String {
    caller.state().app_url(&format!("/setup/{plain}"))
}
