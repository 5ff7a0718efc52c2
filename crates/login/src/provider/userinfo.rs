//! Requests userinfo (OpenID Connect Core §5.3) if the ID token lacks a claim, because Okta's org server sends profile claims only
//! there (okta-facts §5.5).

use http::{StatusCode, header};
use serde_json::{Map, Value};
use vestibule_web::{State, json::object};

use super::{exchange::Tokens, metadata::Metadata, proof::Prover, types::ProviderError};

/// Requests userinfo if it is needed and the provider has it.
pub(super) async fn fetch(
    state: &State,
    metadata: &Metadata,
    tokens: &Tokens,
    prover: Option<&Prover>,
    id_token: &Map<String, Value>,
    needed: bool,
) -> Result<Option<Map<String, Value>>, ProviderError> {
    let Some(url) = metadata.userinfo_endpoint.as_ref().filter(|_| needed) else { return Ok(None) };
    // RFC 9449 §7.1
    let scheme = if prover.is_some() { "DPoP" } else { "Bearer" };
    let request = http::Request::get(url.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("{scheme} {}", tokens.access_token))
        .body(Vec::new())
        .map_err(|_| unreachable("can't be asked with this access token"))?;
    let answer = match prover {
        Some(prover) => prover.send(state, request, Some(&tokens.access_token)).await?,
        None => state.outbound().send(request).await?,
    };
    if answer.status() != StatusCode::OK {
        return Err(unreachable(&format!("answered with {}", answer.status())));
    }
    let kind =
        answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // §5.3.2: signed or encrypted only for a client that registered for it, which Vestibule does not.
    if kind.to_ascii_lowercase().starts_with("application/jwt") {
        return Err(failed("it answered with a JWT instead of JSON"));
    }
    let info = object(answer.body()).map_err(|_| unreachable("answered with no JSON object"))?;
    // §5.3.2: `sub` is required and must be exactly that of the ID token.
    match (info.get("sub"), id_token.get("sub")) {
        (Some(Value::String(sub)), Some(Value::String(expected))) if sub == expected => Ok(Some(info)),
        _ => Err(failed("its sub is not the ID token's")),
    }
}

fn failed(reason: &str) -> ProviderError {
    ProviderError::CheckFailed { check: "userinfo", reason: reason.to_owned() }
}

fn unreachable(what: &str) -> ProviderError {
    ProviderError::Unreachable(format!("the userinfo endpoint {what}"))
}
