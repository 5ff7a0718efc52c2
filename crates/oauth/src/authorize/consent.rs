//! Consent page of an MCP client: who asks, for what, and where the code goes. The client chooses nothing on it but its name, which is
//! displayed with the host of its metadata document.

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
    parameters::issuer,
    refusal::{Refusal, reply},
    request::AuthorizeRequest,
};
use crate::client::offer::Offer;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    client: &'a str,
    /// Host of the client's metadata document; empty for a client without one.
    host: String,
    client_id: &'a str,
    /// Whether the client registered itself, so that nobody has checked its identity.
    unproven: bool,
    workspace: &'a str,
    person: &'a str,
    /// Host or scheme of the redirect URI.
    answer_to: String,
    on_this_machine: bool,
    resource: &'a str,
    /// Name of the resource if it is registered, otherwise empty.
    resource_name: &'a str,
    scopes: Vec<String>,
    cancel: String,
    fields: Vec<(&'static str, String)>,
}

/// Renders the page.
pub(super) fn page(
    state: &State,
    (request, offer): (&AuthorizeRequest, &Offer),
    mut fields: Vec<(&'static str, String)>,
    signed_in: &SignedIn,
    workspace: &Workspace,
) -> Result<HttpResponse, Refusal> {
    let (target, issuer) = (Url::parse(&request.redirect_uri)?, issuer(state));
    fields.push(("csrf", signed_in.csrf.clone()));
    let described = request.client.describes_itself();
    let document = Url::parse(&request.client.client_id).ok().filter(|_| described);
    let content = ConsentPage {
        client: &request.client.name,
        host: document.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        client_id: &request.client.client_id,
        unproven: !described && !request.client.metadata.is_empty(),
        workspace: &workspace.name,
        person: signed_in.user.greeting(),
        answer_to: target.host_str().map_or_else(|| format!("{}:", target.scheme()), str::to_owned),
        on_this_machine: target.scheme() != "https",
        resource: &request.resource,
        resource_name: offer.resource.as_ref().map_or("", |registered| &registered.resource.name),
        scopes: request.scope.split(' ').map(|scope| offer.describe(scope)).collect(),
        cancel: reply(request, Some(&issuer)).url(&[("error", "access_denied")])?,
        fields,
    };
    let frame = Frame {
        workspace: Some(&workspace.name),
        form_targets: FormTargets::And(&target),
        ..Frame::default()
    };
    let title = format!("{} asks to act for you", request.client.name);
    Ok(pages::render(state, StatusCode::OK, &title, &frame, &content))
}
