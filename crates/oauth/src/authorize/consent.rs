//! The page on which a person lets an MCP client act for them: who asks, from where, for what, and where the answer goes.
//! Nothing of it is the client's to choose but its name, which stands beside the host that vouches for it.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use url::Url;
use vestibule_store::workspaces::Workspace;
use vestibule_web::{
    State,
    http::session::SignedIn,
    pages::{self, FormTargets, Frame},
};

use super::{
    issuer,
    refusal::{Refusal, reply},
    request::Asked,
};
use crate::client::scope;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    client: &'a str,
    /// The host of the address that the client is known by; empty: registered here.
    host: String,
    client_id: &'a str,
    /// Whether nobody vouches for who the client is.
    unproven: bool,
    workspace: &'a str,
    person: &'a str,
    /// Where the answer goes.
    answer_to: String,
    on_this_machine: bool,
    resource: &'a str,
    scopes: Vec<String>,
    cancel: String,
    fields: Vec<(&'static str, String)>,
}

/// The page.
pub(super) fn page(
    state: &State,
    asked: &Asked,
    mut fields: Vec<(&'static str, String)>,
    signed_in: &SignedIn,
    workspace: &Workspace,
) -> Result<HttpResponse, Refusal> {
    let (target, issuer) = (Url::parse(&asked.redirect_uri)?, issuer(state));
    fields.push(("csrf", signed_in.csrf.clone()));
    let described = asked.client.describes_itself();
    let own = Url::parse(&asked.client.client_id).ok().filter(|_| described);
    let content = ConsentPage {
        client: &asked.client.name,
        host: own.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        client_id: &asked.client.client_id,
        unproven: !described && !asked.client.metadata.is_empty(),
        workspace: &workspace.name,
        person: signed_in.user.greeting(),
        answer_to: target.host_str().map_or_else(|| format!("{}:", target.scheme()), str::to_owned),
        on_this_machine: target.scheme() != "https",
        resource: &asked.resource,
        scopes: asked.scope.split(' ').map(scope::in_words).collect(),
        cancel: reply(asked, Some(&issuer)).with(&[("error", "access_denied")])?,
        fields,
    };
    let frame = Frame {
        workspace: Some(&workspace.name),
        form_targets: FormTargets::And(&target),
        ..Frame::default()
    };
    let title = format!("{} asks to act for you", asked.client.name);
    Ok(pages::render(state, StatusCode::OK, &title, &frame, &content))
}
