//! The values to paste into Okta for this region and workspace, each in the right one of Okta's three template syntaxes (okta-facts
//! §2.3). Pure; the Okta page, the set-up link and the doctor show the same.

use vestibule_admin::access::provisioning_tokens::SCOPES;
use vestibule_core::{ids::WorkspaceId, sets::OktaAppKind};
use vestibule_web::State;

/// The hosts and the workspace of the values.
#[derive(Debug, Clone)]
pub(crate) struct Paste {
    pub api: String,
    pub app: String,
    pub workspace_id: WorkspaceId,
    pub app_kind: OktaAppKind,
}

impl Paste {
    pub(crate) fn of(state: &State, workspace_id: &WorkspaceId, app_kind: OktaAppKind) -> Self {
        Self { api: state.api_url(""), app: state.app_url(""), workspace_id: workspace_id.clone(), app_kind }
    }

    /// Whether the app is from Okta's catalog, where values are templates; also while the kind is unknown.
    pub(crate) fn is_catalog(&self) -> bool {
        matches!(self.app_kind, OktaAppKind::Unknown | OktaAppKind::Catalog)
    }

    fn with_workspace(&self, path: &str) -> String {
        format!("{}{path}{}", self.api, self.workspace_id)
    }

    /// **Sign-in redirect URI**: the same for every workspace.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("{}/api/okta/oidc/callback", self.api)
    }

    /// **Initiate login URI**: for a catalog app in Okta's OIDC syntax.
    pub(crate) fn initiate_login_uri(&self) -> String {
        let path = "/api/okta/oidc/login?team_id=";
        if self.is_catalog() {
            format!("{}{path}{{app.team_id}}", self.api)
        } else {
            self.with_workspace(path)
        }
    }

    /// **Sign-out redirect URI**.
    pub(crate) fn sign_out_redirect_uri(&self) -> String {
        format!("{}/auth", self.app)
    }

    /// **Base URL**: for a catalog app in Okta's SCIM syntax, whose quotes are typed literally.
    pub(crate) fn base_url(&self) -> String {
        let path = "/api/scim/v2/";
        if self.is_catalog() {
            format!("'{}{path}' + app.team_id", self.api)
        } else {
            self.with_workspace(path)
        }
    }

    /// The field's own label: catalog apps and the wizard's print different ones.
    pub(crate) fn base_url_label(&self) -> &'static str {
        if self.is_catalog() { "Base URL" } else { "SCIM connector base URL" }
    }

    /// The URL of Vestibule's public keys.
    pub(crate) fn jwks(&self) -> String {
        format!("{}/.well-known/jwks.json", self.api)
    }

    /// **Global token revocation endpoint**.
    pub(crate) fn revocation_endpoint(&self) -> String {
        format!("{}/api/okta/universal-logout", self.api)
    }

    /// **Authorize endpoint** of SCIM's OAuth.
    pub(crate) fn authorize_endpoint(&self) -> String {
        format!("{}/api/okta/scim/oauth/authorize", self.api)
    }

    /// The same with the scopes, for Okta's wizard, which has no field for them.
    pub(crate) fn authorize_endpoint_with_scopes(&self) -> String {
        format!("{}?scope={}", self.authorize_endpoint(), SCOPES.join(" "))
    }

    /// **Token endpoint** of SCIM's OAuth.
    pub(crate) fn token_endpoint(&self) -> String {
        format!("{}/api/okta/scim/oauth/token", self.api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_gets_its_own_syntax() {
        let paste = |app_kind| Paste {
            api: "https://eu.api.example.com".to_owned(),
            app: "https://eu.app.example.com".to_owned(),
            workspace_id: WorkspaceId::from_stored("0199"),
            app_kind,
        };
        for kind in [OktaAppKind::Unknown, OktaAppKind::Catalog] {
            let catalog = paste(kind);
            assert_eq!(catalog.base_url(), "'https://eu.api.example.com/api/scim/v2/' + app.team_id");
            assert_eq!(
                catalog.initiate_login_uri(),
                "https://eu.api.example.com/api/okta/oidc/login?team_id={app.team_id}"
            );
        }
        let own = paste(OktaAppKind::Own);
        assert_eq!(own.base_url(), "https://eu.api.example.com/api/scim/v2/0199");
        assert_eq!(own.initiate_login_uri(), "https://eu.api.example.com/api/okta/oidc/login?team_id=0199");
        assert_eq!(own.redirect_uri(), "https://eu.api.example.com/api/okta/oidc/callback");
        assert_eq!(own.sign_out_redirect_uri(), "https://eu.app.example.com/auth");
    }
}
