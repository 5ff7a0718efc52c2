//! Ends of access that come from the provider, and the end of everybody's access.

use serde::Serialize;
use vestibule_core::sets::EndReason;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A Universal Logout ended the access of a user. Follows `access_ended`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UniversalLogout<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Id of the token (`jti`).
    pub jti: &'a str,
}

impl EventData for UniversalLogout<'_> {
    const KIND: EventKind = EventKind::UniversalLogout;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UniversalLogout<'static> {
    fn example() -> Self {
        Self { issuer: "https://acme.okta.com", jti: "0a1b2c" }
    }
}

/// A Universal Logout was refused. At most one event a minute and reason.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UniversalLogoutRefused<'a> {
    /// Name of the refusal, such as `replayed` or `unknown_user`.
    pub reason: &'a str,
    /// Sentence for the administrator.
    pub detail: &'a str,
    /// HTTP status of the answer.
    pub status: u16,
}

impl EventData for UniversalLogoutRefused<'_> {
    const KIND: EventKind = EventKind::UniversalLogoutRefused;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for UniversalLogoutRefused<'static> {
    fn example() -> Self {
        Self { reason: "unknown_user", detail: "no such user in the workspace", status: 404 }
    }
}

/// A security signal (Shared Signals, CAEP) ended the access of a user. Follows `access_ended`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignalReceived<'a> {
    /// `session_revoked` or `credential_change`.
    pub signal: &'a str,
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Id of the token (`jti`).
    pub jti: &'a str,
}

impl EventData for SignalReceived<'_> {
    const KIND: EventKind = EventKind::SignalReceived;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for SignalReceived<'static> {
    fn example() -> Self {
        Self { signal: "session_revoked", issuer: "https://acme.okta.com", jti: "0a1b2c" }
    }
}

/// A security signal, a logout token or a SAML logout message was refused.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignalRefused<'a> {
    /// Name of the failed check, such as `signature`; `unknown_user` when nobody is meant.
    pub reason: &'a str,
    /// Sentence for the administrator.
    pub detail: Option<&'a str>,
    /// Id of the token, where it was verified.
    pub jti: Option<&'a str>,
}

impl EventData for SignalRefused<'_> {
    const KIND: EventKind = EventKind::SignalRefused;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SignalRefused<'static> {
    fn example() -> Self {
        Self { reason: "signature", detail: Some("the signature is not of a key of the issuer"), jti: None }
    }
}

/// Ending the access of all users was started.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EverybodyEndStarted<'a> {
    /// Id of the run.
    pub end: &'a str,
    /// Cause, as `access_ended` has it.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: EndReason,
}

impl EventData for EverybodyEndStarted<'_> {
    const KIND: EventKind = EventKind::EverybodyEndStarted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for EverybodyEndStarted<'static> {
    fn example() -> Self {
        Self { end: ID, reason: EndReason::ConnectionChanged }
    }
}

/// Ending the access of all users was finished.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EverybodyEnded<'a> {
    /// Id of the run.
    pub end: &'a str,
    /// Number of users whose access was ended.
    pub people: i64,
}

impl EventData for EverybodyEnded<'_> {
    const KIND: EventKind = EventKind::EverybodyEnded;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for EverybodyEnded<'static> {
    fn example() -> Self {
        Self { end: ID, people: 120 }
    }
}
