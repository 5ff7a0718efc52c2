//! `POST /oauth/introspect` (RFC 7662): whether a token is valid. Apps and services may ask about every token of their workspaces, other
//! clients about their own tokens. For any other token, valid or not, the response is only `{"active": false}` (§2.2).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::{Value, json};
use vestibule_core::{
    sets::{ClientKind, TokenKind},
    time::SECOND,
};
use vestibule_store::{
    Conn, Tx,
    access::tokens::{self, Live},
    oauth::{clients::Client, resources},
    rights::roles,
};
use vestibule_web::{
    State,
    crypto::{access_token, dpop},
    http::input::Parameters,
};

use super::access;
use crate::{ClientKeys, client::auth, error::OAuthError};

const PATH: &str = "/oauth/introspect";

/// Introspection endpoint.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
) -> HttpResponse {
    match respond(&req, payload, &state, &keys).await {
        Ok(document) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(document),
        Err(refusal) => refusal.respond(&state),
    }
}

async fn respond(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &ClientKeys,
) -> Result<Value, OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let mut caller = auth::Credentials::read(req, &form)?;
    let token = form.get("token").ok_or(OAuthError::Request("token is missing"))?.to_owned();
    if !caller.is_assertion() {
        let (now, job_state) = (state.now(), state.clone());
        let read = move |conn: &mut Conn| {
            let client = caller.authenticate_by_secret(conn)?;
            describe(conn, &job_state, &client, &token, now)
        };
        return state.indexed_read(read).await;
    }
    let audiences = [state.config().region.api_url.clone(), state.api_url(PATH)];
    caller.verify_assertion(state, keys, &audiences).await?;
    let (now, job_state) = (state.now(), state.clone());
    let job = move |conn: &mut Tx<'_>| {
        // Committed also for a refusal, because the assertion is used up.
        let client = match caller.authenticate(conn, now) {
            Ok(client) => client,
            Err(refusal) => return Ok::<_, OAuthError>(Err(refusal)),
        };
        Ok(Ok(describe(conn, &job_state, &client, &token, now)?))
    };
    state.write(job).await?
}

/// Introspection response.
fn describe(
    conn: &mut Conn,
    state: &State,
    client: &Client,
    token: &str,
    now: i64,
) -> Result<Value, OAuthError> {
    let (region, issuer) = (&state.config().region.name, &state.config().region.api_url);
    let inactive = json!({ "active": false });
    let Some(presented) = access_token::presented(conn, issuer, token, now)? else { return Ok(inactive) };
    if !client.is_deployment_wide() && client.workspace_id != presented.workspace_id {
        return Ok(inactive);
    }
    let Some(live) = tokens::find_live(conn, &presented, region, now)? else { return Ok(inactive) };
    let Live { token, user, client_id: holder, .. } = live;
    if token.kind == TokenKind::Refresh {
        return Ok(inactive);
    }
    // Apps and services may ask about every token of their workspaces, other clients only about their own.
    if !matches!(client.kind, ClientKind::App | ClientKind::Service)
        && holder.as_deref() != Some(client.client_id.as_str())
    {
        return Ok(inactive);
    }
    let effective = match &user {
        Some(user) => Some(roles::effective(conn, &user.workspace_id, &user.user_id)?),
        None => None,
    };
    // The user may have lost a role that the resource needs since the token was issued.
    if let Some(effective) = &effective
        && !token.resource.is_empty()
        && let Some(resource) = resources::find(conn, &token.workspace_id, &token.resource)?
        && !resource.admits(&effective.role_ids())
    {
        return Ok(inactive);
    }
    if let Some(used) = token.use_due(now) {
        state.uses().note(used, now);
    }
    let mut document = json!({
        "active": true,
        "token_type": if token.jkt.is_some() { dpop::HEADER } else { "Bearer" },
        "scope": token.scope,
        "iat": token.created_at / SECOND,
        "iss": issuer,
        "team_id": token.workspace_id,
        "jti": token.token_id,
    });
    let optional = [
        ("exp", token.expires_at.map(|at| json!(at / SECOND))),
        // RFC 8707 §2: a resource server must accept only tokens for itself.
        (
            "aud",
            Some(&token.resource).filter(|resource| !resource.is_empty()).map(|resource| json!(resource)),
        ),
        // RFC 9449 §6.2: the resource compares it with the key of the proof.
        ("cnf", Some(access::confirmation(token.jkt.as_deref())).filter(|cnf| !cnf.is_null())),
        // RFC 8693 §4.1
        ("act", Some(access::act(token.actors.as_slice())).filter(|act| !act.is_null())),
        ("client_id", holder.map(|id| id.into_string().into())),
        ("sub", user.as_ref().map(|user| json!(user.user_id))),
        ("username", user.as_ref().map(|user| json!(user.user_name))),
        ("roles", effective.as_ref().map(|effective| json!(effective.role_ids()))),
        ("entitlements", effective.map(|effective| json!(effective.entitlement_ids()))),
    ];
    for (name, value) in optional {
        if let (Some(value), Some(members)) = (value, document.as_object_mut()) {
            members.insert(name.to_owned(), value);
        }
    }
    Ok(document)
}
