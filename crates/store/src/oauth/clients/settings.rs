//! Changes to the settings of a client, one function for what changes together.

use diesel::prelude::*;
use vestibule_core::sets::{Algorithm, DpopMode};

use super::Client;
use crate::{
    Conn, Error, Result,
    db::{json::JsonList, schema::clients},
    outbox::deliveries,
};

/// Sets the format and lifetime of a client's access tokens (JWT or opaque) and the signature algorithm of its ID tokens. Tokens
/// issued before do not change.
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

/// Saves what a client was registered with and may change later: name, redirect URIs and public keys.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_registration(conn: &mut Conn, client: &Client) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set((
            clients::name.eq(&client.name),
            clients::redirect_uris.eq(&client.redirect_uris),
            clients::post_logout_redirect_uris.eq(&client.post_logout_redirect_uris),
            clients::jwks.eq(&client.jwks),
        ))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Sets the scope a client may request, space-separated; empty: all scopes of its kind. Issued tokens keep their scope until
/// expiry.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_scope(conn: &mut Conn, client: &Client, scope: &str) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set(clients::scope.eq(scope))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Sets the address that receives logout tokens of an app; empty: none, and waiting deliveries to it are deleted.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
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

/// Sets whether a client may act for people with an assertion of their provider, and whether it must use PKCE.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_switches(conn: &mut Conn, client: &Client, cross_app: bool, requires_pkce: bool) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set((clients::cross_app.eq(cross_app), clients::requires_pkce.eq(requires_pkce)))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Sets what a client demands of the authentication of people (OpenID Connect Registration §2).
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_authentication(
    conn: &mut Conn,
    client: &Client,
    default_max_age: Option<i64>,
    requires_auth_time: bool,
) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set((
            clients::default_max_age.eq(default_max_age),
            clients::requires_auth_time.eq(requires_auth_time),
        ))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Sets whether a client may exchange access tokens of people, and of which resources.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_token_exchange(conn: &mut Conn, client: &Client, on: bool, serves: &JsonList) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set((clients::token_exchange.eq(on), clients::serves.eq(serves)))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Sets whether the tokens of a client are bound to a key. Issued tokens stay as they are.
///
/// # Errors
/// [`Error::NotFound`] when the client does not exist.
pub fn set_dpop(conn: &mut Conn, client: &Client, dpop: DpopMode) -> Result<()> {
    let changed = diesel::update(clients::table.find((&client.workspace_id, &client.client_id)))
        .set(clients::dpop.eq(dpop))
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}
