//! Verified statements of a provider about a person.

use secrecy::SecretString;
use vestibule_core::{assertion::AssertionSaid, sets::UidField, time::Micros};

/// Verified claims about a person, from an ID token or from a SAML assertion.
#[derive(Debug, Clone)]
pub struct Claims {
    /// `sub`, or the NameID.
    pub subject: String,
    /// Value that identifies a user whom SCIM provisioned, and the field it is compared with: `externalId` for the provider's claim
    /// ([`vestibule_core::providers::Provider::external_id`]), or the field of SAML's UID attribute. `None`: the provider sends none.
    pub scim_key: Option<(UidField, String)>,
    /// Login name at the provider.
    pub preferred_username: Option<String>,
    /// Email address. `email_verified` is not used (okta-facts §5.1).
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// When the person last authenticated; whole seconds.
    pub auth_time: Option<Micros>,
    /// Latest end of the session, as the provider requires (IPSIE SL1).
    pub session_expiry: Option<Micros>,
    /// Names of the person's groups; `None` if the connection has no groups claim or the claim is missing.
    pub groups: Option<Vec<String>>,
    /// The session at the provider: `sid` (OpenID Connect Back-Channel Logout 1.0 §2.1), or SessionIndex.
    pub session_id: Option<String>,
    /// What was said about the authentication, for the doctor.
    pub said: AssertionSaid,
    /// Compact ID token, for sign-out at the provider; empty for SAML.
    pub id_token: SecretString,
}

impl Claims {
    /// What the provider sends as the `externalId` of the user.
    pub fn external_id(&self) -> Option<&str> {
        self.scim_key
            .as_ref()
            .and_then(|(field, value)| (*field == UidField::ExternalId).then_some(value.as_str()))
    }
}
