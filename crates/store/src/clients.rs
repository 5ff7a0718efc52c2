//! OAuth clients. The client id carries its workspace, as every bearer string does; the secret is kept as a digest.

use diesel::prelude::*;

use crate::{
    Conn, Error, Micros, Result,
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
    /// Digest of its secret.
    pub secret_digest: String,
    /// Exact redirect URIs, a JSON array.
    pub redirect_uris: String,
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
    let issued = secret::issue(Kind::Client, workspace_id)?;
    // The id is made like a secret so that it carries its workspace, but it is public: half the length says so.
    let named = secret::issue(Kind::Client, workspace_id)?.plain;
    let body = named.split_once('_').map(|(_, body)| body).unwrap_or_default();
    let client_id = format!("vclient_{}", body.get(..44).unwrap_or_default());
    let client = Client {
        workspace_id: workspace_id.to_owned(),
        client_id,
        kind: kind.to_owned(),
        name: name.trim().to_owned(),
        secret_digest: issued.digest,
        redirect_uris: serde_json::to_string(redirect_uris)
            .map_err(|error| Error::Database(error.to_string()))?,
        created_at: now,
    };
    diesel::insert_into(clients::table).values(&client).execute(conn)?;
    Ok((client, issued.plain))
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
