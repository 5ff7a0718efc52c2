//! Responses to authorization requests that are not approved: an error page while the client is not verified, otherwise an error
//! redirect to the client, or a redirect to sign-in. Never redirects to a URL that is not registered.

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode};
use url::Url;
use vestibule_web::{
    State,
    http::{input::BodyError, redirect, request},
    observe::inspect,
    pages::{self, Refused, Words},
};

use super::request::{AuthorizeRequest, ClientError, ResponseMode};

/// Why no code was issued.
pub(super) enum Refusal {
    /// Error page without a redirect, because client or redirect URI are not verified.
    Page(Box<Refused>),
    /// Error answer to the client (RFC 6749 §4.1.2.1), error code, description.
    Client(Box<Answer>, &'static str, String),
    /// Redirect to sign-in.
    SignIn(String),
    /// Redirect to authenticate again, with the cookie that recognises the browser on return.
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
        let happened = format!("This service can't read it: {error}.");
        let refused = Refused::new(error.status(), "This request can't be read", happened);
        Refusal::from(refused.advise("Go back to where you came from and start again."))
    }
}

/// An authorization response to the client.
pub(super) struct Answer {
    redirect_uri: Url,
    pairs: Vec<(String, String)>,
    mode: ResponseMode,
}

impl Answer {
    /// Sends the browser to the client: by a redirect, or by a form that the browser posts (Form Post Response Mode §2).
    pub(super) fn respond(&self, state: &State) -> HttpResponse {
        match self.mode {
            ResponseMode::Query => redirect::see_other(self.url().as_str()).finish(),
            ResponseMode::FormPost => {
                let words = Words {
                    title: "Continue to the app",
                    text: "The app is waiting for the answer. Press Continue if nothing happens.",
                };
                pages::post_onward(state, words, &self.redirect_uri, &self.pairs)
            }
        }
    }

    fn url(&self) -> Url {
        let mut url = self.redirect_uri.clone();
        url.query_pairs_mut().extend_pairs(&self.pairs);
        url
    }
}

/// Where to send the response to the client.
pub(super) struct Reply<'a> {
    pub redirect_uri: &'a str,
    pub state: &'a str,
    /// `iss` (RFC 9207). Okta's SCIM client gets none.
    pub issuer: Option<&'a str>,
    pub mode: ResponseMode,
}

impl Reply<'_> {
    /// The answer with these pairs, `state` and `iss`.
    pub(super) fn answer(&self, pairs: &[(&str, &str)]) -> Result<Answer, url::ParseError> {
        let own = [("state", self.state), ("iss", self.issuer.unwrap_or_default())];
        let all = pairs.iter().copied().chain(own).filter(|(_, value)| !value.is_empty());
        Ok(Answer {
            redirect_uri: Url::parse(self.redirect_uri)?,
            pairs: all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            mode: self.mode,
        })
    }

    /// Redirect URI with these pairs, `state` and `iss` added to its query.
    pub(super) fn url(&self, pairs: &[(&str, &str)]) -> Result<String, url::ParseError> {
        Ok(self.answer(pairs)?.url().into())
    }

    /// Error answer.
    pub(super) fn error(&self, error: ClientError) -> Refusal {
        match self.answer(&[("error", error.error), ("error_description", &error.description)]) {
            Ok(answer) => Refusal::Client(Box::new(answer), error.error, error.description),
            Err(error) => error.into(),
        }
    }
}

/// Where to send the response to this request.
pub(super) fn reply<'a>(request: &'a AuthorizeRequest, issuer: Option<&'a str>) -> Reply<'a> {
    Reply { redirect_uri: &request.redirect_uri, state: &request.state, issuer, mode: request.response_mode }
}

/// Refusal of a form without this session's token.
pub(super) fn invalid_form(advice: &str) -> Refusal {
    let happened = "The form was not one of this session's pages.";
    Refused::new(StatusCode::FORBIDDEN, "Nothing was approved", happened).advise(advice).into()
}

/// Builds the response, logs and counts the refusal.
pub(super) fn respond(req: &HttpRequest, state: &State, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(refused) => {
            // Only the title, because the text may name a person.
            tracing::warn!(reason = refused.title, "oauth.refused");
            state.metrics().refused("oauth", "authorize");
            refused.note_in(&inspect::of(req), "authorize");
            refused.refer(request::id(req)).page(state)
        }
        Refusal::Client(answer, error, detail) => {
            tracing::warn!(reason = error, detail, "oauth.refused");
            inspect::of(req).refused(error, detail);
            answer.respond(state)
        }
        Refusal::SignIn(url) => {
            inspect::of(req).understood("sent_to", || "sign-in".into());
            redirect::see_other(&url).finish()
        }
        Refusal::Authenticate(url, browser) => {
            inspect::of(req).understood("sent_to", || "sign-in, to authenticate".into());
            redirect::see_other(&url).cookie(*browser).finish()
        }
        Refusal::Internal(error) => pages::failed(state, &request::id(req), &error),
    }
}
