//! People who signed in at the provider and match no user for certain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::providers::conflicts;

use crate::types::page::Item;

/// A decision on a conflict.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    #[schema(min_length = 1, max_length = 255)]
    pub issuer: String,
    #[schema(min_length = 1, max_length = 255)]
    pub subject: String,
    /// The user to link. Absent: the conflict is dismissed, and the next sign-in is matched again
    #[schema(format = "uuid")]
    pub user_id: Option<String>,
}

/// A conflict that waits for a decision.
#[derive(Serialize, ToSchema)]
pub struct Conflict {
    pub issuer: String,
    pub subject: String,
    pub name_at_provider: String,
    pub reason: String,
    #[schema(required, format = "uuid")]
    pub user_id: Option<String>,
    #[schema(format = "date-time")]
    pub at: String,
}

impl Item for Conflict {
    const LIST: &'static str = "Conflicts";
}

impl From<&conflicts::Conflict> for Conflict {
    fn from(row: &conflicts::Conflict) -> Self {
        Self {
            issuer: row.issuer.clone(),
            subject: row.subject.clone(),
            name_at_provider: row.user_name.clone(),
            reason: row.reason.to_string(),
            user_id: row.user_id.as_ref().map(ToString::to_string),
            at: rfc3339(row.created_at),
        }
    }
}
