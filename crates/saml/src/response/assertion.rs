//! The facts of an assertion, as plain data that can be stored.

use serde::{Deserialize, Serialize};
use vestibule_core::time::Micros;

/// Facts of an assertion. Times are microseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// `ID`: accept it once only, and remember it until at least a minute after [`not_on_or_after`](Self::not_on_or_after)
    /// (Profiles §4.1.4.5).
    pub id: String,
    /// Issuer, verbatim.
    pub issuer: String,
    /// The person that the assertion is about.
    pub name_id: NameId,
    /// ID of the request that the response answers; the confirmation names the same ID. `None`: unsolicited, neither names one.
    pub in_response_to: Option<String>,
    /// `SessionIndex` of the first AuthnStatement that has one: the provider's session.
    pub session_index: Option<String>,
    /// The earliest `AuthnInstant`. From Okta it is the time of the assertion, not of the person's authentication.
    pub authn_instant: Micros,
    /// The earliest `SessionNotOnOrAfter`: our session must end by then (Core §2.7.2).
    pub session_not_on_or_after: Option<Micros>,
    /// `IssueInstant`.
    pub issued_at: Micros,
    /// The earliest end of its conditions and its confirmation.
    pub not_on_or_after: Micros,
    /// Attributes in order. Attributes with the same name are not merged. Values that are not text are left out.
    pub attributes: Vec<Attribute>,
}

/// The name of the person (Core §2.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The name, verbatim. Compare it exactly.
    pub value: String,
    /// `Format`; `unspecified` when there is none (Core §8.3.1).
    pub format: String,
}

/// An attribute (Core §2.7.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `Name`, verbatim. It identifies the attribute.
    pub name: String,
    /// `NameFormat`.
    pub format: Option<String>,
    /// `FriendlyName`, for display only.
    pub friendly_name: Option<String>,
    /// Values in order. They are never split at separators.
    pub values: Vec<String>,
}
