//! Roles, entitlements, the rules of groups, and grants of clients.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::{
    oauth::grants,
    rights::{entitlements, mappings, roles},
};

use super::{page::Item, parts};

/// Settings of a role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleSettings {
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[serde(default)]
    #[schema(max_length = 1000, default = "")]
    pub description: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub by_okta: bool,
}

fn yes() -> bool {
    true
}

/// A role.
#[derive(Serialize, ToSchema)]
pub struct Role {
    pub id: String,
    pub name: String,
    pub description: String,
    pub by_okta: bool,
}

impl Item for Role {
    const LIST: &'static str = "Roles";
}

/// An entitlement to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntitlement {
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    pub id: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000, default = "")]
    pub description: String,
}

/// What to change in an entitlement. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementChange {
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    #[schema(max_length = 1000)]
    pub description: Option<String>,
}

/// An entitlement.
#[derive(Serialize, ToSchema)]
pub struct Entitlement {
    pub id: String,
    pub name: String,
    pub description: String,
}

impl Item for Entitlement {
    const LIST: &'static str = "Entitlements";
}

/// The rule of a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingSettings {
    #[schema(min_length = 1, max_length = 256)]
    pub group: String,
    #[serde(default)]
    #[schema(schema_with = parts::names)]
    pub roles: Vec<String>,
    #[serde(default)]
    #[schema(schema_with = parts::names)]
    pub entitlements: Vec<String>,
}

/// The rule of a group.
#[derive(Serialize, ToSchema)]
pub struct Mapping {
    pub group: String,
    pub roles: Vec<String>,
    pub entitlements: Vec<String>,
}

impl Item for Mapping {
    const LIST: &'static str = "Mappings";
}

/// A grant of a client.
#[derive(Serialize, ToSchema)]
pub struct Grant {
    #[schema(format = "uuid")]
    pub id: String,
    pub client_id: String,
    #[schema(required, format = "uuid")]
    pub user_id: Option<String>,
    pub scope: String,
    #[schema(required)]
    pub approved_by: Option<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
}

impl Item for Grant {
    const LIST: &'static str = "Grants";
}

impl From<&roles::Role> for Role {
    fn from(row: &roles::Role) -> Self {
        Self {
            id: row.role_id.to_string(),
            name: row.display_name.clone(),
            description: row.description.clone(),
            by_okta: row.by_okta,
        }
    }
}

impl From<&entitlements::Entitlement> for Entitlement {
    fn from(row: &entitlements::Entitlement) -> Self {
        Self {
            id: row.entitlement_id.to_string(),
            name: row.display_name.clone(),
            description: row.description.clone(),
        }
    }
}

impl From<&mappings::Rule> for Mapping {
    fn from(rule: &mappings::Rule) -> Self {
        Self {
            group: rule.group.clone(),
            roles: rule.roles.iter().map(ToString::to_string).collect(),
            entitlements: rule.entitlements.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&grants::Grant> for Grant {
    fn from(row: &grants::Grant) -> Self {
        Self {
            id: row.grant_id.to_string(),
            client_id: row.client_id.to_string(),
            user_id: row.user_id.as_ref().map(ToString::to_string),
            scope: row.scope.clone(),
            approved_by: row.approved_by.as_ref().map(ToString::to_string),
            created_at: rfc3339(row.created_at),
        }
    }
}
