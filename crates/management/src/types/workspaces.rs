//! Workspaces and set-up links.

pub(crate) mod brake;
pub(crate) mod plan;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{page::Item, parts};
use crate::http::input::present;

/// A workspace to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspace {
    #[schema(min_length = 1, max_length = 256)]
    pub name: String,
    #[schema(format = "uuid")]
    pub id: Option<String>,
    #[serde(default)]
    #[schema(schema_with = parts::domains)]
    pub domains: Vec<String>,
}

/// What to change in a workspace. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    pub default_role: Option<String>,
    pub allow_basic: Option<bool>,
    pub park_members: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 8760)]
    pub session_hours: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 525_600)]
    pub idle_minutes: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 0, maximum = 31_536_000)]
    pub max_age: Option<Option<i64>>,
    #[schema(schema_with = parts::origins_or_null)]
    pub allowed_origins: Option<Vec<String>>,
    #[schema(minimum = 0, maximum = 100)]
    pub brake_percent: Option<i64>,
    #[schema(schema_with = parts::people_or_null)]
    pub brake_least: Option<i64>,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
pub struct Workspace {
    #[schema(format = "uuid")]
    pub id: String,
    pub name: String,
    pub region: String,
    pub default_role: String,
    pub allow_basic: bool,
    pub park_members: bool,
    #[schema(required)]
    pub session_hours: Option<i64>,
    #[schema(required)]
    pub idle_minutes: Option<i64>,
    #[schema(required)]
    pub max_age: Option<i64>,
    pub allowed_origins: Vec<String>,
    #[schema(minimum = 0, maximum = 100)]
    pub brake_percent: i64,
    #[schema(schema_with = parts::people)]
    pub brake_least: i64,
    pub domains: Vec<String>,
    pub scim_base_url: String,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl Item for Workspace {
    const LIST: &'static str = "Workspaces";
}

/// A workspace that was just created, and its set-up link. The link is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewlyMadeWorkspace {
    #[serde(flatten)]
    pub workspace: Workspace,
    pub setup_link: String,
}

/// A set-up link. It is returned once.
#[derive(Serialize, ToSchema)]
pub struct SetupLink {
    pub setup_link: String,
    #[schema(format = "date-time")]
    pub expires_at: String,
}
