//! The authorization response of the provider, and the proof that the connection's app is the workspace's.

use vestibule_admin::provider::connection::proof;
use vestibule_core::providers::TenantRule;
use vestibule_store::{
    Error,
    access::logins::Login,
    providers::{connections::Connection, domains},
};
use vestibule_web::{State, http::input::Parameters};

use crate::{provider::Providers, refusal::Refusal};

/// Longest authorization code that is accepted, in bytes.
const LONGEST_CODE: usize = 4096;

/// Checks the authorization response and returns its code.
pub(crate) async fn code<'a>(
    state: &State,
    providers: &Providers,
    query: &'a Parameters,
    login: &Login,
) -> Result<&'a str, Refusal> {
    // RFC 9207 §2.4: checked first, and for error responses too.
    if !providers.accepts_iss(state, &login.issuer, query.get("iss")).await? {
        return Err(Refusal::Mixed);
    }
    match (query.get("code"), query.get("error")) {
        (Some(code), None) if code.len() <= LONGEST_CODE => Ok(code),
        (Some(_), None) => Err(Refusal::Malformed("the answer's code is longer than 4 KiB".to_owned())),
        (None, Some(error)) => Err(Refusal::of_provider(error, query.text("error_description"))),
        (Some(_), Some(_)) => Err(Refusal::Malformed("the answer has both code and error".to_owned())),
        (None, None) => Err(Refusal::Malformed("the answer has neither code nor error".to_owned())),
    }
}

/// The verified domains of the workspace, if an ID token of this connection must name one of them; otherwise empty.
pub(crate) async fn domains(state: &State, connection: &Connection) -> Result<Vec<String>, Refusal> {
    if connection.rules().facts().tenant != TenantRule::HostedDomain {
        return Ok(Vec::new());
    }
    let workspace_id = connection.workspace_id.clone();
    Ok(state.read(move |conn| domains::list(conn, &workspace_id)).await?)
}

/// Records that the provider has issued an ID token to this connection's client, which proves that its issuer and client id belong to
/// this workspace. Refuses when another workspace has proven them before.
pub(crate) async fn prove(state: &State, connection: &Connection, request_id: &str) -> Result<(), Refusal> {
    if connection.proven_at.is_some() {
        return Ok(());
    }
    let (used, request_id, now) = (connection.clone(), request_id.to_owned(), state.now());
    match state.write_access(move |conn| proof::prove(conn, &used, &request_id, now)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::Taken(String::new())),
        Err(Error::Conflict(_)) => Err(Refusal::Raced),
        Err(error) => Err(error.into()),
    }
}
