//! Signed-in browsers. A session lives while it is unexpired, its user active and its epoch the user's (design rule 1).

use diesel::prelude::*;

use crate::{
    Conn, Micros, Result, id,
    schema::{sessions, users},
    secret::{self, Kind, Presented},
    users::User,
};

/// A signed-in browser.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Whose.
    pub workspace_id: String,
    /// Digest of the cookie.
    pub token_digest: String,
    /// A name for it that opens nothing.
    pub session_id: String,
    /// Who signed in.
    pub user_id: String,
    /// The user's epoch when it started.
    pub epoch: i64,
    /// When the person last authenticated at the provider.
    pub auth_time: Micros,
    /// The last request, or a little before: written once in a while.
    pub seen_at: Micros,
    /// How long it lasts without a request, in microseconds.
    pub idle: Option<i64>,
    /// Where the person signed in.
    pub issuer: String,
    /// The ID token, sealed, for signing out of the provider; empty when there is none.
    pub id_token: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// When it started.
    pub created_at: Micros,
    /// When it ends by itself.
    pub expires_at: Micros,
}

/// Starts a session under the user's epoch as read in this transaction: what a revocation races with is born dead.
///
/// # Errors
/// The database's.
pub fn start(
    conn: &mut Conn,
    user: &User,
    auth_time: Micros,
    lifetime: Micros,
    now: Micros,
) -> Result<(Session, String)> {
    let issued = secret::issue(Kind::Session, &user.workspace_id)?;
    let session = Session {
        workspace_id: user.workspace_id.clone(),
        token_digest: issued.digest,
        session_id: id::new(now),
        user_id: user.user_id.clone(),
        epoch: user.epoch,
        auth_time,
        seen_at: now,
        idle: None,
        issuer: String::new(),
        id_token: String::new(),
        user_agent: String::new(),
        created_at: now,
        expires_at: now + lifetime,
    };
    diesel::insert_into(sessions::table).values(&session).execute(conn)?;
    Ok((session, issued.plain))
}

/// The session a cookie opens, with its user, if it lives.
///
/// # Errors
/// The database's.
pub fn find_live(conn: &mut Conn, cookie: &Presented, now: Micros) -> Result<Option<(Session, User)>> {
    Ok(sessions::table
        .inner_join(
            users::table
                .on(users::workspace_id.eq(sessions::workspace_id).and(users::user_id.eq(sessions::user_id))),
        )
        .filter(sessions::workspace_id.eq(&cookie.workspace_id))
        .filter(sessions::token_digest.eq(&cookie.digest))
        .filter(sessions::expires_at.gt(now))
        .filter(users::active.eq(true))
        .filter(users::epoch.eq(sessions::epoch))
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()?)
}

/// Ends one session, as signing out does.
///
/// # Errors
/// The database's.
pub fn end(conn: &mut Conn, cookie: &Presented) -> Result<bool> {
    Ok(diesel::delete(sessions::table.find((&cookie.workspace_id, &cookie.digest))).execute(conn)? == 1)
}

/// How many sessions of a user live.
///
/// # Errors
/// The database's.
pub fn count_live(conn: &mut Conn, user: &User, now: Micros) -> Result<i64> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(&user.workspace_id))
        .filter(sessions::user_id.eq(&user.user_id))
        .filter(sessions::epoch.eq(user.epoch))
        .filter(sessions::expires_at.gt(now))
        .count()
        .get_result(conn)?)
}
