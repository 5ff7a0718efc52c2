//! Imports people, groups and settings from a file that `vestibule_transfer` reads. People are recognised as provisioning recognises
//! them: by external id, else by user name. An import only adds: it takes no role, entitlement or membership from anybody, deactivates
//! and reactivates nobody, and verifies no domain. Whatever does not fit is a bad row with a sentence, and nothing of that row is written.

mod known;
mod person;
mod plan;
mod report;
mod run;
mod settings;

use std::collections::HashMap;

use serde_json::json;
use vestibule_admin::{Actor, Refusal};
use vestibule_core::ids::WorkspaceId;
use vestibule_scim_engine::{error::Rejection, schema::Type};
use vestibule_store::Error;
use vestibule_web::crypto::seal::Sealer;

use crate::users::custom_attributes::Custom;

pub use report::{Change, Note, Report};
pub use run::{check, write};

/// The URN of the schema whose attribute has the old system's id. It is no `externalId`: that is the provider's id of the person, by
/// which sign-in recognises them.
pub const OLD_ID_URN: &str = "urn:vestibule:params:scim:schemas:extension:import:2.0:User";

/// The attribute with the id that the old system gave the person.
pub const OLD_ID: &str = "oldId";

/// The workspace into which a file is imported, and what the operator allows.
pub struct Import<'a> {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The region of this process.
    pub region: &'a str,
    /// The operator, with the id of this run as the request.
    pub actor: Actor,
    /// Seals what a connection needs; an import has no secrets.
    pub sealer: &'a Sealer,
    /// Whether plain http and private addresses are allowed (development).
    pub allow_insecure: bool,
    /// Whether an issuer is this service itself, which can't be its own provider.
    pub is_own_issuer: &'a dyn Fn(&str) -> bool,
    /// Whether rows may make somebody an owner, or change who signs in as one.
    pub allow_owners: bool,
    /// Names of roles in the file, folded, and the role here; an empty text: left out.
    pub role_names: HashMap<String, String>,
}

/// Why a row is not imported.
#[derive(Debug)]
pub enum Problem {
    /// The row is bad: one sentence.
    Row(String),
    /// The database failed: nothing can be said about the row.
    Store(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Self::Row(rejection.detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => Self::Store(error),
            other => Self::Row(other.to_string()),
        }
    }
}

/// Refuses a row.
fn refuse<T>(sentence: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Row(sentence.into()))
}

/// The declared attribute for the old system's id.
fn old_id_attribute() -> Custom {
    Custom {
        schema: OLD_ID_URN.to_owned(),
        name: OLD_ID.to_owned(),
        kind: Type::String,
        multi_valued: false,
        case_exact: true,
        description: "The id that the system before Vestibule gave the person".to_owned(),
    }
}

/// The old system's id as an attribute of a document.
fn old_id_value(old_id: &str) -> serde_json::Value {
    json!({ OLD_ID: old_id })
}
