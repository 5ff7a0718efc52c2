//! Verifies messages of single logout (Core §3.7, Profiles §4.4): requests and responses, by the bindings POST and Redirect. Each must
//! be signed: with POST the root element is signed, with Redirect the query.
//!
//! The caller finds the session by the session indexes and the NameID, never by a cookie, and refuses a message that was used before.

mod message;
mod query;

use message::Message;
use vestibule_core::time::Micros;

use crate::{certificate::Certificate, names, response::NameId, tree};

/// What a message must match.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Our URL for logout messages as it is configured.
    pub url: &'a str,
    /// Issuer of the connection.
    pub idp_issuer: &'a str,
    /// Certificates of the connection.
    pub certificates: &'a [Certificate],
    /// Current time.
    pub now: Micros,
}

/// A message as it was received.
#[derive(Debug, Clone, Copy)]
pub enum Received<'a> {
    /// Value of the form field `SAMLRequest` or `SAMLResponse`.
    Post(&'a str),
    /// The query of the URL as it was sent, without `?` and not decoded.
    Redirect(&'a str),
}

/// The kind of a message, given by the name of its parameter: `SAMLRequest` or `SAMLResponse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request to end sessions.
    Request,
    /// A response to such a request.
    Response,
}

impl Kind {
    /// Name of the form field or of the query's parameter (Bindings §3.4.4.1, §3.5.4).
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }

    /// Name of the root element.
    const fn element(self) -> &'static str {
        match self {
            Self::Request => "LogoutRequest",
            Self::Response => "LogoutResponse",
        }
    }
}

/// A verified request to end sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// `ID`: the response must name it. Accept each ID once only.
    pub id: String,
    /// Issuer, verbatim.
    pub issuer: String,
    /// The person whose sessions end.
    pub name_id: NameId,
    /// Sessions to end; empty for all sessions of this person (Core §3.7.1).
    pub session_indexes: Vec<String>,
    /// End of its validity. Remember its ID for a minute longer, because expiry has a minute's leeway.
    pub not_on_or_after: Micros,
    /// With Redirect only: `RelayState`, to be sent back with the response.
    pub relay_state: Option<String>,
}

/// A verified response to our request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Id of our request.
    pub in_response_to: Option<String>,
    /// The status code and its nested status code, such as `…:status:PartialLogout`.
    pub status: Vec<String>,
    /// With Redirect only: `RelayState`.
    pub relay_state: Option<String>,
}

impl LogoutResponse {
    /// Whether the provider ended every session that it knows of.
    pub fn is_success(&self) -> bool {
        self.status == [names::SUCCESS]
    }
}

/// The check that refused a message, and the reason. The text may quote the message: escape it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{check} ({cites}): {why}")]
pub struct Refused {
    /// Name of the check in events and logs.
    pub check: &'static str,
    /// Specification of the check.
    pub cites: &'static str,
    /// The reason.
    pub why: String,
}

/// The checks, in order.
const CHECKS: [(&str, &str); 13] = [
    ("query", "Bindings §3.4.4.1"),
    ("form", "Bindings §3.5.4; RFC 4648 §3.3, §4"),
    ("encoding", "XML 1.0 §2.2, §2.11, §4.3.3"),
    ("markup", "Core §1.3.1; XML Signature Best Practices §2.1"),
    ("root", "Core §3.7.1, §3.7.2, §4.1.3.2"),
    ("order", "Core §3.2.1, §3.2.2, §3.7.1"),
    ("ids", "Core §1.3.4"),
    ("signature", "Core §5.4; Bindings §3.4.4.1; Profiles §4.4.3.1, §4.4.4.2"),
    ("destination", "Bindings §3.4.5.2, §3.5.5.2"),
    ("issuer", "Profiles §4.4.4.1, §4.4.4.2"),
    ("instants", "Core §1.3.3, §3.2.1, §3.7.1"),
    ("name_id", "Core §2.2.3, §3.7.1"),
    ("status", "Core §3.2.2.2"),
];

/// Makes the error of a check from its reason.
fn refused(check: &'static str) -> impl Fn(String) -> Refused {
    move |why| {
        let cites = CHECKS.iter().find(|(name, _)| *name == check).map_or("", |(_, cites)| cites);
        Refused { check, cites, why }
    }
}

/// The Issuer that a message claims, before anything is verified. Anybody may have written it: use it only to choose the connection
/// whose certificates must have signed the message. `None`: the message can't be parsed, or has no Issuer.
pub fn claimed_issuer(received: Received<'_>, kind: Kind) -> Option<String> {
    message::claimed_issuer(received, kind)
}

/// Verifies a request to end sessions.
///
/// # Errors
/// [`Refused`] names the first check that failed.
pub fn verify_request(received: Received<'_>, expected: &Expected<'_>) -> Result<LogoutRequest, Refused> {
    message::verified(received, Kind::Request, expected, |message: &Message<'_, '_>| {
        let not_on_or_after = message.end(expected.now).map_err(refused("instants"))?;
        let name_id = message.name_id().map_err(refused("name_id"))?;
        let indexes = tree::children(message.root, names::PROTOCOL, "SessionIndex").map(tree::text);
        let session_indexes =
            indexes.collect::<Option<Vec<_>>>().ok_or_else(|| "a SessionIndex is not one text".to_owned());
        Ok(LogoutRequest {
            id: message.id().to_owned(),
            issuer: expected.idp_issuer.to_owned(),
            name_id,
            session_indexes: session_indexes
                .map_err(refused("name_id"))?
                .into_iter()
                .map(str::to_owned)
                .collect(),
            not_on_or_after,
            relay_state: message.relay_state.clone(),
        })
    })
}

/// Verifies the response to our request. Also accepts a response whose status is no success: see
/// [`is_success`](LogoutResponse::is_success).
///
/// # Errors
/// [`Refused`] names the first check that failed.
pub fn verify_response(received: Received<'_>, expected: &Expected<'_>) -> Result<LogoutResponse, Refused> {
    message::verified(received, Kind::Response, expected, |message: &Message<'_, '_>| {
        Ok(LogoutResponse {
            in_response_to: tree::attribute(message.root, "InResponseTo").map(str::to_owned),
            status: message.status().map_err(refused("status"))?,
            relay_state: message.relay_state.clone(),
        })
    })
}
