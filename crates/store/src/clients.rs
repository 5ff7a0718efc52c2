//! OAuth clients. The client id carries its workspace, as every bearer string does; the secret is kept as a digest.

use diesel::prelude::*;

use crate::{
    Conn, Error, Micros, Result, client_secrets,
    schema::clients,
    secret::{self, Kind},
};

/// An OAuth client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients)]
pub struct Client {
    /// Its workspace, or [`crate::id::DEPLOYMENT`].
    pub workspace_id: String,
    /// Public identifier.
    pub client_id: String,
    /// `scim`, `app` or `mcp`.
    pub kind: String,
    /// What people see.
    pub name: String,
    /// Exact redirect URIs, a JSON array.
    pub redirect_uris: String,
    /// How it proves who it is: `client_secret` (Basic or body), `private_key_jwt` or `none`.
    pub auth_method: String,
    /// Its public keys for `private_key_jwt`: a JSON Web Key Set, or the address of one.
    pub jwks: String,
    /// What it may ask for, space-separated; empty: what its kind may.
    pub scope: String,
    /// Where browsers may go after signing out, exactly; a JSON array.
    pub post_logout_redirect_uris: String,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout); empty: nowhere.
    pub backchannel_logout_uri: String,
    /// For how many seconds its access tokens live as JWTs (RFC 9068); `None`: they are opaque.
    pub jwt_seconds: Option<i64>,
    /// What it said of itself, a JSON object; empty: nothing.
    pub metadata: String,
    /// When it was last asked.
    pub fetched_at: Option<Micros>,
    /// Creation.
    pub created_at: Micros,
}

impl Client {
    /// Whether the client may be answered at this URI: exact string comparison (RFC 9700 §2.1).
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris().iter().any(|allowed| allowed == uri)
    }

    /// The registered redirect URIs.
    pub fn redirect_uris(&self) -> Vec<String> {
        serde_json::from_str(&self.redirect_uris).unwrap_or_default()
    }

    /// Whether every customer shares it, so that the approving administrator decides the workspace.
    pub fn is_deployment_wide(&self) -> bool {
        self.workspace_id == crate::id::DEPLOYMENT
    }
}

/// Registers a client; the secret is returned once.
///
/// # Errors
/// The database's.
pub fn create(
    conn: &mut Conn,
    workspace_id: &str,
    kind: &str,
    name: &str,
    redirect_uris: &[String],
    now: Micros,
) -> Result<(Client, String)> {
    // The id is made like a secret so that it carries its workspace, but it is public: half the length says so.
    let named = secret::issue(Kind::Client, workspace_id)?.plain;
    let body = named.split_once('_').map(|(_, body)| body).unwrap_or_default();
    let client_id = format!("vclient_{}", body.get(..44).unwrap_or_default());
    let client = Client {
        workspace_id: workspace_id.to_owned(),
        client_id,
        kind: kind.to_owned(),
        name: name.trim().to_owned(),
        redirect_uris: serde_json::to_string(redirect_uris)
            .map_err(|error| Error::Database(error.to_string()))?,
        auth_method: "client_secret".to_owned(),
        jwks: String::new(),
        scope: String::new(),
        post_logout_redirect_uris: "[]".to_owned(),
        backchannel_logout_uri: String::new(),
        jwt_seconds: None,
        metadata: String::new(),
        fetched_at: None,
        created_at: now,
    };
    diesel::insert_into(clients::table).values(&client).execute(conn)?;
    let (_, plain) = client_secrets::issue(conn, &client, now)?;
    Ok((client, plain))
}

/// The client of this id.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, client_id: &str) -> Result<Option<Client>> {
    let Some(workspace_id) = workspace_of(client_id) else { return Ok(None) };
    Ok(clients::table.find((workspace_id, client_id)).select(Client::as_select()).first(conn).optional()?)
}

/// The clients of a workspace (or of the deployment), oldest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Client>> {
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .order((clients::created_at, clients::client_id))
        .select(Client::as_select())
        .load(conn)?)
}

fn workspace_of(client_id: &str) -> Option<String> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let body = client_id.strip_prefix("vclient_").filter(|body| body.len() == 44)?;
    let workspace = URL_SAFE_NO_PAD.decode(body.get(..22)?).ok()?;
    uuid::Uuid::from_slice(&workspace).ok().map(|id| id.to_string())
}
