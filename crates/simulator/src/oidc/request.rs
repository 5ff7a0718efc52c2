//! An authorization request: its parameters and Okta's checks. A wrong client or redirect URI gets an error page; later errors go to the
//! redirect URI.

use std::collections::HashMap;

use url::Url;

use crate::directory::App;

/// The part of a request that is stored while the person signs in, and then with the code.
#[derive(Clone)]
pub(crate) struct AuthorizeRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) login_hint: Option<String>,
    /// The issuer, if authorization responses have `iss` (RFC 9207).
    pub(crate) issuer: Option<String>,
}

/// An OAuth error and its description, for the redirect URI.
pub(super) struct Refusal(pub(super) &'static str, pub(super) &'static str);

impl AuthorizeRequest {
    /// Checks the client and the redirect URI. The error must be displayed on a page, not sent to the redirect URI.
    pub(super) fn read(
        app: Option<&App>,
        mut given: HashMap<String, String>,
        issuer: Option<String>,
    ) -> Result<(Self, Result<(), Refusal>), &'static str> {
        let app = app.ok_or("Invalid value for 'client_id' parameter.")?;
        let redirect_uri = given.remove("redirect_uri").unwrap_or_default();
        if !app.settings.redirect_uris.contains(&redirect_uri) || Url::parse(&redirect_uri).is_err() {
            return Err(
                "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
            );
        }
        let verdict = Self::check(&given);
        let scopes = given.remove("scope").unwrap_or_default();
        let request = Self {
            client_id: app.client_id.clone(),
            redirect_uri,
            state: given.remove("state"),
            nonce: given.remove("nonce"),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            challenge: given.remove("code_challenge"),
            prompt: given.remove("prompt"),
            max_age: given.remove("max_age").and_then(|age| age.parse().ok()),
            login_hint: given.remove("login_hint"),
            issuer,
        };
        Ok((request, verdict))
    }

    fn check(given: &HashMap<String, String>) -> Result<(), Refusal> {
        let value = |name: &str| given.get(name).map_or("", String::as_str);
        if value("response_type") != "code" {
            return Err(Refusal(
                "unsupported_response_type",
                "The response type is not supported by this client.",
            ));
        }
        if !matches!(value("response_mode"), "" | "query") {
            return Err(Refusal("invalid_request", "The pretend org answers by query only."));
        }
        // Okta allows letters, digits, comma, period, underscore and hyphen in a state (facts §5.4).
        let fit = |letter: char| letter.is_ascii_alphanumeric() || ",._-".contains(letter);
        if value("state").is_empty() || !value("state").chars().all(fit) {
            return Err(Refusal(
                "invalid_request",
                "The authentication request has an invalid 'state' parameter.",
            ));
        }
        if !value("scope").split_whitespace().any(|scope| scope == "openid") {
            return Err(Refusal("invalid_scope", "The authentication request must ask for 'openid'."));
        }
        // A catalog app may request no other scope (facts §5.1).
        let known = |scope: &str| ["openid", "profile", "email", "groups"].contains(&scope);
        if !value("scope").split_whitespace().all(known) {
            return Err(Refusal("invalid_scope", "One or more scopes are not configured for the client."));
        }
        match (value("code_challenge"), value("code_challenge_method")) {
            ("", "") => {}
            (challenge, "S256") if challenge.len() == 43 => {}
            _ => {
                return Err(Refusal(
                    "invalid_request",
                    "PKCE code challenge and its method S256 are both needed.",
                ));
            }
        }
        if !matches!(value("prompt"), "" | "none" | "login" | "consent") {
            return Err(Refusal("invalid_request", "The 'prompt' parameter is invalid."));
        }
        if given.get("max_age").is_some_and(|age| !age.parse::<i64>().is_ok_and(|age| age >= 0)) {
            return Err(Refusal("invalid_request", "The 'max_age' parameter is invalid."));
        }
        Ok(())
    }

    /// The redirect URI with `answer` and the state added to its query.
    pub(super) fn back(&self, answer: &[(&str, &str)]) -> String {
        // `read` has checked that it parses.
        let Ok(mut url) = Url::parse(&self.redirect_uri) else { return self.redirect_uri.clone() };
        let mut pairs = url.query_pairs_mut();
        pairs.extend_pairs(answer);
        if let Some(state) = &self.state {
            pairs.append_pair("state", state);
        }
        if let Some(issuer) = &self.issuer {
            pairs.append_pair("iss", issuer);
        }
        drop(pairs);
        url.into()
    }
}
