//! What the org stores of a SAML app.

use std::sync::Arc;

use super::{keys::SamlKey, message::SUCCESS, settings::SamlSettings};

/// State that only a SAML app has.
pub(crate) struct SamlState {
    /// External key, `exk…`: in the issuer and the URLs.
    pub(super) external_key: String,
    pub(super) settings: SamlSettings,
    /// Signing keys, oldest first. Never empty.
    pub(super) keys: Vec<Arc<SamlKey>>,
    /// The key that signs; also in `keys`.
    pub(super) active: Arc<SamlKey>,
    /// Sign-ins to the app, until single logout ends them.
    pub(super) sessions: Vec<SamlSession>,
    /// Logouts that the org requested from the app.
    pub(super) logouts: Vec<SamlLogout>,
}

impl SamlState {
    /// The issuer of its messages.
    pub(super) fn issuer(&self) -> String {
        let okta = || format!("http://www.okta.com/{}", self.external_key);
        self.settings.issuer_id.clone().unwrap_or_else(okta)
    }

    /// The key that signs its assertions and its Universal Logout requests.
    pub(crate) fn key(&self) -> Arc<SamlKey> {
        Arc::clone(&self.active)
    }
}

/// A sign-in to an app by SAML.
pub(super) struct SamlSession {
    /// Id of the org session.
    pub(super) org_session: String,
    pub(super) name_id: String,
    pub(super) session_index: String,
}

/// A logout that the org requested from an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlLogout {
    /// ID of the `LogoutRequest`.
    pub id: String,
    /// NameID of the session that ends.
    pub name_id: String,
    /// SessionIndex of the session that ends.
    pub session_index: String,
    /// The URI of the response's top-level status; none while there is no response.
    pub status: Option<String>,
}

impl SamlLogout {
    /// Whether the app responded that it signed the person out.
    pub fn succeeded(&self) -> bool {
        self.status.as_deref() == Some(SUCCESS)
    }
}
