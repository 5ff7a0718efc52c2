//! OAuth clients. The client id contains its workspace, as every bearer string does; the secret is stored as a digest.

pub(crate) mod client;
pub(crate) mod jwks;
mod settings;

use diesel::prelude::*;
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, WorkspaceId},
    sets::{Algorithm, ClientAuth, ClientKind, DpopMode},
    time::Micros,
};

use crate::{
    Conn, Error, Result,
    access::{
        secrets::{self, Kind},
        tokens::exchanged,
    },
    db::{json::JsonList, schema::clients},
    oauth::{client_secrets, grants},
    on_backend,
    outbox::deliveries,
};

use client::workspace_of;
pub use client::{CROSS_APP_GRANTS, Client, GRANT_PROFILES, ID_JAG, is_address};
pub use jwks::Jwks;
pub use settings::{
    set_authentication, set_backchannel_logout_uri, set_dpop, set_registration, set_scope, set_switches,
    set_token_exchange, set_tokens,
};

/// A client to register.
#[derive(Debug, Clone)]
pub struct NewClient<'a> {
    /// Kind of the client.
    pub kind: ClientKind,
    /// Display name.
    pub name: &'a str,
    /// Redirect URIs, compared exactly.
    pub redirect_uris: &'a [String],
    /// Client authentication method.
    pub auth_method: ClientAuth,
    /// Public keys: a JSON Web Key Set, or the URL of one.
    pub jwks: &'a str,
    /// Scope it may request, space-separated; empty: all scopes of its kind.
    pub scope: &'a str,
    /// Post-logout redirect URIs, compared exactly.
    pub post_logout_redirect_uris: &'a [String],
    /// Lifetime of its JWT access tokens in seconds (RFC 9068); `None`: its access tokens are opaque.
    pub jwt_seconds: Option<i64>,
    /// Signature algorithm of ID tokens.
    pub id_token_alg: Algorithm,
    /// Address that receives logout tokens; empty: none.
    pub backchannel_logout_uri: &'a str,
    /// Metadata that the client stated, a JSON object; empty: none.
    pub metadata: &'a str,
    /// Whether it must send a PKCE challenge although it is confidential.
    pub requires_pkce: bool,
    /// How long ago people may have authenticated, in seconds, if a request says nothing else.
    pub default_max_age: Option<i64>,
    /// Whether its ID tokens must have `auth_time`.
    pub requires_auth_time: bool,
}

impl NewClient<'_> {
    /// Describes a client of this kind without a name or redirect URIs, which authenticates with a secret.
    pub fn new(kind: ClientKind) -> Self {
        Self {
            kind,
            name: "",
            redirect_uris: &[],
            auth_method: ClientAuth::Secret,
            jwks: "",
            scope: "",
            post_logout_redirect_uris: &[],
            jwt_seconds: None,
            id_token_alg: Algorithm::Rs256,
            backchannel_logout_uri: "",
            metadata: "",
            requires_pkce: false,
            default_max_age: None,
            requires_auth_time: false,
        }
    }
}

/// Registers a client with a secret, which is returned once.
pub fn create(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    kind: ClientKind,
    name: &str,
    redirect_uris: &[String],
    now: Micros,
) -> Result<(Client, String)> {
    let new = NewClient { name, redirect_uris, ..NewClient::new(kind) };
    let (client, secret) = register(conn, workspace_id, &new, now)?;
    Ok((client, secret.unwrap_or_default()))
}

/// Registers a client. If it authenticates with a secret, the secret is returned once.
pub fn register(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    new: &NewClient<'_>,
    now: Micros,
) -> Result<(Client, Option<String>)> {
    let client = insert(conn, workspace_id, None, new, now)?;
    if client.auth_method != ClientAuth::Secret {
        return Ok((client, None));
    }
    let (_, plain) = client_secrets::issue(conn, &client, now)?;
    Ok((client, Some(plain)))
}

/// Registers a client with this id, or with a new one, and without a secret.
///
/// # Errors
/// [`Error::NotFound`] when the id is not one of this workspace; [`Error::Conflict`] when a client has it.
pub fn insert(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    id: Option<&ClientId>,
    new: &NewClient<'_>,
    now: Micros,
) -> Result<Client> {
    let client_id = match id {
        Some(id) if is_id_of(workspace_id, id) => id.clone(),
        Some(_) => return Err(Error::NotFound),
        None => {
            // The id has the format of a secret, so it contains its workspace. But it is public, and its random part has half the
            // length.
            let named = secrets::issue(Kind::Client, workspace_id)?.plain;
            let body = named.split_once('_').map(|(_, body)| body).unwrap_or_default();
            ClientId::from_stored(format!("vclient_{}", body.get(..44).unwrap_or_default()))
        }
    };
    let client = client(workspace_id, client_id, new, now);
    diesel::insert_into(clients::table).values(&client).execute(conn)?;
    Ok(client)
}

/// Whether an id is one that this server gives to clients of this workspace.
pub fn is_id_of(workspace_id: &WorkspaceId, id: &str) -> bool {
    !is_address(id) && workspace_of(id).as_ref() == Some(workspace_id)
}

/// Builds a client from its metadata document (client id metadata document), whose URL is the client id. Does not save it.
pub fn described(url: &str, new: &NewClient<'_>, fetched_at: Micros) -> Client {
    Client { fetched_at: Some(fetched_at), ..client(&DEPLOYMENT, ClientId::sent(url), new, fetched_at) }
}

/// Saves a client of a metadata document after its approval.
pub fn save_described(conn: &mut Conn, row: &Client) -> Result<()> {
    on_backend!(conn, |inner| {
        diesel::insert_into(clients::table)
            .values(row)
            .on_conflict((clients::workspace_id, clients::client_id))
            .do_update()
            .set((
                clients::name.eq(&row.name),
                clients::redirect_uris.eq(&row.redirect_uris),
                clients::auth_method.eq(row.auth_method),
                clients::jwks.eq(&row.jwks),
                clients::scope.eq(&row.scope),
                clients::metadata.eq(&row.metadata),
                clients::fetched_at.eq(row.fetched_at),
                clients::default_max_age.eq(row.default_max_age),
                clients::requires_auth_time.eq(row.requires_auth_time),
            ))
            .execute(inner)
    })?;
    Ok(())
}

fn client(workspace_id: &WorkspaceId, client_id: ClientId, new: &NewClient<'_>, now: Micros) -> Client {
    Client {
        workspace_id: workspace_id.clone(),
        client_id,
        kind: new.kind,
        name: new.name.trim().to_owned(),
        redirect_uris: JsonList::from(new.redirect_uris),
        auth_method: new.auth_method,
        jwks: Jwks::from(new.jwks.to_owned()),
        scope: new.scope.to_owned(),
        post_logout_redirect_uris: JsonList::from(new.post_logout_redirect_uris),
        backchannel_logout_uri: new.backchannel_logout_uri.to_owned(),
        jwt_seconds: new.jwt_seconds,
        id_token_alg: new.id_token_alg,
        metadata: new.metadata.to_owned(),
        fetched_at: None,
        created_at: now,
        cross_app: false,
        requires_pkce: new.requires_pkce,
        token_exchange: false,
        serves: JsonList::from(&[][..]),
        dpop: DpopMode::Off,
        default_max_age: new.default_max_age,
        requires_auth_time: new.requires_auth_time,
    }
}

/// Whether any client may act for people by an assertion of their provider.
pub fn is_any_cross_app(conn: &mut Conn) -> Result<bool> {
    // Not filtered by workspace (design rule 4), because the metadata of the server is one for all.
    let allowed = clients::table.filter(clients::cross_app.eq(true));
    Ok(diesel::select(diesel::dsl::exists(allowed)).get_result(conn)?)
}

/// Whether the tokens of any client may be bound to a key.
pub fn is_any_dpop(conn: &mut Conn) -> Result<bool> {
    // Not filtered by workspace (design rule 4), because the metadata of the server is one for all.
    let bound = clients::table.filter(clients::dpop.ne(DpopMode::Off));
    Ok(diesel::select(diesel::dsl::exists(bound)).get_result(conn)?)
}

/// Whether any client may exchange access tokens of people.
pub fn is_any_token_exchange(conn: &mut Conn) -> Result<bool> {
    // Not filtered by workspace (design rule 4), because the metadata of the server is one for all.
    let allowed = clients::table.filter(clients::token_exchange.eq(true));
    Ok(diesel::select(diesel::dsl::exists(allowed)).get_result(conn)?)
}

/// Deletes a client with its secrets ends all its grants and the tokens that it got by exchange. Returns the number of
/// grants.
pub fn delete(conn: &mut Conn, client: &Client, now: Micros) -> Result<usize> {
    // Deletes the row first: this waits for transactions that have locked it (`hold`), so the grants that they create end, too.
    diesel::delete(clients::table.find((&client.workspace_id, &client.client_id))).execute(conn)?;
    let ended = grants::end_of_client(conn, client, now)?;
    exchanged::end_of_client(conn, &client.client_id)?;
    deliveries::forget(conn, &client.client_id)?;
    Ok(ended)
}

/// Finds a client by its id.
pub fn find(conn: &mut Conn, client_id: &ClientId) -> Result<Option<Client>> {
    let Some(workspace_id) = workspace_of(client_id) else { return Ok(None) };
    Ok(clients::table.find((workspace_id, client_id)).select(Client::as_select()).first(conn).optional()?)
}

/// Finds a client by its id, and locks it until the transaction ends. A change or deletion of the client waits, and then ends what this
/// transaction issues.
pub fn lock_shared(conn: &mut Conn, client_id: &ClientId) -> Result<Option<Client>> {
    let Some(workspace_id) = workspace_of(client_id) else { return Ok(None) };
    // SQLite has one writer.
    if let Conn::Postgres(inner) = conn {
        let row = clients::table.find((&workspace_id, client_id)).select(clients::client_id).for_share();
        row.first::<ClientId>(inner).optional()?;
    }
    find(conn, client_id)
}

/// Finds a client for a change, and locks it until the transaction ends, so that concurrent changes of its settings follow each other.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn lock(conn: &mut Conn, client: &Client) -> Result<Client> {
    // SQLite has one writer.
    if let Conn::Postgres(inner) = conn {
        let row = clients::table.find((&client.workspace_id, &client.client_id));
        row.select(clients::client_id).for_update().first::<ClientId>(inner).optional()?;
    }
    find(conn, &client.client_id)?.ok_or(Error::NotFound)
}

/// Lists at most so many clients of a workspace (or of the deployment) that the operator registered or has switched something on for,
/// oldest first. Clients that registered or describe themselves can be many.
pub fn of_operator(conn: &mut Conn, workspace_id: &WorkspaceId, most: i64) -> Result<Vec<Client>> {
    let is_of_operator = clients::metadata.eq("").or(clients::cross_app.eq(true));
    let is_of_operator = is_of_operator.or(clients::token_exchange.eq(true));
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .filter(is_of_operator.or(clients::dpop.ne(DpopMode::Off)))
        .order((clients::created_at, clients::client_id))
        .limit(most)
        .select(Client::as_select())
        .load(conn)?)
}

/// Lists the clients of a workspace (or of the deployment), oldest first.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Client>> {
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .order((clients::created_at, clients::client_id))
        .select(Client::as_select())
        .load(conn)?)
}

/// Lists the registered clients of one kind, oldest first. Clients of metadata documents are excluded, because there can be many.
pub fn registered(conn: &mut Conn, workspace_id: &WorkspaceId, kind: ClientKind) -> Result<Vec<Client>> {
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .filter(clients::client_id.ge("vclient_"))
        .filter(clients::client_id.lt("vclient`"))
        .filter(clients::kind.eq(kind))
        .order((clients::created_at, clients::client_id))
        .select(Client::as_select())
        .load(conn)?)
}
