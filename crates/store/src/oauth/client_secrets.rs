//! Secrets of OAuth clients: stored as digests, returned once. A client has at most two, so a new one can be deployed
//! while the old one is still valid.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use vestibule_core::{
    ids::{self, ClientId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Error, Result,
    access::secrets::{self, Kind},
    db::{
        schema as tables,
        schema::{client_secrets, clients as client_rows},
        statement::Statement,
    },
    oauth::clients::client::{self, Client},
};

/// Most secrets of one client.
pub const MOST: usize = 2;

/// A secret of a client, without its plain text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_secrets)]
pub struct ClientSecret {
    /// Public id of the secret. Not a credential.
    pub secret_id: String,
    /// Creation.
    pub created_at: Micros,
    /// Time of the last use, accurate to one hour.
    pub last_used_at: Option<Micros>,
    /// Last four characters; `None`: of before, or the operator chose the secret.
    pub last_four: Option<String>,
}

/// Issues a further secret for a client; the plain text is returned once.
///
/// # Errors
/// [`Error::Conflict`] (`client_secrets`) when the client has two secrets already.
pub fn issue(conn: &mut Conn, client: &Client, now: Micros) -> Result<(String, String)> {
    let issued = secrets::issue(Kind::Client, &client.workspace_id)?;
    let secret_id = insert(conn, client, (&issued.digest, Some(&issued.last_four())), now)?;
    Ok((secret_id, issued.plain))
}

/// Adds a secret that the operator chose, by its digest; returns its id. Its last characters are not stored, because it may be short.
///
/// # Errors
/// [`Error::Conflict`] (`client_secrets`) when the client has two secrets already, or this one.
pub fn add(conn: &mut Conn, client: &Client, digest: &str, now: Micros) -> Result<String> {
    insert(conn, client, (digest, None), now)
}

fn insert(
    conn: &mut Conn,
    client: &Client,
    (digest, last_four): (&str, Option<&str>),
    now: Micros,
) -> Result<String> {
    // SQLite has one writer; on PostgreSQL two transactions could both count one secret.
    if let Conn::Postgres(inner) = conn {
        let one = client_rows::table.find((&client.workspace_id, &client.client_id));
        one.select(client_rows::client_id).for_update().first::<ClientId>(inner)?;
    }
    if list(conn, client)?.len() >= MOST {
        return Err(Error::Conflict("client_secrets".to_owned()));
    }
    let secret_id = ids::new(now);
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::workspace_id.eq(&client.workspace_id),
            client_secrets::client_id.eq(&client.client_id),
            client_secrets::secret_digest.eq(digest),
            client_secrets::secret_id.eq(&secret_id),
            client_secrets::created_at.eq(now),
            client_secrets::last_four.eq(last_four),
        ))
        .execute(conn)?;
    Ok(secret_id)
}

/// Lists the digests of the secrets of a client.
pub fn digests(conn: &mut Conn, client: &Client) -> Result<Vec<String>> {
    Ok(client_secrets::table
        .filter(client_secrets::workspace_id.eq(&client.workspace_id))
        .filter(client_secrets::client_id.eq(&client.client_id))
        .order(client_secrets::secret_digest)
        .select(client_secrets::secret_digest)
        .load(conn)?)
}

/// Lists the secrets of a client, oldest first.
pub fn list(conn: &mut Conn, client: &Client) -> Result<Vec<ClientSecret>> {
    Ok(client_secrets::table
        .filter(client_secrets::workspace_id.eq(&client.workspace_id))
        .filter(client_secrets::client_id.eq(&client.client_id))
        .order((client_secrets::created_at, client_secrets::secret_id))
        .select(ClientSecret::as_select())
        .load(conn)?)
}

/// Lists the secrets of all clients of a workspace, each with its client id, oldest first.
pub fn of_workspace(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<(ClientId, ClientSecret)>> {
    Ok(client_secrets::table
        .filter(client_secrets::workspace_id.eq(workspace_id))
        .order((client_secrets::created_at, client_secrets::secret_id))
        .select((client_secrets::client_id, ClientSecret::as_select()))
        .load(conn)?)
}

/// Deletes a secret. Returns whether it existed.
pub fn end(conn: &mut Conn, client: &Client, secret_id: &str) -> Result<bool> {
    let named = client_secrets::table
        .filter(client_secrets::workspace_id.eq(&client.workspace_id))
        .filter(client_secrets::client_id.eq(&client.client_id))
        .filter(client_secrets::secret_id.eq(secret_id));
    Ok(diesel::delete(named).execute(conn)? == 1)
}

/// Finds a client by its id and the digest of its secret, with the last use of the secret. The digest is of 256 random bits, so the
/// time of the lookup reveals nothing about the secret. One statement, because every check of a secret runs it.
pub fn find_client(
    conn: &mut Conn,
    client_id: &ClientId,
    secret_digest: &str,
) -> Result<Option<(Client, Option<Micros>)>> {
    let Some(workspace_id) = client::workspace_of(client_id) else { return Ok(None) };
    Ok(Statement::<(tables::clients::SqlType, Nullable<BigInt>)>::new("SELECT ")
        .sql(client::COLUMNS)
        .sql(
            ", s.last_used_at FROM client_secrets AS s \
             JOIN clients AS c ON c.workspace_id = s.workspace_id AND c.client_id = s.client_id WHERE s.workspace_id = ",
        )
        .text(&workspace_id)
        .sql(" AND s.client_id = ")
        .text(client_id)
        .sql(" AND s.secret_digest = ")
        .text(secret_digest)
        .get_result(conn)
        .optional()?)
}

/// Records a use of a secret.
pub fn note_use(conn: &mut Conn, client: &Client, secret_digest: &str, now: Micros) -> Result<()> {
    diesel::update(client_secrets::table.find((&client.workspace_id, &client.client_id, secret_digest)))
        .set(client_secrets::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}
