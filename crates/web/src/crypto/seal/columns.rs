//! The columns of the database that contain sealed values, in one place, each with the context that its values are sealed for. A test
//! (`tests/sealing.rs`) fails if code seals something that is neither listed here nor known to be sealed but not stored.

use vestibule_core::ids::{ConnectionId, DEPLOYMENT, WorkspaceId};
use vestibule_store::db::sealed::Column;

/// A column with sealed values.
pub struct SealedColumn {
    /// Table, column, and primary key of the table.
    pub column: Column,
    /// Context, from the values of the primary key.
    pub(super) context: fn(&[String]) -> Option<String>,
}

/// All columns with sealed values. Those that live long come first.
pub const ALL: [SealedColumn; 10] = [
    SealedColumn {
        column: Column { table: "signing_keys", name: "private_key", key: &["workspace_id", "key_id"] },
        context: |key| Some(signing_key_context(key.get(1)?)),
    },
    SealedColumn {
        column: Column { table: "saml_keys", name: "private_key", key: &["workspace_id", "key_id"] },
        context: |key| Some(saml_key_context(key.get(1)?)),
    },
    SealedColumn {
        column: Column {
            table: "connections",
            name: "client_secret",
            key: &["workspace_id", "connection_id"],
        },
        context: |key| Some(of_connection(key.first()?, key.get(1)?)),
    },
    SealedColumn {
        column: Column { table: "webhooks", name: "secret", key: &["workspace_id", "webhook_id"] },
        context: |key| Some(of_webhook(key.first()?, key.get(1)?)),
    },
    SealedColumn {
        column: Column { table: "webhooks", name: "former_secret", key: &["workspace_id", "webhook_id"] },
        context: |key| Some(of_webhook(key.first()?, key.get(1)?)),
    },
    SealedColumn {
        column: Column {
            table: "idempotent_requests",
            name: "body",
            key: &["workspace_id", "key_id", "request_key"],
        },
        context: |key| Some(idempotent_request_context(key.get(1)?, key.get(2)?)),
    },
    SealedColumn {
        column: Column { table: "sessions", name: "id_token", key: &["workspace_id", "token_digest"] },
        context: |key| Some(id_token_context(key.first()?)),
    },
    SealedColumn {
        column: Column { table: "logins", name: "verifier", key: &["workspace_id", "state_digest"] },
        context: |key| Some(verifier_context(key.first()?)),
    },
    SealedColumn {
        column: Column { table: "arrivals", name: "cookie", key: &["workspace_id", "ticket_digest"] },
        context: |key| Some(arrival_context(key.first()?)),
    },
    SealedColumn {
        column: Column { table: "saml_answers", name: "answer", key: &["workspace_id", "ticket_digest"] },
        context: |key| Some(saml_answer_context(key.first()?)),
    },
];

/// Context of a connection's client secret. A connection from before a workspace could have several has the workspace's id, and its
/// secret is bound to the workspace alone.
pub fn client_secret_context(workspace_id: &WorkspaceId, connection_id: &ConnectionId) -> String {
    of_connection(workspace_id.as_str(), connection_id.as_str())
}

fn of_connection(workspace_id: &str, connection_id: &str) -> String {
    if connection_id == workspace_id {
        return format!("{workspace_id} connection client_secret");
    }
    format!("{workspace_id} connection {connection_id} client_secret")
}

/// Context of a webhook's secret.
pub fn webhook_secret_context(workspace_id: &WorkspaceId, webhook_id: &str) -> String {
    of_webhook(workspace_id.as_str(), webhook_id)
}

fn of_webhook(workspace_id: &str, webhook_id: &str) -> String {
    format!("{workspace_id} webhook {webhook_id} secret")
}

/// Context of the private half of a signing key.
pub fn signing_key_context(key_id: &str) -> String {
    format!("{} signing key {key_id}", &**DEPLOYMENT)
}

/// Context of the private half of a SAML key.
pub fn saml_key_context(key_id: &str) -> String {
    format!("{} saml key {key_id}", &**DEPLOYMENT)
}

/// Context of the stored answer to a request with an idempotency key.
pub fn idempotent_request_context(key_id: &str, request_key: &str) -> String {
    format!("operator key {key_id} request {request_key}")
}

/// Context of the ID tokens of a workspace's sessions.
pub fn id_token_context(workspace_id: &str) -> String {
    format!("{workspace_id} session id_token")
}

/// Context of a login's PKCE verifier.
pub fn verifier_context(workspace_id: &str) -> String {
    format!("{workspace_id} login verifier")
}

/// Context of the cookie in a ticket.
pub fn arrival_context(workspace_id: &str) -> String {
    format!("{workspace_id} arrival")
}

/// Context of a SAML answer.
pub fn saml_answer_context(workspace_id: &str) -> String {
    format!("{workspace_id} saml answer")
}
