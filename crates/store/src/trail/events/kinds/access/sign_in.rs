//! Signing in and out.

use serde::Serialize;
use vestibule_core::{ids::SessionId, sets::SessionEndReason};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID, strings};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A user signed in through the provider; a session began.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignedIn<'a> {
    /// Id of the new session.
    pub session: &'a str,
    /// How the user was found: `identity`, `external_id`, `uid` or `name`; `created` when the sign-in created the user.
    pub by: &'a str,
    /// Id of the session that the same browser had before.
    pub replaces: Option<&'a str>,
}

impl EventData for SignedIn<'_> {
    const KIND: EventKind = EventKind::SignedIn;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for SignedIn<'static> {
    fn example() -> Self {
        Self { session: ID, by: "identity", replaces: None }
    }
}

/// A user signed out of a session.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignedOut<'a> {
    /// Id of the ended session.
    pub session: &'a str,
    /// Whether the browser was sent to the provider to sign out there, too.
    pub okta: bool,
    /// Id of the app that asked for it (RP-Initiated Logout).
    pub client: Option<&'a str>,
}

impl EventData for SignedOut<'_> {
    const KIND: EventKind = EventKind::SignedOut;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for SignedOut<'static> {
    fn example() -> Self {
        Self { session: ID, okta: false, client: None }
    }
}

/// Sessions of a user were ended from elsewhere.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionEnded<'a> {
    /// Ids of the ended sessions.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub sessions: &'a [SessionId],
    /// Cause: `by_themselves`, `administrator`, `operator`, `signed_in_elsewhere`, `backchannel_logout` or `saml_logout`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: SessionEndReason,
    /// Issuer of the logout token or the LogoutRequest, if one is the cause.
    pub issuer: Option<&'a str>,
    /// Id of the logout token or the LogoutRequest.
    pub jti: Option<&'a str>,
}

impl EventData for SessionEnded<'_> {
    const KIND: EventKind = EventKind::SessionEnded;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for SessionEnded<'static> {
    fn example() -> Self {
        Self {
            sessions: Box::leak(Box::new([SessionId::from_stored(ID)])),
            reason: SessionEndReason::BackchannelLogout,
            issuer: Some("https://acme.okta.com"),
            jti: Some("0a1b2c"),
        }
    }
}

/// A sign-in was refused. The event's id is the reference on the page.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignInRefused<'a> {
    /// Name of the refusal, such as `deactivated`, `not_fresh` or `exchange_refused`.
    pub reason: &'a str,
    /// Details for the administrator, never a secret; may be empty.
    pub detail: &'a str,
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Subject of the person, where the ID token was verified.
    pub subject: Option<&'a str>,
}

impl EventData for SignInRefused<'_> {
    const KIND: EventKind = EventKind::SignInRefused;
    const TARGETS: Targets = &[target::CONNECTION, target::USER];
}

#[cfg(test)]
impl Example for SignInRefused<'static> {
    fn example() -> Self {
        Self {
            reason: "exchange_refused",
            detail: "invalid_client",
            issuer: "https://acme.okta.com",
            subject: None,
        }
    }
}

/// An administrator tested the sign-in. Nobody was signed in. The target is the user that a sign-in would find.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TestSignIn<'a> {
    /// `signs_in`, `creates`, or the name of the refusal.
    pub outcome: &'a str,
    /// How the user was found, or details of the refusal; may be empty.
    pub detail: &'a str,
}

impl EventData for TestSignIn<'_> {
    const KIND: EventKind = EventKind::TestSignIn;
    const TARGETS: Targets = &[target::CONNECTION, target::USER];
}

#[cfg(test)]
impl Example for TestSignIn<'static> {
    fn example() -> Self {
        Self { outcome: "signs_in", detail: "identity" }
    }
}

/// The groups in the sign-in claim of a user changed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupsClaimed<'a> {
    /// Name of the claim.
    pub claim: &'a str,
    /// Names of the groups that were added.
    pub came: &'a [String],
    /// Names of the groups that were removed.
    pub went: &'a [String],
}

impl EventData for GroupsClaimed<'_> {
    const KIND: EventKind = EventKind::GroupsClaimed;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for GroupsClaimed<'static> {
    fn example() -> Self {
        Self { claim: "groups", came: strings(&["Engineering"]), went: &[] }
    }
}
