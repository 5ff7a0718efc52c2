//! The form of an OpenID Connect connection as its pages show it, without the secret. Pure.

use vestibule_core::sets::ProviderKind;
use vestibule_store::providers::connections::Connection;

use crate::provider::okta::form::{SettingsFields, auth_methods};

/// The form: as stored, or as last typed.
pub(super) struct OidcForm {
    /// Whether the form creates a connection.
    pub is_new: bool,
    pub name: String,
    /// Kind of the provider; `None`: recognised by the issuer.
    pub provider: Option<ProviderKind>,
    pub domain: String,
    pub client_id: String,
    pub enabled: bool,
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    /// Why the form was not saved; empty: it was not sent.
    pub problem: String,
}

impl OidcForm {
    /// The form of a new connection.
    pub(super) fn empty() -> Self {
        Self {
            is_new: true,
            name: String::new(),
            provider: None,
            domain: String::new(),
            client_id: String::new(),
            enabled: false,
            jit: false,
            auth_method: String::new(),
            dpop: false,
            groups_claim: String::new(),
            problem: String::new(),
        }
    }

    /// The form of a stored connection.
    pub(super) fn stored(connection: &Connection) -> Self {
        Self {
            is_new: false,
            name: connection.name.clone(),
            provider: Some(connection.provider),
            domain: connection.issuer.strip_prefix("https://").unwrap_or(&connection.issuer).to_owned(),
            client_id: connection.client_id.clone(),
            enabled: connection.enabled,
            jit: connection.jit,
            auth_method: connection.auth_method.to_string(),
            dpop: connection.dpop,
            groups_claim: connection.groups_claim.clone(),
            problem: String::new(),
        }
    }

    /// The form as typed, with its problem.
    pub(super) fn typed(fields: &SettingsFields, is_new: bool, problem: String) -> Self {
        Self {
            is_new,
            name: fields.name.clone().unwrap_or_default(),
            provider: fields.provider,
            domain: fields.domain.clone(),
            client_id: fields.client_id.clone(),
            enabled: fields.enabled,
            jit: fields.jit,
            auth_method: fields.auth_method.clone().unwrap_or_default(),
            dpop: fields.dpop,
            groups_claim: fields.groups_claim.clone().unwrap_or_default(),
            problem,
        }
    }

    /// Whether a field under "More settings" is set.
    pub(super) fn is_more_open(&self) -> bool {
        !["", "auto"].contains(&self.auth_method.as_str()) || self.dpop || !self.groups_claim.is_empty()
    }

    /// The kinds of providers: value, words, whether it is chosen.
    pub(super) fn kinds(&self) -> [(&'static str, &'static str, bool); 8] {
        ProviderKind::ALL.map(|kind| (kind.as_str(), kind.facts().choice(), self.provider == Some(kind)))
    }

    /// The methods of client authentication: value, words, whether it is chosen.
    pub(super) fn auth_methods(&self) -> [(&'static str, &'static str, bool); 4] {
        auth_methods().map(|(value, words)| (value, words, self.auth_method == value))
    }
}
