//! Email domains.

use serde::Serialize;
use vestibule_core::sets::DomainProof;

#[cfg(test)]
use crate::trail::events::kinds::example::Example;
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A domain was claimed; a DNS record has to prove it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainClaimed<'a> {
    /// The domain.
    pub domain: &'a str,
}

impl EventData for DomainClaimed<'_> {
    const KIND: EventKind = EventKind::DomainClaimed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainClaimed<'static> {
    fn example() -> Self {
        Self { domain: "acme.example" }
    }
}

/// A domain was verified.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainVerified<'a> {
    /// The domain.
    pub domain: &'a str,
    /// What verified it: `dns` or `operator`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub by: DomainProof,
}

impl EventData for DomainVerified<'_> {
    const KIND: EventKind = EventKind::DomainVerified;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainVerified<'static> {
    fn example() -> Self {
        Self { domain: "acme.example", by: DomainProof::Dns }
    }
}

/// The DNS record of a verified domain is missing.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainLapsing<'a> {
    /// The domain.
    pub domain: &'a str,
    /// When the domain lapses unless the record comes back (RFC 3339).
    pub lapses_at: String,
}

impl EventData for DomainLapsing<'_> {
    const KIND: EventKind = EventKind::DomainLapsing;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainLapsing<'static> {
    fn example() -> Self {
        Self { domain: "acme.example", lapses_at: "2026-12-06T10:00:00Z".to_owned() }
    }
}

/// The DNS record was missing for too long: another workspace may prove the domain.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainLapsed<'a> {
    /// The domain.
    pub domain: &'a str,
    /// Since when the record is missing (RFC 3339).
    pub missing_since: String,
}

impl EventData for DomainLapsed<'_> {
    const KIND: EventKind = EventKind::DomainLapsed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainLapsed<'static> {
    fn example() -> Self {
        Self { domain: "acme.example", missing_since: "2026-11-22T10:00:00Z".to_owned() }
    }
}

/// The DNS record of a domain is back.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainRenewed<'a> {
    /// The domain.
    pub domain: &'a str,
}

impl EventData for DomainRenewed<'_> {
    const KIND: EventKind = EventKind::DomainRenewed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainRenewed<'static> {
    fn example() -> Self {
        Self { domain: "acme.example" }
    }
}

/// Another workspace proved a domain that had lapsed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainLost<'a> {
    /// The domain.
    pub domain: &'a str,
}

impl EventData for DomainLost<'_> {
    const KIND: EventKind = EventKind::DomainLost;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainLost<'static> {
    fn example() -> Self {
        Self { domain: "acme.example" }
    }
}

/// A verified domain was removed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainRemoved<'a> {
    /// The domain.
    pub domain: &'a str,
}

impl EventData for DomainRemoved<'_> {
    const KIND: EventKind = EventKind::DomainRemoved;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DomainRemoved<'static> {
    fn example() -> Self {
        Self { domain: "acme.example" }
    }
}
