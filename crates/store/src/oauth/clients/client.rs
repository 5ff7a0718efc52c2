//! The row of an OAuth client. Names no other table, so that every module can use it.

use diesel::prelude::*;
use vestibule_core::{
    ids::DEPLOYMENT,
    sets::{Algorithm, ClientAuth, ClientKind},
    time::Micros,
};

use crate::db::{json::JsonList, schema::clients};

/// An OAuth client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients)]
pub struct Client {
    /// Its workspace, or [`vestibule_core::ids::DEPLOYMENT`].
    pub workspace_id: String,
    /// Public identifier.
    pub client_id: String,
    /// What the client is.
    pub kind: ClientKind,
    /// What people see.
    pub name: String,
    /// Redirect URIs, compared exactly.
    pub redirect_uris: JsonList,
    /// How the client authenticates.
    pub auth_method: ClientAuth,
    /// Its public keys for `private_key_jwt`: a JSON Web Key Set, or the address of one.
    pub jwks: String,
    /// What it may ask for, space-separated; empty: what its kind may.
    pub scope: String,
    /// Where browsers may go after signing out, exactly; compared exactly.
    pub post_logout_redirect_uris: JsonList,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout); empty: nowhere.
    pub backchannel_logout_uri: String,
    /// For how many seconds its access tokens live as JWTs (RFC 9068); `None`: they are opaque.
    pub jwt_seconds: Option<i64>,
    /// Signature algorithm of ID tokens.
    pub id_token_alg: Algorithm,
    /// What it said of itself, a JSON object; empty: nothing.
    pub metadata: String,
    /// When it was last asked.
    pub fetched_at: Option<Micros>,
    /// Creation.
    pub created_at: Micros,
}

/// The columns of [`Client`], in its order, for statements that are written out.
pub(crate) const COLUMNS: &str = "c.workspace_id, c.client_id, c.kind, c.name, c.redirect_uris, c.auth_method, c.jwks, c.scope, \
    c.post_logout_redirect_uris, c.backchannel_logout_uri, c.jwt_seconds, c.id_token_alg, c.metadata, c.fetched_at, c.created_at";

impl Client {
    /// Whether the client may be answered at this URI: exact string comparison (RFC 9700 §2.1).
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.as_slice().iter().any(|allowed| allowed == uri)
    }

    /// The registered redirect URIs.
    pub fn redirect_uris(&self) -> Vec<String> {
        self.redirect_uris.as_slice().to_vec()
    }

    /// The addresses browsers may go to after signing out.
    pub fn post_logout_redirect_uris(&self) -> Vec<String> {
        self.post_logout_redirect_uris.as_slice().to_vec()
    }

    /// The address of its public keys, if it does not name the keys themselves.
    pub fn jwks_uri(&self) -> Option<&str> {
        Some(self.jwks.as_str()).filter(|jwks| is_address(jwks))
    }

    /// For how many seconds its access tokens live as JWTs (RFC 9068), if they are JWTs: only an app's are.
    pub fn jwt_seconds(&self) -> Option<i64> {
        self.jwt_seconds.filter(|_| self.kind == ClientKind::App)
    }

    /// Whether it proves itself by nothing.
    pub fn is_public(&self) -> bool {
        self.auth_method == ClientAuth::None
    }

    /// Whether its id is the address at which it describes itself.
    pub fn describes_itself(&self) -> bool {
        is_address(&self.client_id)
    }

    /// Whether every customer shares it, so that the approving administrator decides the workspace.
    pub fn is_deployment_wide(&self) -> bool {
        self.workspace_id == DEPLOYMENT
    }
}

/// Whether a client id is an address and not one of those made here.
pub fn is_address(client_id: &str) -> bool {
    client_id.starts_with("https://") || client_id.starts_with("http://")
}

pub(crate) fn workspace_of(client_id: &str) -> Option<String> {
    if is_address(client_id) {
        return Some(DEPLOYMENT.to_owned());
    }
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let body = client_id.strip_prefix("vclient_").filter(|body| body.len() == 44)?;
    let workspace = URL_SAFE_NO_PAD.decode(body.get(..22)?).ok()?;
    uuid::Uuid::from_slice(&workspace).ok().map(|id| id.to_string())
}
