//! An actix-web app whose people sign in through Vestibule. README.md lists the environment variables.

mod ends;
mod tokens;

use std::{
    collections::HashMap,
    env,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    cookie::{Cookie, SameSite},
    get,
    http::{StatusCode, header},
    post,
    web::{Data, Form, Query},
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreIdToken},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{ends::Ends, tokens::Tokens};

type Error = Box<dyn std::error::Error>;
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Of a browser: a sign-in that is under way, or somebody who is signed in.
#[derive(Clone)]
enum Session {
    Login { state: String, nonce: Nonce, verifier: String },
    User { sub: String, sid: String, email: String, access_token: String, id_token: CoreIdToken },
}

struct Product {
    http: reqwest::Client,
    base: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    tokens: Tokens,
    ends: Ends,
    /// Of one process; several processes share one store.
    sessions: Mutex<HashMap<String, Session>>,
}

impl Product {
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self, req: &HttpRequest) -> (String, Option<Session>) {
        let id = req.cookie("session").map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let session = self.sessions().get(&id).cloned();
        (id, session)
    }

    /// Keeps a session under a new id, in place of an old one, and sends the browser on.
    fn save(&self, old: &str, session: Session, location: &str) -> HttpResponse {
        let id = CsrfToken::new_random_len(32).secret().clone();
        let mut sessions = self.sessions();
        sessions.remove(old);
        sessions.insert(id.clone(), session);
        let cookie = Cookie::build("session", id)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.base.starts_with("https:"))
            .finish();
        HttpResponse::SeeOther().insert_header((header::LOCATION, location)).cookie(cookie).finish()
    }

    /// Read for each sign-in: the library keeps the keys of this moment for good, and Vestibule's change.
    async fn provider(&self) -> Result<(ProviderMetadataWithLogout, Client), Error> {
        let metadata = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret))
            .set_redirect_uri(RedirectUrl::new(format!("{}/callback", self.base))?);
        Ok((metadata, client))
    }

    async fn exchange(&self, code: String, nonce: &Nonce, verifier: String) -> Result<Session, Error> {
        let (_, client) = self.provider().await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&self.http)
            .await?;
        let id_token = tokens.id_token().ok_or("there is no ID token")?.clone();
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(hash) = claims.access_token_hash() {
            let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
            if *hash != AccessTokenHash::from_token(tokens.access_token(), algorithm, key)? {
                return Err("the access token is another's".into());
            }
        }
        // The type of the library's own claims has no `sid`. The signature was verified above.
        let more: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(id_token.to_string())?;
        let sid = more.get("sid").and_then(Value::as_str).ok_or("there is no sid")?.to_owned();
        let email = claims.email().map(|email| email.to_string()).unwrap_or_default();
        let access_token = tokens.access_token().secret().clone();
        Ok(Session::User { sub: claims.subject().to_string(), sid, email, access_token, id_token })
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|c| if "&<>\"'".contains(c) { format!("&#{};", c as u32) } else { c.to_string() })
        .collect()
}

fn page(status: StatusCode, body: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(format!("<!doctype html><title>actix-web</title>{body}"))
}

fn signed_out(status: StatusCode) -> HttpResponse {
    page(status, r#"<a href="/login">Sign in</a>"#)
}

/// Answered from the app's own session, which ends when Vestibule calls /backchannel-logout.
#[get("/")]
async fn home(req: HttpRequest, product: Data<Product>) -> HttpResponse {
    let (_, Some(Session::User { email, .. })) = product.session(&req) else {
        return signed_out(StatusCode::OK);
    };
    let email = escape(&email);
    page(
        StatusCode::OK,
        &format!(r#"Signed in as {email}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>"#),
    )
}

/// Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
#[get("/roles")]
async fn roles(req: HttpRequest, product: Data<Product>) -> Result<HttpResponse, Error> {
    #[derive(Deserialize)]
    struct Now {
        roles: Vec<String>,
    }
    let (id, Some(Session::User { access_token, .. })) = product.session(&req) else {
        return Ok(signed_out(StatusCode::UNAUTHORIZED));
    };
    let url = format!("{}/oauth/userinfo", product.issuer.as_str());
    let answer = product.http.get(url).bearer_auth(access_token).send().await?;
    if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
        product.sessions().remove(&id);
        return Ok(signed_out(StatusCode::UNAUTHORIZED));
    }
    let now: Now = answer.error_for_status()?.json().await?;
    Ok(page(StatusCode::OK, &format!("Roles: {}", escape(&now.roles.join(", ")))))
}

#[get("/login")]
async fn login(product: Data<Product>) -> Result<HttpResponse, Error> {
    let (_, client) = product.provider().await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "roles"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let session = Session::Login { state: state.into_secret(), nonce, verifier: verifier.into_secret() };
    Ok(product.save("", session, url.as_str()))
}

#[derive(Deserialize)]
struct Answer {
    code: Option<String>,
    state: Option<String>,
}

#[get("/callback")]
async fn callback(req: HttpRequest, answer: Query<Answer>, product: Data<Product>) -> HttpResponse {
    let Answer { code: Some(code), state: Some(sent) } = answer.into_inner() else {
        return page(StatusCode::BAD_REQUEST, "The sign-in was refused.");
    };
    match product.session(&req) {
        (id, Some(Session::Login { state, nonce, verifier })) if state == sent => {
            match product.exchange(code, &nonce, verifier).await {
                Ok(session) => product.save(&id, session, "/"),
                Err(error) => {
                    eprintln!("the sign-in: {error}");
                    page(StatusCode::BAD_REQUEST, "The sign-in failed.")
                }
            }
        }
        _ => page(StatusCode::BAD_REQUEST, "This sign-in is not under way in this browser."),
    }
}

#[get("/logout")]
async fn logout(req: HttpRequest, product: Data<Product>) -> Result<HttpResponse, Error> {
    let (id, session) = product.session(&req);
    product.sessions().remove(&id);
    let (metadata, _) = product.provider().await?;
    let end = metadata
        .additional_metadata()
        .end_session_endpoint
        .clone()
        .ok_or("there is no end_session_endpoint")?;
    let mut request = LogoutRequest::from(end)
        .set_client_id(product.client_id.clone())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(format!("{}/", product.base))?);
    if let Some(Session::User { id_token, .. }) = session {
        request = request.set_id_token_hint(&id_token);
    }
    let url = request.http_get_url();
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, url.as_str())).finish())
}

#[derive(Deserialize)]
struct LogoutForm {
    logout_token: String,
}

#[derive(Deserialize)]
struct LogoutClaims {
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
    events: Map<String, Value>,
}

#[post("/backchannel-logout")]
async fn backchannel_logout(form: Form<LogoutForm>, product: Data<Product>) -> HttpResponse {
    let verified = product.tokens.verify(&form.logout_token, "logout+jwt", &product.client_id, 120).await;
    match verified {
        Ok(LogoutClaims { sub, sid, nonce: None, events }) if events.contains_key(LOGOUT) => {
            // A token with a sid ends that session, one without ends every session of the person.
            product.sessions().retain(|_, session| match session {
                Session::User { sid: kept, sub: whose, .. } => match &sid {
                    Some(sid) => kept != sid,
                    None => Some(whose.as_str()) != sub.as_deref(),
                },
                Session::Login { .. } => true,
            });
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::BadRequest().json(json!({ "error": "invalid_request" })),
    }
}

#[derive(Deserialize)]
struct AccessClaims {
    sub: String,
    sid: Option<String>,
    epoch: i64,
    roles: Vec<String>,
    /// The key that the token is bound to (RFC 9449). No proof is checked here, so such a token is refused.
    cnf: Option<Value>,
}

/// An API for access tokens that are JWTs (RFC 9068). Checked here, without a request to Vestibule.
#[get("/api/me")]
async fn me(req: HttpRequest, product: Data<Product>) -> HttpResponse {
    if !product.ends.fresh() {
        return HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "5"))
            .json(json!({ "error": "the stream of ends is not connected" }));
    }
    let sent = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match product.tokens.verify::<AccessClaims>(token, "at+jwt", &product.base, 60).await {
        Ok(claims)
            if claims.cnf.is_none()
                && !product.ends.ended(&claims.sub, claims.sid.as_deref(), claims.epoch) =>
        {
            HttpResponse::Ok().json(json!({ "sub": claims.sub, "roles": claims.roles }))
        }
        _ => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#))
            .json(json!({ "error": "invalid_token" })),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Error> {
    let issuer = IssuerUrl::new(env::var("ISSUER")?)?;
    let base = env::var("BASE_URL").unwrap_or_else(|_| "http://127.0.0.1:3000".to_owned());
    let (id, secret) = (env::var("CLIENT_ID")?, env::var("CLIENT_SECRET")?);
    // Without redirects, so that no answer leads a request elsewhere.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let metadata = ProviderMetadataWithLogout::discover_async(issuer.clone(), &http).await?;
    let product = Data::new(Product {
        tokens: Tokens::new(http.clone(), issuer.as_str().to_owned(), metadata.jwks_uri().to_string()),
        ends: Ends::follow(http.clone(), issuer.as_str(), id.clone(), secret.clone()),
        client_id: ClientId::new(id),
        client_secret: ClientSecret::new(secret),
        sessions: Mutex::default(),
        http,
        issuer,
        base: base.clone(),
    });
    let address = base.trim_start_matches("http://").to_owned();
    println!("Open {base}");
    HttpServer::new(move || {
        App::new()
            .app_data(product.clone())
            .service(home)
            .service(roles)
            .service(login)
            .service(callback)
            .service(logout)
            .service(backchannel_logout)
            .service(me)
    })
    .workers(1)
    .bind(env::var("LISTEN").unwrap_or(address))?
    .run()
    .await?;
    Ok(())
}
