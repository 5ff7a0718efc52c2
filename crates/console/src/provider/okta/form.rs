//! The form of the Okta settings: the fields as sent, and the form as pages show it, without the secret. Pure.

use secrecy::{ExposeSecret, SecretString};
use vestibule_admin::provider::connection::Which;
use vestibule_core::{
    ids::ConnectionId,
    sets::{ProviderAuth, ProviderKind},
};
use vestibule_store::providers::connections::Connection;
use vestibule_web::http::input::Parameters;

use crate::layout::form::Fields;

/// The fields as sent.
#[derive(Debug)]
pub struct SettingsFields {
    /// Id of the connection; `None`: the form had none, because the page showed none.
    pub(super) connection: Option<ConnectionId>,
    /// Whether the form is of a connection of any kind, not that of the Okta page.
    pub(super) is_other_form: bool,
    /// Kind of the provider; `None`: not chosen.
    pub(in crate::provider) provider: Option<ProviderKind>,
    /// Name of the connection; `None`: the form had no such field.
    pub(in crate::provider) name: Option<String>,
    pub(in crate::provider) domain: String,
    pub(in crate::provider) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(crate) enabled: bool,
    pub(in crate::provider) jit: bool,
    /// The method of client authentication; `None`: the form had no such field.
    pub(in crate::provider) auth_method: Option<String>,
    pub(in crate::provider) dpop: bool,
    pub(in crate::provider) groups_claim: Option<String>,
    /// Whether to end everybody's access if the provider changes.
    pub(super) end_access: bool,
}

impl Fields for SettingsFields {
    fn read(form: &Parameters) -> Self {
        Self {
            connection: ConnectionId::parse(form.text("connection")),
            is_other_form: form.get("any_provider").is_some(),
            provider: form.text("provider").parse().ok(),
            name: form.get("name").map(str::to_owned),
            domain: form.text("domain").to_owned(),
            client_id: form.text("client_id").to_owned(),
            client_secret: form.get("client_secret").map(|secret| SecretString::from(secret.to_owned())),
            enabled: form.get("enabled").is_some(),
            jit: form.get("jit").is_some(),
            auth_method: form.get("auth_method").map(str::to_owned),
            dpop: form.get("dpop").is_some(),
            groups_claim: form.get("groups_claim").map(str::to_owned),
            end_access: form.get("end_access").is_some(),
        }
    }
}

impl SettingsFields {
    /// Whether there is what a first connection authenticates with: a secret, or our key.
    pub(crate) fn can_authenticate(&self) -> bool {
        let secret = self.client_secret.as_ref().map(|secret| secret.expose_secret().trim());
        secret.is_some_and(|secret| !secret.is_empty())
            || self.auth_method.as_deref() == Some(ProviderAuth::PrivateKeyJwt.as_str())
    }

    /// The connection that the page showed.
    pub(crate) fn which(&self) -> Which {
        self.connection.clone().map_or(Which::Only, Which::Id)
    }
}

/// The methods of client authentication that forms offer: value and words.
pub(crate) fn auth_methods() -> [(&'static str, &'static str); 4] {
    ProviderAuth::ALL.map(|method| {
        let words = match method {
            ProviderAuth::Auto => "Client secret, as the provider prefers",
            ProviderAuth::SecretBasic => "Client secret (client_secret_basic)",
            ProviderAuth::SecretPost => "Client secret (client_secret_post)",
            ProviderAuth::PrivateKeyJwt => "Public key / Private key (private_key_jwt)",
        };
        (method.as_str(), words)
    })
}

/// The form as a step of the set-up shows it: as stored, or as last typed.
#[derive(Default, Clone)]
pub(crate) struct SettingsForm {
    pub domain: String,
    pub client_id: String,
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    /// Why it was not saved; empty: it was not sent.
    pub problem: String,
}

impl SettingsForm {
    /// The form of the saved settings. Never the secret.
    pub(crate) fn stored(connection: &Connection) -> Self {
        Self {
            domain: connection.issuer.strip_prefix("https://").unwrap_or(&connection.issuer).to_owned(),
            client_id: connection.client_id.clone(),
            jit: connection.jit,
            auth_method: connection.auth_method.to_string(),
            dpop: connection.dpop,
            groups_claim: connection.groups_claim.clone(),
            problem: String::new(),
        }
    }

    /// The form as typed, with its problem. Never the secret.
    pub(crate) fn typed(fields: &SettingsFields, problem: String) -> Self {
        Self {
            domain: fields.domain.clone(),
            client_id: fields.client_id.clone(),
            jit: fields.jit,
            auth_method: fields.auth_method.clone().unwrap_or_default(),
            dpop: fields.dpop,
            groups_claim: fields.groups_claim.clone().unwrap_or_default(),
            problem,
        }
    }

    /// Whether a field under "More settings" is set.
    pub(crate) fn is_more_open(&self) -> bool {
        !["", "auto"].contains(&self.auth_method.as_str())
            || self.dpop
            || !self.groups_claim.is_empty()
            || self.jit
    }
}
