//! The settings of a SAML app, named as the fields of Okta's App Integration Wizard (saml-facts §1.3). Defaults are Okta's.

mod statements;

use openssl::hash::MessageDigest;

pub use statements::{
    ApplicationUsername, AttributeNameFormat, AttributeStatement, Expression, GroupAttributeStatement,
    GroupFilter,
};

/// The settings of a SAML app. Field names and docs give Okta's labels.
#[derive(Clone, Debug)]
pub struct SamlSettings {
    /// Single sign-on URL: the Assertion Consumer Service of the service. Always used in sign-in that Okta starts.
    pub single_sign_on_url: String,
    /// Recipient URL; none while "Use this for Recipient URL and Destination URL" is ticked.
    pub recipient_url: Option<String>,
    /// Destination URL; none while that box is ticked.
    pub destination_url: Option<String>,
    /// Audience URI (SP Entity ID).
    pub audience: String,
    /// Default RelayState: sent in sign-in that Okta starts.
    pub default_relay_state: Option<String>,
    /// Name ID format.
    pub name_id_format: NameIdFormat,
    /// Application username: the value of the Name ID.
    pub application_username: ApplicationUsername,
    /// Attribute Statements.
    pub attributes: Vec<AttributeStatement>,
    /// Group Attribute Statements.
    pub group_attributes: Vec<GroupAttributeStatement>,
    /// Response: Signed. One of the two must be signed, which Okta's form ensures and this does not.
    pub response_signed: bool,
    /// Assertion Signature: Signed.
    pub assertion_signed: bool,
    /// Signature Algorithm.
    pub signature_algorithm: SignatureAlgorithm,
    /// Digest Algorithm.
    pub digest_algorithm: DigestAlgorithm,
    /// Assertion Encryption: Encrypted; none means Unencrypted.
    pub assertion_encryption: Option<AssertionEncryption>,
    /// Signature Certificate: the service's, as PEM. Verifies signed requests and requests of single logout.
    pub signature_certificate: Option<String>,
    /// Signed Requests: refuses an authentication request without a valid signature.
    pub signed_requests: bool,
    /// Honor Force Authentication.
    pub honor_force_authn: bool,
    /// SAML Issuer ID: the issuer of its messages in place of Okta's own; none while the field is empty.
    pub issuer_id: Option<String>,
    /// Other Requestable SSO URLs and their indexes.
    pub requestable_sso_urls: Vec<(u16, String)>,
    /// Enable Single Logout; none while the box isn't ticked.
    pub single_logout: Option<SingleLogout>,
}

impl SamlSettings {
    /// Okta's defaults for this Single sign-on URL and Audience URI.
    pub fn new(single_sign_on_url: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            single_sign_on_url: single_sign_on_url.into(),
            recipient_url: None,
            destination_url: None,
            audience: audience.into(),
            default_relay_state: None,
            name_id_format: NameIdFormat::default(),
            application_username: ApplicationUsername::default(),
            attributes: Vec::new(),
            group_attributes: Vec::new(),
            response_signed: true,
            assertion_signed: true,
            signature_algorithm: SignatureAlgorithm::default(),
            digest_algorithm: DigestAlgorithm::default(),
            assertion_encryption: None,
            signature_certificate: None,
            signed_requests: false,
            honor_force_authn: true,
            issuer_id: None,
            requestable_sso_urls: Vec::new(),
            single_logout: None,
        }
    }
}

/// Name ID format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameIdFormat {
    /// Unspecified.
    #[default]
    Unspecified,
    /// EmailAddress.
    EmailAddress,
    /// x509SubjectName.
    X509SubjectName,
    /// Persistent.
    Persistent,
    /// Transient. The value is the application username all the same.
    Transient,
}

impl NameIdFormat {
    /// The URI in messages (SAML Core §8.3).
    pub fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::X509SubjectName => "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }
}

/// Signature Algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSA_SHA256.
    #[default]
    RsaSha256,
    /// RSA_SHA1, which a service should refuse.
    RsaSha1,
}

impl SignatureAlgorithm {
    /// The URI in messages (RFC 9231 §2.3.2).
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        }
    }

    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::RsaSha256 => MessageDigest::sha256(),
            Self::RsaSha1 => MessageDigest::sha1(),
        }
    }
}

/// Digest Algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// SHA256.
    #[default]
    Sha256,
    /// SHA1, which a service should refuse.
    Sha1,
}

impl DigestAlgorithm {
    /// The URI in messages (RFC 9231 §2.1).
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        }
    }

    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha1 => MessageDigest::sha1(),
        }
    }
}

/// Assertion Encryption.
#[derive(Clone, Debug)]
pub struct AssertionEncryption {
    /// Encryption Certificate: the service's, as PEM.
    pub certificate: String,
    /// Encryption Algorithm.
    pub content: ContentEncryption,
    /// Key Transport Algorithm.
    pub key_transport: KeyTransport,
}

impl AssertionEncryption {
    /// AES256-GCM and RSA-OAEP for this certificate (PEM).
    pub fn new(certificate: impl Into<String>) -> Self {
        Self {
            certificate: certificate.into(),
            content: ContentEncryption::default(),
            key_transport: KeyTransport::default(),
        }
    }
}

/// Encryption Algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentEncryption {
    /// AES256-GCM.
    #[default]
    Aes256Gcm,
    /// AES128-GCM.
    Aes128Gcm,
    /// AES256-CBC: not authenticated.
    Aes256Cbc,
    /// AES128-CBC: not authenticated.
    Aes128Cbc,
}

/// Key Transport Algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSA-OAEP with MGF1 and SHA-1: `rsa-oaep-mgf1p` with `DigestMethod` sha1.
    #[default]
    RsaOaep,
    /// RSA-1.5, which a service should refuse.
    Rsa15,
}

/// Enable Single Logout.
#[derive(Clone, Debug)]
pub struct SingleLogout {
    /// Single Logout URL: where the answer to the service's request is posted.
    pub url: String,
    /// SP Issuer: the issuer of the service's requests.
    pub sp_issuer: String,
    /// Logout request URL (`participateSlo.logoutRequestUrl`): where the org posts its own request; none when the app doesn't
    /// participate.
    pub logout_request_url: Option<String>,
    /// Request binding (`participateSlo.bindingType`) of the org's request.
    pub binding: LogoutBinding,
    /// Include user session details (`sessionIndexRequired`): the org's request has a SessionIndex.
    pub session_index_required: bool,
}

impl SingleLogout {
    /// The service may ask; the org doesn't.
    pub fn new(url: impl Into<String>, sp_issuer: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            sp_issuer: sp_issuer.into(),
            logout_request_url: None,
            binding: LogoutBinding::default(),
            session_index_required: true,
        }
    }
}

/// Binding of the org's logout request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogoutBinding {
    /// POST: a form.
    #[default]
    Post,
    /// REDIRECT: DEFLATE in the query, signed there and not inside.
    Redirect,
}
