//! `POST /oauth/revoke` (RFC 7009): a client revokes its token. A refresh token ends its grant, an access token only itself. For a token
//! of another client and for an unknown one the response is 200 too (§2.2).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use vestibule_core::sets::{GrantEndReason, TokenKind};
use vestibule_store::{
    Tx,
    access::tokens,
    oauth::{clients::Client, grants},
    trail::events::Cause,
};
use vestibule_web::{
    State,
    crypto::access_token,
    http::{input::Parameters, request},
};

use super::issue::end_grant;
use crate::{ClientKeys, client::auth, error::OAuthError};

const PATH: &str = "/oauth/revoke";

/// Revocation endpoint.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
) -> HttpResponse {
    match respond(&req, payload, &state, &keys).await {
        Ok(()) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish(),
        Err(refusal) => refusal.respond(&state),
    }
}

async fn respond(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &ClientKeys,
) -> Result<(), OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let mut caller = auth::Credentials::read(req, &form)?;
    let token = form.get("token").ok_or(OAuthError::Request("token is missing"))?.to_owned();
    let issuer = state.config().region.api_url.clone();
    let audiences = [issuer.clone(), state.api_url(PATH)];
    caller.verify_assertion(state, keys, &audiences).await?;
    let now = state.now();
    let cause = request::cause(req, format!("client:{}", caller.client_id()));
    let job = move |conn: &mut Tx<'_>| {
        // Committed also for a refusal, because the assertion is used up.
        let client = match caller.authenticate(conn, now) {
            Ok(client) => client,
            Err(refusal) => return Ok::<_, vestibule_store::Error>(Err(refusal)),
        };
        revoke(conn, &client, &issuer, &token, &cause, now)?;
        Ok(Ok(()))
    };
    state.write(job).await?
}

/// Revokes the token, or ends its grant.
fn revoke(
    conn: &mut Tx<'_>,
    client: &Client,
    issuer: &str,
    token: &str,
    cause: &Cause,
    now: i64,
) -> Result<(), vestibule_store::Error> {
    let Some(presented) = access_token::presented(conn, issuer, token, now)? else { return Ok(()) };
    let Some(token) = tokens::find(conn, &presented)? else { return Ok(()) };
    let Some(grant_id) = &token.grant_id else { return Ok(()) };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else { return Ok(()) };
    // A token from an exchange is its service's, and not that of the client whose grant it is under.
    if *token.exchanged_by.as_ref().unwrap_or(&grant.client_id) != client.client_id {
        return Ok(());
    }
    if token.kind != TokenKind::Refresh {
        tokens::revoke(conn, &token.workspace_id, &token.token_id)?;
        return Ok(());
    }
    end_grant(conn, &grant.workspace_id, &grant.grant_id, GrantEndReason::Client, cause, now)
}
