//! `POST /oauth/revoke` (RFC 7009): a client gives back what it was given. A refresh token takes its grant along, an access
//! token only itself. What is not the caller's is as unknown as what never was: 200 either way (§2.2).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use vestibule_core::sets::TokenKind;
use vestibule_store::{
    Tx,
    access::tokens,
    oauth::{clients::Client, grants},
    trail::events::{self, Cause, Target, kinds::GrantEnded},
};
use vestibule_web::{
    State,
    crypto::access_token,
    http::{input::Parameters, request},
};

use crate::{ClientKeys, client::auth, error::OAuthError};

const PATH: &str = "/oauth/revoke";

/// The revocation endpoint.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
) -> HttpResponse {
    match respond(&req, payload, &state, &keys).await {
        Ok(()) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish(),
        Err(refusal) => refusal.answer(&state),
    }
}

async fn respond(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &ClientKeys,
) -> Result<(), OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let mut caller = auth::Presented::read(req, &form)?;
    let token = form.get("token").ok_or(OAuthError::Request("token is missing"))?.to_owned();
    let issuer = state.config().region.api_url.clone();
    let audiences = [issuer.clone(), state.api_url(PATH)];
    caller.prove_assertion(state, keys, &audiences).await?;
    let now = state.now();
    let cause = request::cause(req, format!("client:{}", caller.client_id()));
    let job = move |conn: &mut Tx<'_>| {
        // Refused or not, an assertion was used: that is committed.
        let client = match caller.prove(conn, now) {
            Ok(client) => client,
            Err(refusal) => return Ok::<_, vestibule_store::Error>(Err(refusal)),
        };
        end(conn, &client, &issuer, &token, &cause, now)?;
        Ok(Ok(()))
    };
    state.write(job).await?
}

fn end(
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
    let grant = grants::find(conn, &token.workspace_id, grant_id)?;
    let Some(grant) = grant.filter(|grant| grant.client_id == client.client_id) else { return Ok(()) };
    if token.kind != TokenKind::Refresh {
        tokens::revoke(conn, &token.workspace_id, &token.token_id)?;
        return Ok(());
    }
    if grants::end(conn, &grant.workspace_id, &grant.grant_id, now)? {
        let (target, data) = (Target::Grant(&grant.grant_id), GrantEnded { reason: "client" });
        events::record(conn, &grant.workspace_id, cause, target, &data, now)?;
    }
    Ok(())
}
