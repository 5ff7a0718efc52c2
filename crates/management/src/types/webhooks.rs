//! Webhooks and deliveries.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::{
    sets::{DeliveryKind, DeliveryState},
    time::rfc3339,
};
use vestibule_store::outbox::{deliveries, webhooks};

use super::{page::Item, parts};

/// A webhook to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    #[schema(format = "uri", min_length = 1)]
    pub url: String,
    #[serde(default)]
    #[schema(schema_with = parts::kinds)]
    pub kinds: Vec<String>,
}

/// What to change in a webhook. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    #[schema(format = "uri", min_length = 1)]
    pub url: Option<String>,
    #[schema(schema_with = parts::kinds_or_null)]
    pub kinds: Option<Vec<String>>,
    pub enabled: Option<bool>,
}

/// A webhook, without its secrets.
#[derive(Serialize, ToSchema)]
pub struct Webhook {
    #[schema(format = "uuid")]
    pub id: String,
    pub url: String,
    pub kinds: Vec<String>,
    pub enabled: bool,
    /// Number of secrets that sign
    #[schema(minimum = 1, maximum = 2)]
    pub secrets: i64,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl Item for Webhook {
    const LIST: &'static str = "Webhooks";
}

/// A webhook that was just created, and its secret. The secret is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewlyMadeWebhook {
    #[serde(flatten)]
    pub webhook: Webhook,
    pub secret: String,
}

/// A secret that was just issued. It is returned once.
#[derive(Serialize, ToSchema)]
pub struct NewWebhookSecret {
    pub secret: String,
}

/// One message to one receiver.
#[derive(Serialize, ToSchema)]
pub struct Delivery {
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "uuid")]
    pub workspace: String,
    #[schema(schema_with = parts::delivery_kind)]
    pub kind: DeliveryKind,
    pub receiver: String,
    pub about: String,
    #[schema(required)]
    pub event: Option<i64>,
    #[schema(schema_with = parts::delivery_state)]
    pub state: DeliveryState,
    pub tries: i64,
    pub outcome: String,
    #[schema(required, format = "date-time")]
    pub due_at: Option<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(required, format = "date-time")]
    pub ended_at: Option<String>,
}

impl Item for Delivery {
    const LIST: &'static str = "Deliveries";
}

impl From<&webhooks::Webhook> for Webhook {
    fn from(row: &webhooks::Webhook) -> Self {
        Self {
            id: row.webhook_id.clone(),
            url: row.url.clone(),
            kinds: row.kinds.split(' ').map(str::to_owned).collect(),
            enabled: row.enabled,
            secrets: if row.former_secret.is_empty() { 1 } else { 2 },
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}

impl From<&deliveries::Delivery> for Delivery {
    fn from(row: &deliveries::Delivery) -> Self {
        Self {
            id: row.delivery_id.clone(),
            workspace: row.workspace_id.to_string(),
            kind: row.kind,
            receiver: row.target_id.clone(),
            about: row.subject.clone(),
            event: Some(row.seq).filter(|seq| *seq > 0),
            state: row.state,
            tries: row.attempts,
            outcome: row.outcome.clone(),
            due_at: Some(row.due_at).filter(|_| row.ended_at.is_none()).map(rfc3339),
            created_at: rfc3339(row.created_at),
            ended_at: row.ended_at.map(rfc3339),
        }
    }
}
