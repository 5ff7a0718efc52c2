//! A verified response, or the answer to a test sign-in, between the provider's POST and the browser's GET: sealed in the database for a
//! minute.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_saml::response::Assertion;
use vestibule_store::access::{
    saml_answers,
    secrets::{self, Kind},
};
use vestibule_web::{State, crypto::seal::columns::saml_answer_context};

use crate::{refusal::Refusal, test_sign_in::saml::TestAnswer};

/// What waits for the browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum StoredAnswer {
    /// A verified response, which signs somebody in.
    Answer(Answer),
    /// The answer to a test sign-in, verified or not, which signs nobody in.
    Test(TestAnswer),
}

/// A verified response.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The connection whose certificate signed it.
    pub connection_id: ConnectionId,
    /// Fingerprint of that certificate.
    pub certificate: String,
    /// The verified assertion.
    pub assertion: Assertion,
    /// Return URL of an unsolicited sign-in.
    pub return_to: Option<String>,
}

/// Stores an answer. Returns the ticket that finds it.
pub(crate) async fn store(
    state: &State,
    workspace_id: &WorkspaceId,
    kept: &StoredAnswer,
) -> Result<String, Refusal> {
    let sealed = state.sealer().seal(&context(workspace_id), &json!(kept).to_string())?;
    let (workspace_id, now) = (workspace_id.clone(), state.now());
    Ok(state.write_access(move |conn| saml_answers::store(conn, &workspace_id, &sealed, now)).await?)
}

/// Finds the answer of a ticket, with its workspace.
pub(crate) async fn find(state: &State, ticket: &str) -> Result<(WorkspaceId, StoredAnswer), Refusal> {
    let ticket = secrets::parse(ticket)
        .filter(|ticket| ticket.kind == Kind::Arrival)
        .ok_or_else(|| Refusal::Malformed("its ticket is missing or not ours".to_owned()))?;
    let (workspace_id, now) = (ticket.workspace_id.clone(), state.now());
    let found = state.read(move |conn| saml_answers::find(conn, &ticket, now)).await?;
    let sealed = found.ok_or(Refusal::NotCarriedOver)?;
    let opened = state.sealer().open(&context(&workspace_id), &sealed)?;
    let kept = serde_json::from_str(opened.expose_secret())
        .map_err(|error| Refusal::Internal(format!("a stored SAML answer is corrupt: {error}")))?;
    Ok((workspace_id, kept))
}

/// Sealing context of an answer.
fn context(workspace_id: &WorkspaceId) -> String {
    saml_answer_context(workspace_id.as_str())
}
