//! Sends a message to a provider through the browser, by HTTP-Redirect or HTTP-POST (SAML Bindings §3.4, §3.5).

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use url::Url;
use vestibule_core::sets::SamlBinding;
use vestibule_saml::{
    logout::Kind,
    request::{self as saml, RequestError, Signer},
};
use vestibule_web::{
    State,
    crypto::saml_keys,
    http::redirect,
    pages::{self, FormTargets, Frame},
};

use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "saml_post.html")]
struct PostPage<'a> {
    title: &'a str,
    text: &'a str,
    name: &'a str,
    url: &'a str,
    parameter: &'a str,
    message: String,
    relay_state: Option<&'a str>,
}

/// A message to a provider.
pub(super) struct Outgoing<'a> {
    /// Request or response.
    pub kind: Kind,
    /// Binding.
    pub binding: SamlBinding,
    /// Address of the provider.
    pub url: &'a str,
    /// The message, unsigned.
    pub xml: String,
    /// `RelayState`.
    pub relay_state: Option<&'a str>,
    /// The key that signs the message; `None`: it is not signed.
    pub signer: Option<&'a Signer>,
    /// Title of the page that posts the message.
    pub title: &'a str,
    /// Text of the page, before the name of the connection.
    pub text: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Whether the provider may show the page in a frame of its own.
    pub in_frame: bool,
}

/// The response that makes the browser send the message: a redirect, or a page with a form.
///
/// # Errors
/// [`Refusal::Internal`] when the message can't be signed, or its address can't be used.
pub(super) fn send(state: &State, message: Outgoing<'_>) -> Result<HttpResponse, Refusal> {
    let failed = |error: RequestError| Refusal::Internal(error.to_string());
    let Outgoing { kind, url, relay_state, signer, .. } = message;
    if message.binding == SamlBinding::Redirect {
        let url = match kind {
            Kind::Request => saml::redirect_url(url, &message.xml, relay_state, signer),
            Kind::Response => saml::redirect_response_url(url, &message.xml, relay_state, signer),
        };
        return Ok(redirect::see_other(&url.map_err(failed)?).finish());
    }
    let xml = match signer {
        Some(signer) => signer.sign_xml(&message.xml).map_err(failed)?,
        None => message.xml,
    };
    let content = PostPage {
        title: message.title,
        text: message.text,
        name: message.name,
        url,
        parameter: kind.parameter(),
        message: saml::post_value(&xml),
        relay_state,
    };
    let provider = Url::parse(url).ok().filter(|_| message.in_frame);
    let frame =
        Frame { form_targets: FormTargets::Anywhere, framed_by: provider.as_ref(), ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, message.title, &frame, &content))
}

/// The current signing key.
pub(super) async fn current_signer(state: &State) -> Result<Signer, Refusal> {
    let keys = saml_keys::all(state).await?;
    let current = keys.into_iter().find(|own| own.is_current);
    Ok(current.ok_or_else(|| Refusal::Internal("no SAML key signs now".to_owned()))?.signer)
}
