//! OAuth clients. The client id carries its workspace, as every bearer string does; the secret is kept as a digest.

pub(crate) mod client;

use diesel::prelude::*;
use vestibule_core::{
    ids::DEPLOYMENT,
    sets::{Algorithm, ClientAuth, ClientKind},
    time::Micros,
};

use crate::{
    Conn, Error, Result,
    access::secrets::{self, Kind},
    db::{json::JsonList, schema::clients},
    oauth::{client_secrets, grants},
    on_backend,
    outbox::deliveries,
};

use client::workspace_of;
pub use client::{Client, is_address};

/// A client about to be registered.
#[derive(Debug, Clone)]
pub struct NewClient<'a> {
    /// What the client is.
    pub kind: ClientKind,
    /// What people see.
    pub name: &'a str,
    /// Where it may be answered, exactly.
    pub redirect_uris: &'a [String],
    /// How the client authenticates.
    pub auth_method: ClientAuth,
    /// Its public keys: a JSON Web Key Set, or the address of one.
    pub jwks: &'a str,
    /// What it may ask for, space-separated; empty: what its kind may.
    pub scope: &'a str,
    /// Where browsers may go after signing out, exactly.
    pub post_logout_redirect_uris: &'a [String],
    /// For how many seconds its access tokens live as JWTs (RFC 9068); `None`: they are opaque.
    pub jwt_seconds: Option<i64>,
    /// Signature algorithm of ID tokens.
    pub id_token_alg: Algorithm,
    /// Where it is told that a session ended; empty: nowhere.
    pub backchannel_logout_uri: &'a str,
    /// What it said of itself, a JSON object; empty: nothing.
    pub metadata: &'a str,
}

impl NewClient<'_> {
    /// A client of this kind without a name or redirect URIs, which authenticates with a secret.
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
        }
    }
}

/// Registers a client with a secret, which is returned once.
pub fn create(
    conn: &mut Conn,
    workspace_id: &str,
    kind: ClientKind,
    name: &str,
    redirect_uris: &[String],
    now: Micros,
) -> Result<(Client, String)> {
    let new = NewClient { name, redirect_uris, ..NewClient::new(kind) };
    let (client, secret) = register(conn, workspace_id, &new, now)?;
    Ok((client, secret.unwrap_or_default()))
}

/// Registers a client; the secret, if it proves itself by one, is returned once.
pub fn register(
    conn: &mut Conn,
    workspace_id: &str,
    new: &NewClient<'_>,
    now: Micros,
) -> Result<(Client, Option<String>)> {
    // The id is made like a secret so that it carries its workspace, but it is public: half the length says so.
    let named = secrets::issue(Kind::Client, workspace_id)?.plain;
    let body = named.split_once('_').map(|(_, body)| body).unwrap_or_default();
    let client_id = format!("vclient_{}", body.get(..44).unwrap_or_default());
    let client = client(workspace_id, client_id, new, now);
    diesel::insert_into(clients::table).values(&client).execute(conn)?;
    if client.auth_method != ClientAuth::Secret {
        return Ok((client, None));
    }
    let (_, plain) = client_secrets::issue(conn, &client, now)?;
    Ok((client, Some(plain)))
}

/// A client as it describes itself at its own address, which is its id (a client id metadata document). It is not saved yet.
pub fn described(url: &str, new: &NewClient<'_>, fetched_at: Micros) -> Client {
    Client { fetched_at: Some(fetched_at), ..client(DEPLOYMENT, url.to_owned(), new, fetched_at) }
}

/// Saves a client that describes itself, as it was approved.
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
            ))
            .execute(inner)
    })?;
    Ok(())
}

fn client(workspace_id: &str, client_id: String, new: &NewClient<'_>, now: Micros) -> Client {
    Client {
        workspace_id: workspace_id.to_owned(),
        client_id,
        kind: new.kind,
        name: new.name.trim().to_owned(),
        redirect_uris: JsonList::from(new.redirect_uris),
        auth_method: new.auth_method,
        jwks: new.jwks.to_owned(),
        scope: new.scope.to_owned(),
        post_logout_redirect_uris: JsonList::from(new.post_logout_redirect_uris),
        backchannel_logout_uri: new.backchannel_logout_uri.to_owned(),
        jwt_seconds: new.jwt_seconds,
        id_token_alg: new.id_token_alg,
        metadata: new.metadata.to_owned(),
        fetched_at: None,
        created_at: now,
    }
}

/// Changes how a client's tokens are made: for how long its access tokens live as JWTs, or not at all, and by which
/// algorithm its ID tokens are signed. What was issued before stays as it is.
pub fn set_tokens(
    conn: &mut Conn,
    client: &Client,
    jwt_seconds: Option<i64>,
    id_token_alg: Algorithm,
) -> Result<()> {
    diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set((clients::jwt_seconds.eq(jwt_seconds), clients::id_token_alg.eq(id_token_alg)))
        .execute(conn)?;
    Ok(())
}

/// Sets what a client may ask for, space-separated; empty: what its kind may. Tokens that were issued keep their scope until they expire.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_scope(conn: &mut Conn, client: &Client, scope: &str) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set(clients::scope.eq(scope))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Says where an app is told that a session ended; empty: nowhere, and what waits for it is forgotten.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_backchannel_logout_uri(conn: &mut Conn, client: &Client, uri: &str) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set(clients::backchannel_logout_uri.eq(uri))
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    if uri.is_empty() {
        deliveries::forget(conn, &client.client_id)?;
    }
    Ok(())
}

/// Deletes a client with its secrets and ends every grant it was given; how many those were.
pub fn delete(conn: &mut Conn, client: &Client, now: Micros) -> Result<usize> {
    let ended = grants::end_of_client(conn, client, now)?;
    diesel::delete(clients::table.find((&client.workspace_id, &client.client_id))).execute(conn)?;
    deliveries::forget(conn, &client.client_id)?;
    Ok(ended)
}

/// The client of this id.
pub fn find(conn: &mut Conn, client_id: &str) -> Result<Option<Client>> {
    let Some(workspace_id) = workspace_of(client_id) else { return Ok(None) };
    Ok(clients::table.find((workspace_id, client_id)).select(Client::as_select()).first(conn).optional()?)
}

/// The clients of a workspace (or of the deployment), oldest first.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Client>> {
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .order((clients::created_at, clients::client_id))
        .select(Client::as_select())
        .load(conn)?)
}

/// Those of one kind that were registered here, oldest first: the many that describe themselves at an address are not looked at.
pub fn registered(conn: &mut Conn, workspace_id: &str, kind: ClientKind) -> Result<Vec<Client>> {
    Ok(clients::table
        .filter(clients::workspace_id.eq(workspace_id))
        .filter(clients::client_id.ge("vclient_"))
        .filter(clients::client_id.lt("vclient`"))
        .filter(clients::kind.eq(kind))
        .order((clients::created_at, clients::client_id))
        .select(Client::as_select())
        .load(conn)?)
}
