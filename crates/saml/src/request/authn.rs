//! The request to sign in (Core §3.4.1).

use crate::{escape::xml, instant, names};

/// A request to sign in. It must not ask for a format of the NameID, because Okta refuses every other format then, nor for an
/// authentication context, because Entra then refuses people who signed in with more than a password.
#[derive(Debug, Clone, Copy)]
pub struct AuthnRequest<'a> {
    /// ID made by [`new_id`]. The response names it as `InResponseTo`.
    pub id: &'a str,
    /// IssueInstant, in seconds since 1970.
    pub issued_at: i64,
    /// URL of the provider that the message is sent to.
    pub destination: &'a str,
    /// Our URL for the response.
    pub acs_url: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// Whether the provider must authenticate the person again, even if they have a session there.
    pub force_authn: bool,
}

impl AuthnRequest<'_> {
    /// The request as XML, unsigned.
    pub fn xml(&self) -> String {
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{}\" xmlns:saml=\"{}\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" \
             Destination=\"{}\"{} AssertionConsumerServiceURL=\"{}\" ProtocolBinding=\"{}\">\
             <saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>",
            names::PROTOCOL,
            names::ASSERTION,
            xml(self.id),
            instant::text_of_seconds(self.issued_at),
            xml(self.destination),
            if self.force_authn { " ForceAuthn=\"true\"" } else { "" },
            xml(self.acs_url),
            names::POST,
            xml(self.issuer),
        )
    }
}

/// ID of a message: `_` and 32 hexadecimal digits. Core §1.3.4 asks for 128 random bits, and a name can't begin with a digit.
pub fn new_id(random: [u8; 16]) -> String {
    let mut id = String::with_capacity(33);
    id.push('_');
    id.extend(random.iter().map(|byte| format!("{byte:02x}")));
    id
}
