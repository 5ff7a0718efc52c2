//! How an authorize request that is not approved ends: with a page and no redirect while who asks is not known, at the client
//! with an error once they are, or at sign-in. Nothing is ever sent to an address that is not registered.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::{StatusCode, header},
};
use url::Url;
use vestibule_web::{
    State,
    http::{input::BodyError, request},
    observe::inspect,
    pages::{self, Refused},
};

use super::request::{Asked, Fault};

/// Why there is no code.
pub(super) enum Refusal {
    /// A page, and no redirect: who asks is not known to be who they say.
    Page(Box<Refused>),
    /// Back to the client with an error (RFC 6749 §4.1.2.1).
    Client(String, &'static str, String),
    /// Sign in first.
    SignIn(String),
    /// Authenticate first, in this browser, which keeps the cookie for the way back.
    Authenticate(String, Box<Cookie<'static>>),
    Internal(String),
}

impl From<vestibule_store::Error> for Refusal {
    fn from(error: vestibule_store::Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal::Page(Box::new(refused))
    }
}

impl From<url::ParseError> for Refusal {
    fn from(error: url::ParseError) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let happened = format!("Vestibule can't read it: {error}.");
        let refused = Refused::new(error.status(), "This request can't be read", happened);
        Refusal::from(refused.advise("Go back to where you came from and start again."))
    }
}

/// Where the client is answered, with whose name beside it.
pub(super) struct Reply<'a> {
    pub redirect_uri: &'a str,
    pub state: &'a str,
    /// RFC 9207; Okta's SCIM client is not bothered with it.
    pub issuer: Option<&'a str>,
}

impl Reply<'_> {
    /// The redirect URI with these pairs added to its query.
    ///
    /// # Errors
    /// When it is no URL, which no registered one is.
    pub(super) fn with(&self, pairs: &[(&str, &str)]) -> Result<String, url::ParseError> {
        let mut url = Url::parse(self.redirect_uri)?;
        let own = [("state", self.state), ("iss", self.issuer.unwrap_or_default())];
        for (name, value) in pairs.iter().copied().chain(own).filter(|(_, value)| !value.is_empty()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url.into())
    }

    /// The refusal that tells the client.
    pub(super) fn fault(&self, fault: Fault) -> Refusal {
        match self.with(&[("error", fault.error), ("error_description", &fault.description)]) {
            Ok(url) => Refusal::Client(url, fault.error, fault.description),
            Err(error) => error.into(),
        }
    }
}

/// Where the answer to this request goes.
pub(super) fn reply<'a>(asked: &'a Asked, issuer: Option<&'a str>) -> Reply<'a> {
    Reply { redirect_uri: &asked.redirect_uri, state: &asked.state, issuer }
}

/// The form was not made for this session.
pub(super) fn forged(advice: &str) -> Refusal {
    let happened = "The form was not one of this session's pages.";
    Refused::new(StatusCode::FORBIDDEN, "Nothing was approved", happened).advise(advice).into()
}

pub(super) fn answer(req: &HttpRequest, state: &State, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(refused) => {
            // The title only: the sentence may name a person.
            tracing::warn!(reason = refused.title, "oauth.refused");
            state.metrics().refused("oauth", "authorize");
            inspect::of(req).refused_page("authorize", &refused);
            refused.refer(request::id(req)).page(state)
        }
        Refusal::Client(url, error, detail) => {
            tracing::warn!(reason = error, detail, "oauth.refused");
            inspect::of(req).refused(error, detail);
            redirect(url)
        }
        Refusal::SignIn(url) => {
            inspect::of(req).understood("sent_to", || "sign-in".into());
            redirect(url)
        }
        Refusal::Authenticate(url, browser) => {
            inspect::of(req).understood("sent_to", || "sign-in, to authenticate".into());
            let mut answer = redirect(url);
            match answer.add_cookie(&browser) {
                Ok(()) => answer,
                Err(error) => pages::failed(state, &request::id(req), &error),
            }
        }
        Refusal::Internal(error) => pages::failed(state, &request::id(req), &error),
    }
}

pub(super) fn redirect(url: String) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .finish()
}
