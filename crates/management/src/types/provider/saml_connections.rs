//! SAML connections of a workspace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_admin::provider::saml_connection::{addresses::Addresses, metadata};
use vestibule_core::{
    sets::{ProviderKind, SamlBinding, UidField, Unsolicited},
    time::{SECOND, rfc3339},
};
use vestibule_saml::certificate::parse_pasted;
use vestibule_store::providers::{
    saml_certificates,
    saml_connections::{self, AttributeNames},
};

use crate::types::{page::Item, parts};

/// Settings of a SAML connection to save. A member that is absent stays as it is, or gets its default in a new connection. The provider
/// is given in one of three ways: `metadata_url`; `metadata`; or `issuer`, `sso_url` and `certificates` together.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct SamlConnectionSettings {
    /// Name, for people; required in a new connection, and unique in the workspace
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    /// URL of the provider's metadata. It is read now, and again each day
    #[schema(format = "uri", min_length = 1, max_length = 2000)]
    pub metadata_url: Option<String>,
    /// The provider's metadata: an XML document
    #[schema(min_length = 1)]
    pub metadata: Option<String>,
    /// The provider's entity ID, verbatim
    #[schema(min_length = 1, max_length = 1024)]
    pub issuer: Option<String>,
    /// Where sign-in requests go, by HTTP-Redirect
    #[schema(format = "uri", min_length = 1, max_length = 2000)]
    pub sso_url: Option<String>,
    /// Where a sign-out here is sent on to, by HTTP-Redirect. Empty: nowhere. Absent, and the provider is given by its metadata: where
    /// the metadata says
    #[schema(max_length = 2000)]
    pub slo_url: Option<String>,
    /// Whether requests are signed. Default: whether the metadata insists on it. Requests to sign out always are
    pub signs_requests: Option<bool>,
    /// All certificates that are trusted from now on: PEM, or DER in base64
    #[schema(schema_with = parts::certificates_or_null)]
    pub certificates: Option<Vec<String>>,
    /// Whether a new certificate in the metadata is trusted at once. Default: true
    pub trusts_metadata: Option<bool>,
    /// Our entity ID for this connection. Empty, the default: the URL of our metadata
    #[schema(max_length = 1024)]
    pub entity_id: Option<String>,
    /// Whether people may sign in through it. Default: true
    pub enabled: Option<bool>,
    /// Whether an unknown person is created at the first sign-in. Default: false
    pub jit: Option<bool>,
    /// What happens with a response that answers no request. Default: start
    #[schema(schema_with = parts::unsolicited_or_null)]
    pub unsolicited: Option<Unsolicited>,
    /// Make it the connection of sign-ins that name none
    #[serde(default)]
    #[schema(default = false)]
    pub make_default: bool,
    /// Name of the attribute with the login name, if it is not the NameID. Empty: the NameID
    #[schema(max_length = 256)]
    pub user_name_attribute: Option<String>,
    /// Name of the attribute with the email address. Empty: its usual names
    #[schema(max_length = 256)]
    pub email_attribute: Option<String>,
    /// Name of the attribute with the full name. Empty: its usual names
    #[schema(max_length = 256)]
    pub name_attribute: Option<String>,
    /// Name of the attribute with the first name. Empty: its usual names
    #[schema(max_length = 256)]
    pub given_name_attribute: Option<String>,
    /// Name of the attribute with the last name. Empty: its usual names
    #[schema(max_length = 256)]
    pub family_name_attribute: Option<String>,
    /// Name of the attribute with a person's groups. Empty: none
    #[schema(max_length = 256)]
    pub groups_attribute: Option<String>,
    /// Name of the attribute with a person's roles. Each counts as a group with the prefix role:. Empty: none
    #[schema(max_length = 256)]
    pub roles_attribute: Option<String>,
    /// Name of the attribute that matches a person to a user whom SCIM provisioned. Empty: none
    #[schema(max_length = 256)]
    pub uid_attribute: Option<String>,
    /// The field of the user that it names. Default: external_id
    #[schema(schema_with = parts::uid_field_or_null)]
    pub uid_is: Option<UidField>,
    /// The custom attribute that it names, where uid_is is custom: its name, or the URN of its schema, a colon and its name
    #[schema(max_length = 256)]
    pub uid_custom_attribute: Option<String>,
    /// The Okta org whose Universal Logout ends access here: its domain or URL. Empty: none
    #[schema(max_length = 255)]
    pub okta_org: Option<String>,
    /// Okta's id of the app, for Universal Logout. Empty: none
    #[schema(max_length = 100)]
    pub app_instance_id: Option<String>,
}

/// A SAML connection.
#[derive(Serialize, ToSchema)]
pub struct SamlConnection {
    #[schema(format = "uuid")]
    pub id: String,
    /// Name, for people
    pub name: String,
    /// Whether a sign-in that names no connection uses it
    pub is_default: bool,
    /// Whether people may sign in through it
    pub enabled: bool,
    /// Kind of the provider, recognized by its addresses
    #[schema(schema_with = parts::provider)]
    pub provider: ProviderKind,
    /// The provider's entity ID
    pub issuer: String,
    /// Where sign-in requests go
    pub sso_url: String,
    /// Binding of requests
    #[schema(schema_with = parts::saml_binding)]
    pub sso_binding: SamlBinding,
    /// Where a sign-out here is sent on to; null: nowhere
    #[schema(required)]
    pub slo_url: Option<String>,
    /// Whether requests are signed
    pub signs_requests: bool,
    /// URL of the provider's metadata; null: the settings were entered by hand
    #[schema(required)]
    pub metadata_url: Option<String>,
    /// When the metadata was last read
    #[schema(required, format = "date-time")]
    pub metadata_read_at: Option<String>,
    /// Whether a new certificate in the metadata is trusted at once
    pub trusts_metadata: bool,
    /// Certificates, the oldest first
    #[schema(inline)]
    pub certificates: Vec<SamlCertificate>,
    /// Whether an unknown person is created at the first sign-in
    pub jit: bool,
    /// What happens with a response that answers no request
    #[schema(schema_with = parts::unsolicited)]
    pub unsolicited: Unsolicited,
    /// Name of the attribute with the login name, if it is not the NameID
    #[schema(required)]
    pub user_name_attribute: Option<String>,
    /// Name of the attribute with the email address
    #[schema(required)]
    pub email_attribute: Option<String>,
    /// Name of the attribute with the full name
    #[schema(required)]
    pub name_attribute: Option<String>,
    /// Name of the attribute with the first name
    #[schema(required)]
    pub given_name_attribute: Option<String>,
    /// Name of the attribute with the last name
    #[schema(required)]
    pub family_name_attribute: Option<String>,
    /// Name of the attribute with a person's groups
    #[schema(required)]
    pub groups_attribute: Option<String>,
    /// Name of the attribute with a person's roles
    #[schema(required)]
    pub roles_attribute: Option<String>,
    /// Name of the attribute that matches a person to a user whom SCIM provisioned
    #[schema(required)]
    pub uid_attribute: Option<String>,
    /// The field of the user that it names
    #[schema(required, schema_with = parts::uid_field_or_null)]
    pub uid_is: Option<UidField>,
    /// The custom attribute that it names
    #[schema(required)]
    pub uid_custom_attribute: Option<String>,
    /// URL of the Okta org whose Universal Logout ends access here
    #[schema(required)]
    pub okta_org: Option<String>,
    /// Okta's id of the app, for Universal Logout
    #[schema(required)]
    pub app_instance_id: Option<String>,
    /// To enter at the provider: where responses are posted (ACS URL, Recipient, Destination)
    pub acs_url: String,
    /// To enter at the provider: the audience (SP entity ID)
    pub entity_id: String,
    /// To enter at the provider: where logout messages go (Single Logout URL)
    pub sp_slo_url: String,
    /// Our metadata for this workspace
    pub sp_metadata_url: String,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl Item for SamlConnection {
    const LIST: &'static str = "SamlConnections";
}

/// A certificate of a SAML connection.
#[derive(Serialize, ToSchema)]
pub struct SamlCertificate {
    /// SHA-256 of the certificate, in hex
    pub fingerprint: String,
    /// Subject of the certificate
    pub subject: String,
    /// End of its validity. It is reported, not enforced
    #[schema(format = "date-time")]
    pub not_after: String,
    /// Since when it is trusted; null: it came from the metadata and waits
    #[schema(required, format = "date-time")]
    pub trusted_at: Option<String>,
}

/// What reading the metadata changed: fingerprints of certificates.
#[derive(Serialize, ToSchema)]
pub struct SamlMetadataRead {
    /// False: it was read less than a minute ago, and not again
    pub read: bool,
    /// New ones that are trusted now
    pub trusted: Vec<String>,
    /// New ones that wait
    pub waiting: Vec<String>,
    /// Those that the metadata no longer lists: they are not trusted any more
    pub removed: Vec<String>,
}

impl From<Option<metadata::MetadataRead>> for SamlMetadataRead {
    fn from(read: Option<metadata::MetadataRead>) -> Self {
        let is_read = read.is_some();
        let metadata::MetadataRead { trusted, waiting, removed } = read.unwrap_or_default();
        Self { read: is_read, trusted, waiting, removed }
    }
}

impl SamlConnection {
    /// The answer about a connection.
    pub fn new(
        row: saml_connections::SamlConnection,
        names: AttributeNames,
        certificates: &[saml_certificates::SamlCertificate],
        ours: Addresses,
    ) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let provider = row.kind();
        Self {
            id: row.connection_id.to_string(),
            name: row.name,
            is_default: row.is_default,
            enabled: row.enabled,
            provider,
            issuer: row.issuer,
            sso_url: row.sso_url,
            sso_binding: row.sso_binding,
            slo_url: given(row.slo_url),
            signs_requests: row.signs_requests,
            metadata_url: given(row.metadata_url),
            metadata_read_at: row.metadata_read_at.map(rfc3339),
            trusts_metadata: row.trusts_metadata,
            certificates: certificates.iter().map(SamlCertificate::from).collect(),
            jit: row.jit,
            unsolicited: row.unsolicited,
            user_name_attribute: names.user_name,
            email_attribute: names.email,
            name_attribute: names.name,
            given_name_attribute: names.given_name,
            family_name_attribute: names.family_name,
            groups_attribute: names.groups,
            roles_attribute: names.roles,
            uid_is: names.uid.is_some().then(|| names.uid_is.unwrap_or(UidField::ExternalId)),
            uid_attribute: names.uid,
            uid_custom_attribute: names.uid_custom,
            okta_org: given(row.okta_org),
            app_instance_id: given(row.app_instance_id),
            acs_url: ours.acs_url,
            entity_id: ours.entity_id,
            sp_slo_url: ours.slo_url,
            sp_metadata_url: ours.metadata_url,
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}

impl From<&saml_certificates::SamlCertificate> for SamlCertificate {
    fn from(row: &saml_certificates::SamlCertificate) -> Self {
        let parsed = parse_pasted(&row.certificate).unwrap_or_default();
        Self {
            fingerprint: row.fingerprint.clone(),
            subject: parsed
                .first()
                .map(vestibule_saml::certificate::Certificate::subject)
                .unwrap_or_default(),
            not_after: rfc3339(row.not_after.saturating_mul(SECOND)),
            trusted_at: row.trusted_at.map(rfc3339),
        }
    }
}
