//! `/auth`: asks for the work email address, whose domain selects the workspace's identity provider. Sign-out redirects here, too. It reveals to nobody
//! whether a person exists: it uses only the domain.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use url::form_urlencoded;
use vestibule_admin::provider::domains;
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    providers::{
        connection_choices::{self, Choice},
        sign_in_domains,
    },
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    http::{return_to, session::cookie_name},
    pages::{self, FormTargets, Frame, isolate},
};

use crate::layout::{
    error::{PageResult, redirect},
    request::PageRequest,
};

#[derive(Template, Default)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    signed_out: SignedOut,
    email: &'a str,
    target: &'a str,
    problem: &'a str,
    others: Vec<(&'a String, &'a String)>,
}

/// What the page says about signing out.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum SignedOut {
    /// Nothing: the person did not sign out.
    #[default]
    Not,
    /// Signed out here; the provider was not asked.
    Here,
    /// Signed out here; signing out of the provider failed.
    HereOnly,
    /// Signed out here and at the provider.
    ProviderToo,
}

#[derive(Template)]
#[template(path = "choose.html")]
struct ChoosePage<'a> {
    domain: &'a str,
    /// Whether all choices are of one workspace.
    is_one_workspace: bool,
    choices: Vec<(String, String)>,
}

/// Shows the page.
pub async fn get(request: PageRequest) -> PageResult {
    let (query, state) = (request.query()?, request.state());
    let target =
        query.get("target_link_uri").and_then(|uri| return_to::safe(&state.config().region, &[], uri));
    // Back from the provider with the `state` that this browser left with (RP-Initiated Logout §3).
    let left_with = request.http().cookie(&cookie_name(state, "signed_out"));
    let back = left_with.is_some_and(|cookie| query.get("state") == Some(cookie.value()));
    let content = SignInPage {
        signed_out: match query.get("signed_out") {
            _ if back => SignedOut::ProviderToo,
            None => SignedOut::Not,
            Some("here") => SignedOut::HereOnly,
            Some(_) => SignedOut::Here,
        },
        target: target.as_deref().unwrap_or_default(),
        ..SignInPage::default()
    };
    Ok(show(state, StatusCode::OK, content))
}

/// Redirects the browser to the workspace's identity provider. Where several workspaces have the domain, or a workspace several connections and none
/// of them this domain, the person chooses.
pub async fn post(request: PageRequest, payload: web::Payload) -> PageResult {
    let (form, state) = (request.form(payload).await?, request.state());
    let email = form.text("email").trim().to_owned();
    let target =
        form.get("target_link_uri").and_then(|uri| return_to::safe(&state.config().region, &[], uri));
    let Some(domain) = domains::name::of_email(&email) else {
        let problem = "Enter your full work email address, such as ada@acme.example.";
        return Ok(show_problem(state, &email, target.as_deref(), problem));
    };
    let (wanted, region) = (domain.clone(), state.config().region.name.clone());
    let (workspaces, connections) = request
        .read(move |conn| {
            let workspaces = sign_in_domains::workspaces(conn, &wanted, &region)?;
            let ids: Vec<&WorkspaceId> = workspaces.iter().map(|one| &one.workspace_id).collect();
            let connections = match ids.is_empty() {
                true => Vec::new(),
                false => connection_choices::list(conn, &ids, &wanted)?,
            };
            Ok((workspaces, connections))
        })
        .await?;
    let start = |workspace: &Workspace, connection: Option<&ConnectionId>| {
        start(state, workspace, (&email, connection), form.get("target_link_uri"))
    };
    let is_one_workspace = workspaces.len() == 1;
    let mut choices = Vec::new();
    for workspace in &workspaces {
        let own: Vec<&Choice> =
            connections.iter().filter(|choice| choice.workspace_id == workspace.workspace_id).collect();
        if own.len() < 2 {
            choices.push((workspace.name.clone(), start(workspace, None)));
            continue;
        }
        choices.extend(own.iter().map(|choice| {
            let name = match is_one_workspace {
                true => choice.name.clone(),
                false => format!("{} · {}", isolate(&workspace.name), isolate(&choice.name)),
            };
            (name, start(workspace, Some(&choice.connection_id)))
        }));
    }
    Ok(match choices.as_slice() {
        [] => {
            let problem = format!(
                "No workspace in region {} signs in with {domain}. Open the app from the dashboard of your identity provider instead, or ask your administrator.",
                state.config().region.name
            );
            show_problem(state, &email, target.as_deref(), &problem)
        }
        [(_, address)] => redirect(address),
        _ => {
            let title = if is_one_workspace { "Choose how to sign in" } else { "Choose a workspace" };
            let content = ChoosePage { domain: &domain, is_one_workspace, choices };
            pages::render(state, StatusCode::OK, title, &Frame::default(), &content)
        }
    })
}

/// The address that starts a sign-in of a workspace, with the page to return to if it is ours or the workspace allows it.
fn start(
    state: &State,
    workspace: &Workspace,
    (email, connection): (&str, Option<&ConnectionId>),
    target: Option<&str>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("team_id", &workspace.workspace_id).append_pair("login_hint", email);
    if let Some(connection) = connection {
        query.append_pair("connection", connection);
    }
    let safe = |uri| return_to::safe(&state.config().region, &workspace.origins(), uri);
    if let Some(target) = target.and_then(safe) {
        query.append_pair("target_link_uri", &target);
    }
    state.api_url(&format!("/api/okta/oidc/login?{}", query.finish()))
}

fn show_problem(state: &State, email: &str, target: Option<&str>, problem: &str) -> HttpResponse {
    let content = SignInPage { email, target: target.unwrap_or_default(), problem, ..SignInPage::default() };
    show(state, StatusCode::UNPROCESSABLE_ENTITY, content)
}

fn show<'a>(state: &'a State, status: StatusCode, mut content: SignInPage<'a>) -> HttpResponse {
    content.others = state.config().region.others.iter().collect();
    let frame = Frame { form_targets: FormTargets::Anywhere, ..Frame::default() };
    pages::render(state, status, "Sign in", &frame, &content)
}
