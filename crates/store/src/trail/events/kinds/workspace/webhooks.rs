//! Webhooks of the workspace. Webhooks of the whole deployment have no events.

use serde::Serialize;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A webhook.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookData<'a> {
    /// Id of the webhook.
    pub webhook: &'a str,
    /// Where messages are sent.
    pub url: &'a str,
    /// Whether messages are sent.
    pub enabled: bool,
}

#[cfg(test)]
impl Example for WebhookData<'static> {
    fn example() -> Self {
        Self { webhook: ID, url: "https://hooks.example.com/vestibule", enabled: true }
    }
}

/// A webhook was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct WebhookCreated<'a>(pub WebhookData<'a>);

impl EventData for WebhookCreated<'_> {
    const KIND: EventKind = EventKind::WebhookCreated;
    const TARGETS: Targets = &[target::WEBHOOK];
}

#[cfg(test)]
impl Example for WebhookCreated<'static> {
    fn example() -> Self {
        Self(WebhookData::example())
    }
}

/// A webhook or its secret was changed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct WebhookChanged<'a>(pub WebhookData<'a>);

impl EventData for WebhookChanged<'_> {
    const KIND: EventKind = EventKind::WebhookChanged;
    const TARGETS: Targets = &[target::WEBHOOK];
}

#[cfg(test)]
impl Example for WebhookChanged<'static> {
    fn example() -> Self {
        Self(WebhookData::example())
    }
}

/// A webhook was deleted, and what waited for it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct WebhookDeleted<'a>(pub WebhookData<'a>);

impl EventData for WebhookDeleted<'_> {
    const KIND: EventKind = EventKind::WebhookDeleted;
    const TARGETS: Targets = &[target::WEBHOOK];
}

#[cfg(test)]
impl Example for WebhookDeleted<'static> {
    fn example() -> Self {
        Self(WebhookData::example())
    }
}
