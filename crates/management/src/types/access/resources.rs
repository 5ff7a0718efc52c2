//! Resources of the product that tokens may be for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::{ids::DEPLOYMENT, time::rfc3339};
use vestibule_store::{Error, oauth::resources};

use crate::types::{page::Item, parts};

/// A scope of a resource.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceScope {
    #[schema(min_length = 1)]
    pub scope: String,
    /// What it allows, for people
    #[serde(default)]
    #[schema(max_length = 256, default = "")]
    pub text: String,
}

/// A resource to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResource {
    /// Compared as text: a slash at the end makes another resource
    #[schema(min_length = 1, max_length = 2000)]
    pub uri: String,
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[schema(inline, min_items = 1, max_items = 100)]
    pub scopes: Vec<ResourceScope>,
    /// Roles of which a person needs one; none: everybody may
    #[serde(default)]
    #[schema(schema_with = parts::names)]
    pub roles: Vec<String>,
}

/// What to change in a resource. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceChange {
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    /// These replace all; if one is removed, every token for the resource ends
    #[schema(inline, min_items = 1, max_items = 100)]
    pub scopes: Option<Vec<ResourceScope>>,
    /// Roles of which a person needs one; none: everybody may
    pub roles: Option<Vec<String>>,
}

/// A resource.
#[derive(Serialize, ToSchema)]
pub struct Resource {
    #[schema(format = "uuid")]
    pub id: String,
    pub uri: String,
    pub name: String,
    /// Whether it belongs to all workspaces
    pub shared: bool,
    #[schema(inline)]
    pub scopes: Vec<ResourceScope>,
    pub roles: Vec<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
}

impl Item for Resource {
    const LIST: &'static str = "Resources";
}

impl TryFrom<&resources::Resource> for Resource {
    type Error = Error;

    fn try_from(row: &resources::Resource) -> Result<Self, Error> {
        let scope = |one: resources::ResourceScope| ResourceScope { scope: one.scope, text: one.text };
        Ok(Self {
            id: row.resource_id.clone(),
            uri: row.uri.clone(),
            name: row.name.clone(),
            shared: row.workspace_id == *DEPLOYMENT,
            scopes: row.scopes()?.into_iter().map(scope).collect(),
            roles: row.roles.as_slice().to_vec(),
            created_at: rfc3339(row.created_at),
        })
    }
}
