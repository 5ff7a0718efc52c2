//! A sign-in in a browser that is signed in to another workspace. One browser has one session, so the sign-in would end that one:
//! whoever follows a link is asked first, and nothing happens by the link alone. Asked at the start, and at the callback when the
//! session began on the way.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use vestibule_store::workspaces::{self, Workspace};
use vestibule_web::{
    State,
    http::session::{self, SignedIn},
    observe::inspect,
    pages::{self, Around, FormTargets},
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

/// The live session that this browser has in another workspace than this.
pub(crate) async fn session_elsewhere(
    req: &HttpRequest,
    state: &State,
    workspace_id: &str,
) -> Result<Option<SignedIn>, Refusal> {
    let signed_in = session::find(state, req).await?;
    Ok(signed_in.filter(|signed_in| signed_in.user.workspace_id != workspace_id))
}

/// The question. Its form begins the sign-in anew, with these parameters.
pub(crate) async fn ask(
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
    // The answer redirects to whatever provider the workspace uses.
    let around = Around { form_targets: FormTargets::Anywhere, ..Around::default() };
    Ok(pages::render(state, StatusCode::OK, "Sign in to another workspace?", &around, &content))
}
