//! The form of the Okta settings: the fields as sent, and the form as pages show it, without the secret. Pure.

use secrecy::SecretString;
use vestibule_admin::provider::connection::Which;
use vestibule_core::{
    ids::ConnectionId,
    sets::{OktaAppKind, ProviderAuth, ProviderKind},
};
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
    pub(in crate::provider) enabled: bool,
    pub(in crate::provider) jit: bool,
    /// The method of client authentication; `None`: the form had no such field.
    pub(in crate::provider) auth_method: Option<String>,
    pub(in crate::provider) dpop: bool,
    pub(in crate::provider) groups_claim: Option<String>,
    /// Whether to end everybody's access if the provider changes.
    pub(super) end_access: bool,
    /// The kind of app; unknown: not sent, or not one that exists.
    pub(super) app_kind: OktaAppKind,
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
            app_kind: form.text("app_kind").parse().unwrap_or_default(),
        }
    }
}

impl SettingsFields {
    /// The connection that the page showed.
    pub(crate) fn which(&self) -> Which {
        self.connection.clone().map_or(Which::Only, Which::Id)
    }
}

/// The methods of client authentication that forms offer: value and words.
pub(in crate::provider) fn auth_methods() -> [(&'static str, &'static str); 4] {
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

/// The form as the page shows it: as stored, or as last typed.
#[derive(Default, Clone)]
pub(crate) struct SettingsForm {
    pub action: String,
    pub csrf: String,
    pub domain: String,
    pub client_id: String,
    pub enabled: bool,
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    pub problem: String,
    /// Whether the settings were just saved.
    pub saved: bool,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// Whether the page is a set-up link's: the steps alone.
    pub by_link: bool,
    /// The kind of app that the address or the sent form names; unknown: the stored kind is used.
    pub app_kind: OktaAppKind,
}

impl SettingsForm {
    /// The form as typed, with its problem. Never the secret.
    pub(crate) fn typed(fields: &SettingsFields, problem: String) -> Self {
        Self {
            domain: fields.domain.clone(),
            client_id: fields.client_id.clone(),
            enabled: fields.enabled,
            jit: fields.jit,
            auth_method: fields.auth_method.clone().unwrap_or_default(),
            dpop: fields.dpop,
            groups_claim: fields.groups_claim.clone().unwrap_or_default(),
            app_kind: fields.app_kind,
            problem,
            ..Self::default()
        }
    }
}
