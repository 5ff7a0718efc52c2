//! Confirmation page for a sign-in in a browser that is signed in to another workspace. One browser has one session, so the sign-in
//! ends the other one; following a link alone must not do that. Shown when a login starts, and at the callback when the other
//! session started meanwhile.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::workspaces::{self, Workspace};
use vestibule_web::{
    State,
    http::session::{self, SignedIn},
    observe::inspect,
    pages::{self, FormTargets, Frame},
};

use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "switch.html")]
struct SwitchPage<'a> {
    from: &'a str,
    to: &'a str,
    person: &'a str,
    user_name: &'a str,
    stay: String,
    fields: Vec<(&'static str, String)>,
}

/// Live session that this browser has in another workspace.
pub(crate) async fn session_in_other_workspace(
    req: &HttpRequest,
    state: &State,
    workspace_id: &WorkspaceId,
) -> Result<Option<SignedIn>, Refusal> {
    let signed_in = session::find(state, req).await?;
    Ok(signed_in.filter(|signed_in| signed_in.user.workspace_id != *workspace_id))
}

/// Page that asks whether to switch. Its form starts the sign-in again with these parameters.
pub(crate) async fn confirm_page(
    req: &HttpRequest,
    state: &State,
    signed_in: &SignedIn,
    to: &Workspace,
    mut fields: Vec<(&'static str, String)>,
) -> Result<HttpResponse, Refusal> {
    let (id, region) = (signed_in.user.workspace_id.clone(), state.config().region.name.clone());
    let from = state.read(move |conn| workspaces::find(conn, &id, &region)).await?;
    let from = from.map(|from| from.name).unwrap_or_default();
    fields.push(("csrf", signed_in.csrf.clone()));
    inspect::of(req).understood("asked", || "whether to leave the session of another workspace".into());
    let content = SwitchPage {
        from: &from,
        to: &to.name,
        person: signed_in.user.greeting(),
        user_name: &signed_in.user.user_name,
        stay: state.app_url("/account"),
        fields,
    };
    // The response to the form redirects to the provider of the workspace.
    let frame = Frame { form_targets: FormTargets::Anywhere, ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, "Sign in to another workspace?", &frame, &content))
}
