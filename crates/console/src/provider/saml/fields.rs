//! The form of a SAML connection as sent. Pure.

use vestibule_core::sets::{UidField, Unsolicited};
use vestibule_web::http::input::Parameters;

use crate::layout::form::Fields;

/// The source of the provider's settings, as the form names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SourceChoice {
    /// No source: the settings stay as they are.
    #[default]
    Keep,
    /// The metadata at a URL.
    Url,
    /// Metadata that was pasted.
    Document,
    /// Values that were typed.
    ByHand,
}

impl SourceChoice {
    /// The value of the form's field.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Url => "url",
            Self::Document => "metadata",
            Self::ByHand => "hand",
        }
    }
}

/// The fields as sent.
#[derive(Debug, Clone)]
pub struct SamlFields {
    pub(super) name: String,
    pub(super) source: SourceChoice,
    pub(super) metadata_url: String,
    pub(super) trusts_metadata: bool,
    pub(super) metadata: String,
    pub(super) issuer: String,
    pub(super) sso_url: String,
    pub(super) slo_url: String,
    pub(super) signs_requests: bool,
    pub(super) certificate: String,
    pub(super) enabled: bool,
    pub(super) jit: bool,
    /// `None`: not one of those in the list.
    pub(super) unsolicited: Option<Unsolicited>,
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) groups: String,
    pub(super) roles: String,
    pub(super) uid: String,
    pub(super) uid_custom: String,
    pub(super) uid_is: UidField,
    pub(super) okta_org: String,
    pub(super) app_instance_id: String,
    pub(super) entity_id: String,
}

impl Fields for SamlFields {
    // Metadata has up to 256 KiB, and more when it is percent-encoded.
    const MOST: usize = 512 * 1024;

    fn read(form: &Parameters) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        let choices = [SourceChoice::Url, SourceChoice::Document, SourceChoice::ByHand];
        let source = choices.into_iter().find(|choice| choice.name() == form.text("source"));
        Self {
            name: text("name"),
            source: source.unwrap_or_default(),
            metadata_url: text("metadata_url"),
            trusts_metadata: form.get("trusts_metadata").is_some(),
            metadata: form.text("metadata").to_owned(),
            // Compared verbatim: a space at an end is refused, not removed.
            issuer: form.text("issuer").to_owned(),
            sso_url: text("sso_url"),
            slo_url: text("slo_url"),
            signs_requests: form.get("signs_requests").is_some(),
            certificate: form.text("certificate").to_owned(),
            enabled: form.get("enabled").is_some(),
            jit: form.get("jit").is_some(),
            unsolicited: form.text("unsolicited").parse().ok(),
            user_name: text("user_name"),
            email: text("email"),
            full_name: text("full_name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            groups: text("groups"),
            roles: text("roles"),
            uid: text("uid"),
            uid_custom: text("uid_custom"),
            uid_is: form.text("uid_is").parse().unwrap_or(UidField::ExternalId),
            okta_org: text("okta_org"),
            app_instance_id: text("app_instance_id"),
            entity_id: text("entity_id"),
        }
    }
}
