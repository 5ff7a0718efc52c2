//! The safety brake of a workspace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::types::parts;

/// How far to release the brake. Without `people`: for an hour.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrakeRelease {
    #[schema(schema_with = parts::people_or_null)]
    pub people: Option<i64>,
}

/// State of the brake.
#[derive(Serialize, ToSchema)]
pub struct Brake {
    #[schema(value_type = BrakeState, inline)]
    pub state: String,
    #[schema(minimum = 0, maximum = 100)]
    pub percent: i64,
    #[schema(schema_with = parts::people)]
    pub least: i64,
    pub held: i64,
    #[schema(required, format = "date-time")]
    pub held_at: Option<String>,
    #[schema(required, format = "date-time")]
    pub last_owner_held_at: Option<String>,
    #[schema(required, format = "date-time")]
    pub released_until: Option<String>,
    #[schema(required)]
    pub released_people: Option<i64>,
    pub ended_within_the_hour: i64,
    pub people_with_access: i64,
}

/// Whether the brake stops a push.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a schema")]
enum BrakeState {
    Off,
    Ready,
    On,
    Released,
}
