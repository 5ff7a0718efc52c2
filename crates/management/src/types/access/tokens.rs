//! Provisioning tokens and API tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::access::tokens;

use crate::types::{page::Item, parts};

/// A provisioning token to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[serde(default)]
    #[schema(schema_with = parts::provisioning_scopes)]
    pub scopes: Vec<String>,
    #[schema(minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<i64>,
}

/// An API token to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[serde(default)]
    #[schema(schema_with = parts::api_scopes)]
    pub scopes: Vec<String>,
    #[serde(default = "ninety")]
    #[schema(minimum = 1, maximum = 3650)]
    pub expires_in_days: i64,
}

fn ninety() -> i64 {
    90
}

/// A provisioning token, without its text.
#[derive(Serialize, ToSchema)]
pub struct Token {
    #[schema(format = "uuid")]
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(required, format = "date-time")]
    pub expires_at: Option<String>,
    #[schema(required, format = "date-time")]
    pub last_used_at: Option<String>,
    /// Last four characters of the token; null: it was made before they were stored.
    #[schema(required)]
    pub last_four: Option<String>,
}

impl Item for Token {
    const LIST: &'static str = "Tokens";
}

/// An API token, without its text.
#[derive(Serialize, ToSchema)]
pub struct ApiToken {
    #[schema(format = "uuid")]
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(required, format = "date-time")]
    pub expires_at: Option<String>,
    #[schema(required, format = "date-time")]
    pub last_used_at: Option<String>,
    /// Last four characters of the token; null: it was made before they were stored.
    #[schema(required)]
    pub last_four: Option<String>,
}

impl Item for ApiToken {
    const LIST: &'static str = "ApiTokens";
}

/// A provisioning token that was just created. Its text is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewlyMadeToken {
    #[serde(flatten)]
    pub about: Token,
    pub token: String,
}

/// An API token that was just created. Its text is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewlyMadeApiToken {
    #[serde(flatten)]
    pub about: ApiToken,
    pub token: String,
}

impl From<&tokens::Token> for Token {
    fn from(row: &tokens::Token) -> Self {
        Self {
            id: row.token_id.clone(),
            name: row.name.clone(),
            scopes: row.scope.split(' ').map(str::to_owned).collect(),
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
            last_used_at: row.last_used_at.map(rfc3339),
            last_four: row.last_four.clone(),
        }
    }
}

impl From<&tokens::Token> for ApiToken {
    fn from(row: &tokens::Token) -> Self {
        let Token { id, name, scopes, created_at, expires_at, last_used_at, last_four } = row.into();
        Self { id, name, scopes, created_at, expires_at, last_used_at, last_four }
    }
}
