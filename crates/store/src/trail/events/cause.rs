//! The cause of events: the actor and the request.

use serde::Serialize;
use vestibule_core::time::Micros;

/// Actor and request that cause an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `okta:scim`, `okta:universal-logout`, `user:{id}`, `cli`, …
    pub actor: String,
    /// Id of the request, or empty.
    pub request_id: String,
    /// When the request arrived; `None`: the time of the change counts.
    pub accepted_at: Option<Micros>,
    /// Credential of the request, added to the data of each of its events as `credential`.
    pub credential: Option<Credential>,
}

/// Credential of a SCIM request, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// `token`: a provisioning token. `grant`: an OAuth access token under this grant.
    pub kind: &'static str,
    /// The id of the token or of the grant.
    pub id: String,
    /// The name of the token, or of the grant's client.
    pub name: String,
}

impl Cause {
    /// An actor in a request.
    pub fn new(actor: impl Into<String>, request_id: impl Into<String>) -> Self {
        Self { actor: actor.into(), request_id: request_id.into(), accepted_at: None, credential: None }
    }

    /// The operator at the command line.
    pub fn cli() -> Self {
        Self::new("cli", "")
    }
}
