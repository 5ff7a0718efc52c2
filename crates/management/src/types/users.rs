//! Users, their rights, sessions and identities.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::{access::sessions, people::users, providers::identities};
use vestibule_web::http::user_agent;

use super::{page::Item, parts};

/// A user to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    #[schema(min_length = 1, max_length = 256)]
    pub user_name: String,
    #[schema(min_length = 1, max_length = 256)]
    pub given_name: Option<String>,
    #[schema(min_length = 1, max_length = 256)]
    pub family_name: Option<String>,
    #[schema(min_length = 1, max_length = 256)]
    pub display_name: Option<String>,
    #[serde(default)]
    #[schema(schema_with = parts::emails)]
    pub emails: Vec<String>,
    #[schema(min_length = 1, max_length = 256)]
    pub external_id: Option<String>,
    pub active: Option<bool>,
    #[serde(default)]
    #[schema(schema_with = parts::names)]
    pub roles: Vec<String>,
}

/// Roles to assign by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignedRoles {
    #[schema(schema_with = parts::names)]
    pub roles: Vec<String>,
}

/// Entitlements to assign by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignedEntitlements {
    #[schema(schema_with = parts::names)]
    pub entitlements: Vec<String>,
}

/// A user.
#[derive(Serialize, ToSchema)]
pub struct User {
    #[schema(format = "uuid")]
    pub id: String,
    pub user_name: String,
    #[schema(required)]
    pub external_id: Option<String>,
    #[schema(required)]
    pub display_name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    pub active: bool,
    pub source: String,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl Item for User {
    const LIST: &'static str = "Users";
}

/// A user with their rights, and the number of live sessions and tokens.
#[derive(Serialize, ToSchema)]
pub struct UserWithAccess {
    #[serde(flatten)]
    pub user: User,
    #[schema(inline)]
    pub roles: Vec<Sourced>,
    #[schema(inline)]
    pub entitlements: Vec<Sourced>,
    pub epoch: i64,
    #[schema(required, format = "date-time")]
    pub revoked_at: Option<String>,
    pub sessions: i64,
    pub tokens: i64,
}

/// A role or an entitlement, and what assigned it.
#[derive(Serialize, ToSchema)]
pub struct Sourced {
    pub id: String,
    pub source: String,
}

/// An end of access.
#[derive(Serialize, ToSchema)]
pub struct EndedAccess {
    #[schema(format = "uuid")]
    pub id: String,
    pub epoch: i64,
    #[schema(format = "uuid")]
    pub receipt: String,
    pub sessions: i64,
    pub tokens: i64,
}

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
pub struct Session {
    #[schema(format = "uuid")]
    pub id: String,
    pub browser: String,
    #[schema(format = "date-time")]
    pub started_at: String,
    #[schema(format = "date-time")]
    pub seen_at: String,
    #[schema(format = "date-time")]
    pub expires_at: String,
    #[schema(required, format = "date-time")]
    pub idle_until: Option<String>,
}

impl Item for Session {
    const LIST: &'static str = "Sessions";
}

/// An identity to link or to unlink.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Absent: the issuer of the workspace's connection
    #[schema(min_length = 1, max_length = 255)]
    pub issuer: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    pub subject: String,
}

/// An identity that signs in as a user.
#[derive(Serialize, ToSchema)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    #[schema(format = "date-time")]
    pub linked_at: String,
}

impl Item for Identity {
    const LIST: &'static str = "Identities";
}

impl From<&users::User> for User {
    fn from(row: &users::User) -> Self {
        Self {
            id: row.user_id.to_string(),
            user_name: row.user_name.clone(),
            external_id: row.external_id.clone(),
            display_name: row.display_name.clone(),
            email: row.email.clone(),
            active: row.active,
            source: row.source.to_string(),
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}

impl From<&sessions::Session> for Session {
    fn from(row: &sessions::Session) -> Self {
        Self {
            id: row.session_id.to_string(),
            browser: user_agent::words(&row.user_agent),
            started_at: rfc3339(row.created_at),
            seen_at: rfc3339(row.seen_at),
            expires_at: rfc3339(row.expires_at),
            idle_until: row.idle.map(|idle| rfc3339(row.seen_at + idle)),
        }
    }
}

impl From<&identities::Identity> for Identity {
    fn from(row: &identities::Identity) -> Self {
        Self { issuer: row.issuer.clone(), subject: row.subject.clone(), linked_at: rfc3339(row.created_at) }
    }
}
