//! Pending trips to the identity provider. Found by the digest of `state`, bound to one browser, used once.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{Conn, Result, access::secrets::Presented, db::schema::logins};

/// How long a person has to come back: ten minutes.
pub const LIFETIME: Micros = 600 * vestibule_core::time::SECOND;

/// One pending trip.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = logins)]
pub struct Login {
    /// Whose people.
    pub workspace_id: String,
    /// Digest of `state`.
    pub state_digest: String,
    /// Digest of the cookie that binds the trip to the browser it began in.
    pub browser_digest: String,
    /// The connection's issuer when the trip began: an edit meanwhile must not mix providers.
    pub issuer: String,
    /// The connection's client id when the trip began.
    pub client_id: String,
    /// What the ID token must carry.
    pub nonce: String,
    /// The PKCE verifier, sealed.
    pub verifier: String,
    /// Where to go when signed in: a path of ours, or a URL of an allowed origin.
    pub return_to: String,
    /// Whether the provider was told to authenticate anew (`prompt=login`).
    pub fresh: bool,
    /// `sign_in`, or `test`: a trip that signs nobody in.
    pub purpose: String,
    /// Who tests, as events name them; empty for a sign-in.
    pub tester: String,
    /// The `max_age` that was asked for, in seconds.
    pub max_age: Option<i64>,
    /// The id of the session of another workspace that the person agreed to leave; empty: there was none.
    pub leaves: String,
    /// When the trip began.
    pub created_at: Micros,
    /// When it is too late.
    pub expires_at: Micros,
}

/// Begins a trip.
pub fn begin(conn: &mut Conn, login: &Login) -> Result<()> {
    diesel::insert_into(logins::table).values(login).execute(conn)?;
    Ok(())
}

/// Takes the trip that `state` names, from the browser it began in; a second take finds nothing.
///
/// A wrong browser does not use the trip up: otherwise a stranger who learned `state` could end it.
pub fn take(conn: &mut Conn, state: &Presented, browser_digest: &str, now: Micros) -> Result<Option<Login>> {
    let login: Option<Login> = logins::table
        .find((&state.workspace_id, &state.digest))
        .filter(logins::browser_digest.eq(browser_digest))
        .filter(logins::expires_at.gt(now))
        .select(Login::as_select())
        .first(conn)
        .optional()?;
    let taken = diesel::delete(
        logins::table
            .find((&state.workspace_id, &state.digest))
            .filter(logins::browser_digest.eq(browser_digest)),
    )
    .execute(conn)?;
    // Two callbacks racing on PostgreSQL both read the row; only one deletes it.
    Ok(login.filter(|_| taken == 1))
}
