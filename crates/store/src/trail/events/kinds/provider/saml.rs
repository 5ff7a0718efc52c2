//! SAML connections.

use serde::Serialize;
use vestibule_core::sets::{SamlBinding, Unsolicited};

#[cfg(test)]
use crate::trail::events::kinds::example::{self, Example};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A SAML connection was created or saved.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamlConnectionChanged<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Whether it was created.
    pub created: bool,
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
    /// Where sign-in requests go.
    pub sso_url: &'a str,
    /// How sign-in requests go there: `redirect` or `post`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub sso_binding: SamlBinding,
    /// Where LogoutRequests go; empty: the provider is not asked to follow a sign-out here.
    pub slo_url: &'a str,
    /// Where the provider publishes its metadata; empty: the settings were entered by hand.
    pub metadata_url: &'a str,
    /// Whether users may sign in through it.
    pub enabled: bool,
    /// Whether a sign-in may create a user.
    pub jit: bool,
    /// What happens with responses that answer no request: `off`, `start` or `accept`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub unsolicited: Unsolicited,
    /// Whether a sign-in that names no connection uses it.
    pub is_default: bool,
    /// Issuer before, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_before: Option<&'a str>,
    /// SHA-256 fingerprints of the certificates that were added.
    pub certificates_added: &'a [String],
    /// SHA-256 fingerprints of the certificates that were removed.
    pub certificates_removed: &'a [String],
}

impl EventData for SamlConnectionChanged<'_> {
    const KIND: EventKind = EventKind::SamlConnectionChanged;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for SamlConnectionChanged<'static> {
    fn example() -> Self {
        Self {
            connection: example::ID,
            name: "Okta",
            created: true,
            issuer: "http://www.okta.com/exk1ab2c3d4E5F6G7h8",
            sso_url: "https://acme.okta.com/app/vestibule/exk1ab2c3d4E5F6G7h8/sso/saml",
            sso_binding: SamlBinding::Redirect,
            slo_url: "https://acme.okta.com/app/vestibule/exk1ab2c3d4E5F6G7h8/slo/saml",
            metadata_url: "https://acme.okta.com/app/exk1ab2c3d4E5F6G7h8/sso/saml/metadata",
            enabled: true,
            jit: false,
            unsolicited: Unsolicited::Start,
            is_default: false,
            issuer_before: None,
            certificates_added: example::strings(&[
                "3f8a6c5d2e1b4a7f9c0d8e6b5a4f3c2d1e0b9a8f7c6d5e4b3a2f1c0d9e8b7a6f",
            ]),
            certificates_removed: &[],
        }
    }
}

/// A SAML connection was deleted. Nobody signs in through it any more; sessions that began through it go on.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamlConnectionDeleted<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Entity ID of the identity provider.
    pub issuer: &'a str,
}

impl EventData for SamlConnectionDeleted<'_> {
    const KIND: EventKind = EventKind::SamlConnectionDeleted;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for SamlConnectionDeleted<'static> {
    fn example() -> Self {
        Self { connection: example::ID, name: "Okta", issuer: "http://www.okta.com/exk1ab2c3d4E5F6G7h8" }
    }
}

/// The metadata of a SAML connection was read again and listed other certificates.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamlCertificatesRead<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Where the metadata was read.
    pub metadata_url: &'a str,
    /// SHA-256 fingerprints of new certificates that are trusted now.
    pub trusted: &'a [String],
    /// SHA-256 fingerprints of new certificates that wait for an administrator.
    pub waiting: &'a [String],
    /// SHA-256 fingerprints of certificates that the metadata no longer lists; they are not trusted any more.
    pub removed: &'a [String],
}

impl EventData for SamlCertificatesRead<'_> {
    const KIND: EventKind = EventKind::SamlCertificatesRead;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for SamlCertificatesRead<'static> {
    fn example() -> Self {
        Self {
            connection: example::ID,
            name: "Okta",
            metadata_url: "https://acme.okta.com/app/exk1ab2c3d4E5F6G7h8/sso/saml/metadata",
            trusted: example::strings(&["3f8a6c5d2e1b4a7f9c0d8e6b5a4f3c2d1e0b9a8f7c6d5e4b3a2f1c0d9e8b7a6f"]),
            waiting: &[],
            removed: &[],
        }
    }
}

/// Somebody trusted a certificate that the metadata of a SAML connection listed and that waited.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamlCertificateTrusted<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// SHA-256 fingerprint of the certificate.
    pub fingerprint: &'a str,
    /// End of its validity, in seconds since 1970.
    pub not_after: i64,
}

impl EventData for SamlCertificateTrusted<'_> {
    const KIND: EventKind = EventKind::SamlCertificateTrusted;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for SamlCertificateTrusted<'static> {
    fn example() -> Self {
        Self {
            connection: example::ID,
            name: "Okta",
            fingerprint: "3f8a6c5d2e1b4a7f9c0d8e6b5a4f3c2d1e0b9a8f7c6d5e4b3a2f1c0d9e8b7a6f",
            not_after: 1_798_761_600,
        }
    }
}

/// A certificate of a SAML connection ends soon: recorded 90, 30, 7 and 1 days before. Sign-in goes on, but the provider is likely to sign
/// with another certificate then.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SamlCertificateEnding<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// SHA-256 fingerprint of the certificate.
    pub fingerprint: &'a str,
    /// End of its validity, in seconds since 1970.
    pub not_after: i64,
    /// Whole days until then; negative: it has ended.
    pub days: i64,
}

impl EventData for SamlCertificateEnding<'_> {
    const KIND: EventKind = EventKind::SamlCertificateEnding;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for SamlCertificateEnding<'static> {
    fn example() -> Self {
        Self {
            connection: example::ID,
            name: "Okta",
            fingerprint: "3f8a6c5d2e1b4a7f9c0d8e6b5a4f3c2d1e0b9a8f7c6d5e4b3a2f1c0d9e8b7a6f",
            not_after: 1_798_761_600,
            days: 29,
        }
    }
}
