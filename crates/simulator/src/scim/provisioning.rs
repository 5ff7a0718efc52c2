//! The administrator's actions on an app's Provisioning page. Nothing is sent.

use super::settings::{Role, ScimAuth, ScimSettings};
use crate::{directory::App, okta::Okta};

impl Okta {
    /// Saves an app's Provisioning page. Ids of an earlier service are kept.
    pub fn enable_provisioning(&self, app: &App, settings: ScimSettings) {
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.scim = Some(settings);
        }
    }

    /// The roles found by the last `discover_roles`.
    pub fn roles(&self, app: &App) -> Vec<Role> {
        self.org().app(&app.client_id).map(|state| state.roles.clone()).unwrap_or_default()
    }

    pub(crate) fn has_oauth(&self, app: &App) -> bool {
        let org = self.org();
        let scim = org.app(&app.client_id).and_then(|state| state.scim.as_ref());
        scim.is_some_and(|scim| matches!(scim.auth, ScimAuth::OAuth(_)))
    }

    /// Whether an administrator has completed `authenticate_url` and the org has tokens.
    pub fn is_authenticated(&self, app: &App) -> bool {
        self.org().app(&app.client_id).is_some_and(|state| state.tokens.is_some())
    }
}
