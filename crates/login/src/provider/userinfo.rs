//! Userinfo (OpenID Connect Core §5.3): asked only for what the ID token lacks, as Okta's org server keeps profile claims
//! for it (okta-facts §5.5). It must speak of the same person.

use http::{StatusCode, header};
use serde_json::{Map, Value};
use vestibule_web::{State, json::object};

use super::{exchange::Tokens, metadata::Metadata, proof::Prover, types::ProviderError};

/// What it says, if it is asked and there is one.
pub(super) async fn ask(
    state: &State,
    metadata: &Metadata,
    tokens: &Tokens,
    prover: Option<&Prover>,
    said: &Map<String, Value>,
    asked: bool,
) -> Result<Option<Map<String, Value>>, ProviderError> {
    let Some(url) = metadata.userinfo_endpoint.as_ref().filter(|_| asked) else { return Ok(None) };
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
    // §5.3.2: signed or encrypted only for a client that registered for it, which we did not.
    if kind.to_ascii_lowercase().starts_with("application/jwt") {
        return Err(failed("it answered with a JWT instead of JSON"));
    }
    let info = object(answer.body()).map_err(|_| unreachable("answered with no JSON object"))?;
    // §5.3.2: the `sub` must be there, and exactly the ID token's.
    match (info.get("sub"), said.get("sub")) {
        (Some(Value::String(theirs)), Some(Value::String(ours))) if theirs == ours => Ok(Some(info)),
        _ => Err(failed("its sub is not the ID token's")),
    }
}

fn failed(reason: &str) -> ProviderError {
    ProviderError::CheckFailed { check: "userinfo", reason: reason.to_owned() }
}

fn unreachable(what: &str) -> ProviderError {
    ProviderError::Unreachable(format!("the userinfo endpoint {what}"))
}
