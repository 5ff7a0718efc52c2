//! `POST /api/okta/scim/oauth/token`: read, authenticate the client, exchange in one transaction, answer (no-store).

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use oauth2::{
    AccessToken, EmptyExtraTokenFields, RefreshToken, Scope, StandardTokenResponse,
    basic::{BasicTokenResponse, BasicTokenType},
};
use vestibule_store::{
    Conn,
    secret::{self, Kind, Presented},
};
use vestibule_web::{State, input::Parameters, request};

use crate::{client_auth, error::OAuthError, exchange, exchange::Pair};

/// The token endpoint.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    match respond(&req, payload, &state).await {
        Ok(pair) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::PRAGMA, "no-cache"))
            .json(document(pair)),
        Err(refusal) => refusal.answer(&state),
    }
}

async fn respond(req: &HttpRequest, payload: web::Payload, state: &State) -> Result<Pair, OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let caller = client_auth::Presented::read(req, &form)?;
    let (lifetimes, region) = (state.config().tokens.clone(), state.config().region.name.clone());
    let now = state.now();
    let cause = request::cause(req, "okta:oauth");
    let job = move |conn: &mut Conn| -> Result<Result<Pair, OAuthError>, vestibule_store::Error> {
        let client = match caller.authenticate(conn) {
            Ok(client) if client.kind == "scim" => client,
            Ok(_) => {
                return Ok(Err(OAuthError::UnauthorizedClient("this endpoint serves SCIM clients only")));
            }
            Err(refusal) => return Ok(Err(refusal)),
        };
        let request =
            exchange::Request { client: &client, lifetimes: &lifetimes, region: &region, cause: &cause, now };
        match form.get("grant_type") {
            Some("authorization_code") => {
                let Some(code) = bearer(form.text("code"), Kind::Code) else {
                    return Ok(Err(OAuthError::Grant("the code is missing or not ours")));
                };
                let (redirect_uri, verifier) = (form.text("redirect_uri"), form.get("code_verifier"));
                exchange::code(conn, &request, &code, redirect_uri, verifier)
            }
            Some("refresh_token") => {
                let Some(token) = bearer(form.text("refresh_token"), Kind::Refresh) else {
                    return Ok(Err(OAuthError::Grant("the refresh token is missing or not ours")));
                };
                exchange::refresh(conn, &request, &token, form.get("scope"))
            }
            Some(other) => Ok(Err(OAuthError::GrantType(other.chars().take(60).collect()))),
            None => Ok(Err(OAuthError::Request("grant_type is missing"))),
        }
    };
    state.write(job).await?
}

fn bearer(text: &str, kind: Kind) -> Option<Presented> {
    secret::parse(text).filter(|presented| presented.kind == kind)
}

fn document(pair: Pair) -> BasicTokenResponse {
    // "Bearer" as RFC 6749 prints it: the crate's own variant says "bearer".
    let bearer = BasicTokenType::Extension("Bearer".to_owned());
    let mut response =
        StandardTokenResponse::new(AccessToken::new(pair.access), bearer, EmptyExtraTokenFields {});
    response.set_expires_in(u64::try_from(pair.access_seconds).ok().map(Duration::from_secs).as_ref());
    response.set_refresh_token(Some(RefreshToken::new(pair.refresh)));
    response.set_scopes(Some(pair.scope.split(' ').map(|scope| Scope::new(scope.to_owned())).collect()));
    response
}
