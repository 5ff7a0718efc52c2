//! Sign-in and sign-out of the product: authorization code with PKCE, state and nonce; RP-initiated logout.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::header::{CACHE_CONTROL, LOCATION},
    web::{Data, Query},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    Login, Product, Session, pages,
    provider::{Refusal, text},
};
use crate::support::random;

/// Most sign-ins that the product remembers. Older ones are forgotten at the next.
const MOST_LOGINS: usize = 1000;

#[derive(Deserialize)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Sends the browser to the provider.
pub(super) async fn login(product: Data<Product>) -> HttpResponse {
    match product.begin().await {
        Ok((cookie, url)) => see_other(&url, Some(product.cookie(cookie))),
        Err(refusal) => pages::refused(&product, &refusal.to_string()),
    }
}

/// Takes the provider's answer.
pub(super) async fn callback(
    req: HttpRequest,
    answer: Query<Answer>,
    product: Data<Product>,
) -> HttpResponse {
    let answer = answer.into_inner();
    let login = product.of_browser(&req).and_then(|id| product.memory().logins.remove(&id));
    // RFC 6749 §10.12: only the browser that began the sign-in may finish it.
    let Some(login) = login.filter(|login| answer.state.as_ref() == Some(&login.state)) else {
        return pages::refused(&product, "this browser did not begin this sign-in");
    };
    let Some(code) = answer.code else {
        let reason =
            answer.error_description.or(answer.error).unwrap_or_else(|| "no reason given".to_owned());
        return pages::refused(&product, &reason);
    };
    match product.exchange(&code, &login.verifier, &login.nonce).await {
        Ok(session) => {
            let id = random::word(32);
            product.memory().sessions.insert(id.clone(), session);
            see_other("/", Some(product.cookie(id)))
        }
        Err(refusal) => pages::refused(&product, &refusal.to_string()),
    }
}

/// Signs out here and at the provider (OpenID Connect RP-Initiated Logout §2).
pub(super) async fn sign_out(req: HttpRequest, product: Data<Product>) -> HttpResponse {
    let session = product.of_browser(&req).and_then(|id| product.memory().sessions.remove(&id));
    let Some(session) = session else { return see_other("/", None) };
    match product.end_session_url(&session).await {
        Ok(url) => see_other(url.as_str(), None),
        Err(refusal) => pages::refused(&product, &refusal.to_string()),
    }
}

impl Product {
    /// Remembers a new sign-in; returns the browser's cookie and the provider's URL.
    async fn begin(&self) -> Result<(String, String), Refusal> {
        let (client, metadata) = (self.client()?, self.metadata().await?);
        let (cookie, verifier) = (random::word(32), random::word(64));
        let (state, nonce) = (random::word(32), random::word(32));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let url = with_query(
            &text(&metadata, "authorization_endpoint"),
            &[
                ("response_type", "code"),
                ("client_id", &client.client_id),
                ("redirect_uri", &self.redirect_uri()),
                ("scope", "openid profile email roles"),
                ("state", &state),
                ("nonce", &nonce),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        )?;
        let mut memory = self.memory();
        if memory.logins.len() >= MOST_LOGINS {
            memory.logins.clear();
        }
        memory.logins.insert(cookie.clone(), Login { state, nonce, verifier });
        Ok((cookie, url.into()))
    }

    async fn end_session_url(&self, session: &Session) -> Result<Url, Refusal> {
        let endpoint = text(&self.metadata().await?, "end_session_endpoint");
        let back = self.post_logout_redirect_uri();
        with_query(
            &endpoint,
            &[("id_token_hint", session.id_token.as_str()), ("post_logout_redirect_uri", &back)],
        )
    }

    /// The value of the browser's cookie.
    pub(super) fn of_browser(&self, req: &HttpRequest) -> Option<String> {
        Some(req.cookie(&self.cookie_name())?.value().to_owned())
    }

    fn cookie(&self, id: String) -> Cookie<'static> {
        Cookie::build(self.cookie_name(), id).path("/").http_only(true).same_site(SameSite::Lax).finish()
    }
}

fn with_query(endpoint: &str, parameters: &[(&str, &str)]) -> Result<Url, Refusal> {
    Url::parse_with_params(endpoint, parameters)
        .map_err(|_| Refusal::Token("provider's metadata", "an endpoint is no URL"))
}

fn see_other(url: &str, cookie: Option<Cookie<'static>>) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, url)).insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookie {
        answer.cookie(cookie);
    }
    answer.finish()
}
