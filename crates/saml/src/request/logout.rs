//! Messages of single logout that we send (Core §3.7). They must be signed (Profiles §4.4.3.1, §4.4.3.4).

use crate::{escape::xml, instant, names, response::NameId};

/// A request to end a session at the provider.
#[derive(Debug, Clone, Copy)]
pub struct LogoutRequest<'a> {
    /// Id of [`new_id`](super::new_id).
    pub id: &'a str,
    /// When it was made, in seconds since 1970.
    pub issued_at: i64,
    /// URL of the provider that it goes to.
    pub destination: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// The person, as the assertion named them.
    pub name_id: &'a NameId,
    /// The provider's session, as the assertion named it. Okta expects it.
    pub session_index: Option<&'a str>,
}

impl LogoutRequest<'_> {
    /// The request as XML, unsigned.
    pub fn xml(&self) -> String {
        let index = self
            .session_index
            .map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", xml(index)));
        let body = format!(
            "<saml:NameID Format=\"{}\">{}</saml:NameID>{}",
            xml(&self.name_id.format),
            xml(&self.name_id.value),
            index.unwrap_or_default(),
        );
        message("LogoutRequest", self.id, self.issued_at, self.destination, self.issuer, "", &body)
    }
}

/// A response to the provider's request.
#[derive(Debug, Clone, Copy)]
pub struct LogoutResponse<'a> {
    /// Id of [`new_id`](super::new_id).
    pub id: &'a str,
    /// When it was made, in seconds since 1970.
    pub issued_at: i64,
    /// URL of the provider that it goes to.
    pub destination: &'a str,
    /// Our entity id.
    pub issuer: &'a str,
    /// Id of the request.
    pub in_response_to: &'a str,
    /// Result of the request.
    pub status: LogoutStatus,
}

/// Result of a request to end sessions: the top-level status code (Core §3.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutStatus {
    /// The sessions have ended, or there were none.
    Success,
    /// The request is invalid.
    Requester,
    /// The sessions could not be ended here.
    Responder,
}

impl LogoutStatus {
    fn code(self) -> &'static str {
        match self {
            Self::Success => names::SUCCESS,
            Self::Requester => names::REQUESTER,
            Self::Responder => names::RESPONDER,
        }
    }
}

impl LogoutResponse<'_> {
    /// The response as XML, unsigned.
    pub fn xml(&self) -> String {
        let body =
            format!("<samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>", self.status.code());
        let attribute = format!(" InResponseTo=\"{}\"", xml(self.in_response_to));
        message("LogoutResponse", self.id, self.issued_at, self.destination, self.issuer, &attribute, &body)
    }
}

fn message(
    name: &str,
    id: &str,
    at: i64,
    destination: &str,
    issuer: &str,
    attribute: &str,
    body: &str,
) -> String {
    format!(
        "<samlp:{name} xmlns:samlp=\"{}\" xmlns:saml=\"{}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" \
         Destination=\"{}\"{attribute}><saml:Issuer>{}</saml:Issuer>{body}</samlp:{name}>",
        names::PROTOCOL,
        names::ASSERTION,
        xml(id),
        instant::text_of_seconds(at),
        xml(destination),
        xml(issuer),
    )
}
