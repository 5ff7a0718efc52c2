//! The row of an OAuth client. References no other table, so every module can use it.

use diesel::prelude::*;
use serde_json::{Map, Value};
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, WorkspaceId},
    sets::{Algorithm, ClientAuth, ClientKind, DpopMode},
    time::Micros,
};

use super::jwks::Jwks;
use crate::{
    Result,
    db::{
        json::{Json, JsonList},
        schema::clients,
    },
};

/// Member of client metadata with the profiles of assertion grants that the client implements.
pub const GRANT_PROFILES: &str = "authorization_grant_profiles_supported";

/// The profile of Cross App Access.
pub const ID_JAG: &str = "urn:ietf:params:oauth:grant-profile:id-jag";

/// Grant types that a client of this profile must name in its metadata: the first at the provider, the second here.
pub const CROSS_APP_GRANTS: [&str; 2] =
    ["urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer"];

/// An OAuth client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients)]
pub struct Client {
    /// Its workspace, or [`vestibule_core::ids::DEPLOYMENT`].
    pub workspace_id: WorkspaceId,
    /// Public identifier.
    pub client_id: ClientId,
    /// Kind of the client.
    pub kind: ClientKind,
    /// Display name.
    pub name: String,
    /// Redirect URIs, compared exactly.
    pub redirect_uris: JsonList,
    /// Client authentication method.
    pub auth_method: ClientAuth,
    /// Public keys for `private_key_jwt`.
    pub jwks: Jwks,
    /// Scope it may request, space-separated; empty: all scopes of its kind.
    pub scope: String,
    /// Post-logout redirect URIs, compared exactly.
    pub post_logout_redirect_uris: JsonList,
    /// Address that receives logout tokens (OpenID Connect Back-Channel Logout); empty: none.
    pub backchannel_logout_uri: String,
    /// Lifetime of its JWT access tokens in seconds (RFC 9068); `None`: its access tokens are opaque.
    pub jwt_seconds: Option<i64>,
    /// Signature algorithm of ID tokens.
    pub id_token_alg: Algorithm,
    /// Metadata that the client stated, a JSON object; empty: none.
    pub metadata: String,
    /// When its metadata document was last fetched.
    pub fetched_at: Option<Micros>,
    /// Creation.
    pub created_at: Micros,
    /// Whether it may act for people with an assertion of their provider (Cross App Access).
    pub cross_app: bool,
    /// Whether it must send a PKCE challenge although it is confidential.
    pub requires_pkce: bool,
    /// Whether it may exchange access tokens of people (RFC 8693).
    pub token_exchange: bool,
    /// URIs of the resources that it serves: it may exchange tokens that are for one of them.
    pub serves: JsonList,
    /// Whether its tokens are bound to a key (RFC 9449).
    pub dpop: DpopMode,
    /// How long ago people may have authenticated, in seconds, if a request says nothing else (OpenID Connect Registration §2).
    pub default_max_age: Option<i64>,
    /// Whether its ID tokens must have `auth_time` (OpenID Connect Registration §2).
    pub requires_auth_time: bool,
}

/// Columns of [`Client`] in its order, for SQL statements.
pub(crate) const COLUMNS: &str = "c.workspace_id, c.client_id, c.kind, c.name, c.redirect_uris, c.auth_method, c.jwks, c.scope, \
    c.post_logout_redirect_uris, c.backchannel_logout_uri, c.jwt_seconds, c.id_token_alg, c.metadata, c.fetched_at, c.created_at, \
    c.cross_app, c.requires_pkce, c.token_exchange, c.serves, c.dpop, c.default_max_age, c.requires_auth_time";

impl Client {
    /// Whether the redirect URI is registered: exact string comparison (RFC 9700 §2.1).
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.as_slice().iter().any(|allowed| allowed == uri)
    }

    /// The registered redirect URIs.
    pub fn redirect_uris(&self) -> Vec<String> {
        self.redirect_uris.as_slice().to_vec()
    }

    /// The registered post-logout redirect URIs.
    pub fn post_logout_redirect_uris(&self) -> Vec<String> {
        self.post_logout_redirect_uris.as_slice().to_vec()
    }

    /// The URL of its key set, if the keys are not stored in the row.
    pub fn jwks_uri(&self) -> Option<&str> {
        match &self.jwks {
            Jwks::Uri(uri) => Some(uri),
            Jwks::None | Jwks::Set(_) => None,
        }
    }

    /// The key set that is stored in the row; `None` if there is none.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn jwks(&self) -> Result<Option<Map<String, Value>>> {
        match &self.jwks {
            Jwks::Set(set) => set.read("clients.jwks", &[&self.workspace_id, &self.client_id]).map(Some),
            Jwks::None | Jwks::Uri(_) => Ok(None),
        }
    }

    /// Lifetime of its JWT access tokens in seconds (RFC 9068), if they are JWTs: only apps have JWTs.
    pub fn jwt_seconds(&self) -> Option<i64> {
        self.jwt_seconds.filter(|_| self.kind == ClientKind::App)
    }

    /// Whether it is a public client (no client authentication).
    pub fn is_public(&self) -> bool {
        self.auth_method == ClientAuth::None
    }

    /// Whether its own metadata says that it implements Cross App Access, with both grant types that this needs
    /// (draft-ietf-oauth-identity-assertion-authz-grant-04 §8). This allows the client nothing: `cross_app` does.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn supports_cross_app(&self) -> Result<bool> {
        if self.metadata.is_empty() {
            return Ok(false);
        }
        let metadata = Json::<Map<String, Value>>::from_text(self.metadata.clone());
        let metadata = metadata.read("clients.metadata", &[&self.workspace_id, &self.client_id])?;
        let names = |member: &str, wanted: &str| {
            let list = metadata.get(member).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one == wanted))
        };
        Ok(names(GRANT_PROFILES, ID_JAG)
            && CROSS_APP_GRANTS.iter().all(|grant_type| names("grant_types", grant_type)))
    }

    /// Whether its id is the URL of its metadata document.
    pub fn describes_itself(&self) -> bool {
        is_address(&self.client_id)
    }

    /// Whether it is shared by all workspaces, so that the approving administrator determines the workspace.
    pub fn is_deployment_wide(&self) -> bool {
        self.workspace_id == *DEPLOYMENT
    }
}

/// Whether a client id is a URL and was not issued by this server.
pub fn is_address(client_id: &str) -> bool {
    client_id.starts_with("https://") || client_id.starts_with("http://")
}

pub(crate) fn workspace_of(client_id: &str) -> Option<WorkspaceId> {
    if is_address(client_id) {
        return Some(DEPLOYMENT.clone());
    }
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let body = client_id.strip_prefix("vclient_").filter(|body| body.len() == 44)?;
    let workspace = URL_SAFE_NO_PAD.decode(body.get(..22)?).ok()?;
    uuid::Uuid::from_slice(&workspace).ok().map(WorkspaceId::from)
}
