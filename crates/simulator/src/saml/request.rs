//! A service's `AuthnRequest`: the bindings, and the checks that Okta makes before it asks anybody to sign in. Okta's response to each
//! fault is not documented; the pretend org displays a page and sends nothing to the service.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    signature::{certificate_key, verify_enveloped, verify_query},
    state::SamlState,
    xml::{Element, ns, read},
};

/// Most octets of a request after inflating.
const LONGEST: u64 = 64 * 1024;

/// The part of a request that is stored while the person signs in.
#[derive(Clone, Debug)]
pub(crate) struct SsoRequest {
    /// Id of the app instance, `0oa…`.
    pub(crate) app: String,
    /// ID of the `AuthnRequest`; none when Okta starts the sign-in.
    pub(super) in_response_to: Option<String>,
    /// Where the response is posted.
    pub(super) acs_url: String,
    /// Whether the person must sign in again.
    pub(super) force_authn: bool,
    /// Whether no page may be displayed.
    pub(super) is_passive: bool,
    /// Sent back as it was received.
    pub(super) relay_state: Option<String>,
}

/// A message of a service as it was received.
pub(super) struct Received {
    pub(super) root: Element,
    pub(super) relay_state: Option<String>,
    /// The raw query, for a message by the Redirect binding.
    query: Option<String>,
}

impl Received {
    /// Reads the Redirect binding (SAML Bindings §3.4): DEFLATE and base64 in the parameter `name`. None without that parameter.
    pub(super) fn from_query(query: &str, name: &str) -> Result<Option<Self>, &'static str> {
        let value = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(found, _)| found == wanted).map(|(_, value)| value.into_owned())
        };
        let Some(message) = value(name) else { return Ok(None) };
        let deflated = STANDARD.decode(message).map_err(|_| "The request is not base64.")?;
        let mut xml = String::new();
        flate2::read::DeflateDecoder::new(deflated.as_slice())
            .take(LONGEST)
            .read_to_string(&mut xml)
            .map_err(|_| "The request is not deflated XML.")?;
        let relay_state = value("RelayState");
        Ok(Some(Self { root: read(&xml)?, relay_state, query: Some(query.to_owned()) }))
    }

    /// Reads the POST binding (SAML Bindings §3.5): base64 in the field `name`. None without that field.
    pub(super) fn from_form(form: &[(String, String)], name: &str) -> Result<Option<Self>, &'static str> {
        let value = |wanted: &str| form.iter().find(|(found, _)| found == wanted).map(|(_, value)| value);
        let Some(message) = value(name) else { return Ok(None) };
        let message: String = message.split_whitespace().collect();
        let xml = STANDARD.decode(message).map_err(|_| "The request is not base64.")?;
        let xml = String::from_utf8(xml).map_err(|_| "The request is not UTF-8.")?;
        Ok(Some(Self { root: read(&xml)?, relay_state: value("RelayState").cloned(), query: None }))
    }

    /// Verifies its signature against the certificate of the app's settings. `name` as in the constructors.
    pub(super) fn verify(&self, saml: &SamlState, name: &str) -> Result<(), &'static str> {
        let pem = saml.settings.signature_certificate.as_deref();
        let key = certificate_key(pem.ok_or("The app's settings have no signature certificate.")?)?;
        match &self.query {
            Some(query) => verify_query(query, name, &key),
            None => verify_enveloped(&self.root, &key),
        }
    }

    pub(super) fn issuer(&self) -> Option<String> {
        self.root.find(ns::ASSERTION, "Issuer").map(|issuer| issuer.content().trim().to_owned())
    }
}

impl SsoRequest {
    /// A sign-in that Okta starts: to the Single sign-on URL, with the given RelayState or the default one.
    pub(super) fn unsolicited(app: &str, saml: &SamlState, relay_state: Option<String>) -> Self {
        Self {
            app: app.to_owned(),
            in_response_to: None,
            acs_url: saml.settings.single_sign_on_url.clone(),
            force_authn: false,
            is_passive: false,
            relay_state: relay_state.or_else(|| saml.settings.default_relay_state.clone()),
        }
    }

    /// A request that was received at `url`. Fails with its first fault.
    pub(super) fn read(
        app: &str,
        saml: &SamlState,
        url: &str,
        received: Received,
    ) -> Result<Self, &'static str> {
        let settings = &saml.settings;
        let root = &received.root;
        if !root.is(ns::PROTOCOL, "AuthnRequest") || root.attribute("Version") != Some("2.0") {
            return Err("The SAMLRequest is no AuthnRequest of SAML 2.0.");
        }
        if root.attribute("IssueInstant").is_none_or(str::is_empty) {
            return Err("The AuthnRequest has no IssueInstant.");
        }
        let id = root.attribute("ID").filter(|id| !id.is_empty()).ok_or("The AuthnRequest has no ID.")?;
        if settings.signed_requests {
            received.verify(saml, "SAMLRequest")?;
        }
        if received.issuer().as_deref() != Some(settings.audience.as_str()) {
            return Err("The Issuer of the AuthnRequest is not the Audience URI (SP Entity ID) of the app.");
        }
        if root.attribute("Destination").is_some_and(|destination| destination != url) {
            return Err("The Destination of the AuthnRequest is another URL.");
        }
        let binding = root.attribute("ProtocolBinding");
        if binding.is_some_and(|binding| binding != "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST") {
            return Err("The ProtocolBinding of the AuthnRequest is not HTTP-POST.");
        }
        // HELP: "When NameIdPolicy is included in the SAML Request, the Name ID format must match it" (saml-facts §1.1).
        let policy = root.find(ns::PROTOCOL, "NameIDPolicy").and_then(|policy| policy.attribute("Format"));
        if policy.is_some_and(|format| format != settings.name_id_format.uri()) {
            return Err("The Format of the NameIDPolicy is not the Name ID format of the app.");
        }
        let flag = |name: &str| matches!(root.attribute(name), Some("true" | "1"));
        Ok(Self {
            app: app.to_owned(),
            in_response_to: Some(id.to_owned()),
            acs_url: acs_url(root, saml)?,
            force_authn: flag("ForceAuthn") && settings.honor_force_authn,
            is_passive: flag("IsPassive"),
            relay_state: received.relay_state,
        })
    }
}

/// The Single sign-on URL, or one of the Other Requestable SSO URLs by its URL or index.
fn acs_url(root: &Element, saml: &SamlState) -> Result<String, &'static str> {
    let settings = &saml.settings;
    let others = &settings.requestable_sso_urls;
    let by_url = root.attribute("AssertionConsumerServiceURL");
    let by_index = root.attribute("AssertionConsumerServiceIndex");
    match (by_url, by_index) {
        (None, None) => Ok(settings.single_sign_on_url.clone()),
        (Some(url), None) if url == settings.single_sign_on_url => Ok(url.to_owned()),
        (Some(url), None) if others.iter().any(|(_, other)| other == url) => Ok(url.to_owned()),
        (Some(_), None) => Err("The AssertionConsumerServiceURL is no Single sign-on URL of the app."),
        (None, Some(index)) => others
            .iter()
            .find(|(known, _)| known.to_string() == index)
            .map(|(_, url)| url.clone())
            .ok_or("The AssertionConsumerServiceIndex is no index of the app."),
        (Some(_), Some(_)) => Err("The AuthnRequest has a URL and an index of its consumer service."),
    }
}
