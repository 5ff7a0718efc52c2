//! What an assertion says, as plain data that can be kept.

use serde::{Deserialize, Serialize};
use vestibule_core::time::Micros;

/// Facts of an assertion. Times are microseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// `ID`: to be remembered until [`not_on_or_after`](Self::not_on_or_after) plus a minute, and taken once
    /// (Profiles §4.1.4.5).
    pub id: String,
    /// Issuer, verbatim.
    pub issuer: String,
    /// Who it is about.
    pub name_id: NameId,
    /// Id of the request that it answers; the response and the confirmation name the same. `None`: unsolicited, neither names one.
    pub in_response_to: Option<String>,
    /// `SessionIndex` of the first AuthnStatement that has one: the provider's session.
    pub session_index: Option<String>,
    /// The earliest `AuthnInstant`. Okta's is when it issued the assertion, not when the person authenticated.
    pub authn_instant: Micros,
    /// The earliest `SessionNotOnOrAfter`: our session must end by then (Core §2.7.2).
    pub session_not_on_or_after: Option<Micros>,
    /// `IssueInstant`.
    pub issued_at: Micros,
    /// The earliest end of its conditions and its confirmation.
    pub not_on_or_after: Micros,
    /// Attributes in order. Those of one name stay apart. Values that are not text are left out.
    pub attributes: Vec<Attribute>,
}

/// The name of the person (Core §2.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The name, verbatim: compare exactly.
    pub value: String,
    /// `Format`; `unspecified` when there is none (Core §8.3.1).
    pub format: String,
}

/// An attribute (Core §2.7.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `Name`, verbatim. This one decides.
    pub name: String,
    /// `NameFormat`.
    pub format: Option<String>,
    /// `FriendlyName`: only for people to read.
    pub friendly_name: Option<String>,
    /// Values in order. None of them is split, whatever separators it holds.
    pub values: Vec<String>,
}
