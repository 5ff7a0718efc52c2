//! Authorization codes: single use. A second use ends the grant that the first one made (RFC 9700 §2.1.1, RFC 6749 §4.1.2).

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::{codes, users},
    people::users::{find::hold, user::User},
};

/// How long a code lives: sixty seconds.
pub const LIFETIME: Micros = 60 * vestibule_core::time::SECOND;

/// An authorization code.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = codes)]
pub struct Code {
    /// The workspace of who approved.
    pub workspace_id: String,
    /// Digest of the code.
    pub code_digest: String,
    /// For whom.
    pub client_id: String,
    /// Who approved.
    pub user_id: String,
    /// Their epoch then.
    pub epoch: i64,
    /// Where the code was sent; the exchange must repeat it.
    pub redirect_uri: String,
    /// Approved scope, space-separated.
    pub scope: String,
    /// PKCE S256 challenge, if the client sent one.
    pub code_challenge: Option<String>,
    /// What the ID token must carry.
    pub nonce: Option<String>,
    /// What the tokens are for (RFC 8707); empty: whatever the app serves.
    pub resource: String,
    /// The session it was approved in, when the tokens end with it.
    pub session_id: Option<String>,
    /// When the person authenticated.
    pub auth_time: Option<Micros>,
    /// When approved.
    pub created_at: Micros,
    /// When too late.
    pub expires_at: Micros,
    /// When exchanged.
    pub used_at: Option<Micros>,
    /// What the exchange made.
    pub grant_id: Option<String>,
}

/// What is approved.
pub struct Approval<'a> {
    /// For whom.
    pub client_id: &'a str,
    /// Where the code goes.
    pub redirect_uri: &'a str,
    /// Approved scope.
    pub scope: &'a str,
    /// PKCE S256 challenge.
    pub code_challenge: Option<&'a str>,
    /// What the ID token must carry.
    pub nonce: Option<&'a str>,
    /// What the tokens are for; empty: whatever the app serves.
    pub resource: &'a str,
    /// The session it is approved in, when signing out of it must stop the exchange.
    pub session_id: Option<&'a str>,
    /// When the person authenticated.
    pub auth_time: Option<Micros>,
}

/// Issues a code under the session's epoch, not the user's: an approval that races with a revocation is born dead.
pub fn issue(
    conn: &mut Conn,
    user: &User,
    epoch: i64,
    approval: &Approval<'_>,
    now: Micros,
) -> Result<String> {
    let issued = secrets::issue(Kind::Code, &user.workspace_id)?;
    diesel::insert_into(codes::table)
        .values(&Code {
            workspace_id: user.workspace_id.clone(),
            code_digest: issued.digest,
            client_id: approval.client_id.to_owned(),
            user_id: user.user_id.clone(),
            epoch,
            redirect_uri: approval.redirect_uri.to_owned(),
            scope: approval.scope.to_owned(),
            code_challenge: approval.code_challenge.map(str::to_owned),
            nonce: approval.nonce.map(str::to_owned),
            resource: approval.resource.to_owned(),
            session_id: approval.session_id.map(str::to_owned),
            auth_time: approval.auth_time,
            created_at: now,
            expires_at: now + LIFETIME,
            used_at: None,
            grant_id: None,
        })
        .execute(conn)?;
    Ok(issued.plain)
}

/// What presenting a code came to.
#[derive(Debug)]
pub enum Taken {
    /// The first use, by a code whose approver still has access.
    First(Code),
    /// Used before: the grant it made must end.
    Again(Code),
    /// Unknown, or its approver lost access.
    Nothing,
}

/// Takes the code. Whether it is expired or meant for this client is the caller's ordered list of checks.
pub fn take(conn: &mut Conn, code: &Presented, now: Micros) -> Result<Taken> {
    // The person first, as whoever deletes them does, and until the transaction ends: the end of their access waits for it,
    // and then tells the app that has just learned who they are.
    let whose: Option<String> = codes::table
        .find((&code.workspace_id, &code.digest))
        .select(codes::user_id)
        .first(conn)
        .optional()?;
    if let Some(user_id) = whose {
        hold(conn, &code.workspace_id, &user_id)?;
    }
    let first = diesel::update(
        codes::table.find((&code.workspace_id, &code.digest)).filter(codes::used_at.is_null()),
    )
    .set(codes::used_at.eq(now))
    .execute(conn)?;
    let found: Option<(Code, i64, bool)> = codes::table
        .inner_join(
            users::table
                .on(users::workspace_id.eq(codes::workspace_id).and(users::user_id.eq(codes::user_id))),
        )
        .filter(codes::workspace_id.eq(&code.workspace_id))
        .filter(codes::code_digest.eq(&code.digest))
        .select((Code::as_select(), users::epoch, users::active))
        .first(conn)
        .optional()?;
    Ok(match found {
        Some((found, _, _)) if first == 0 => Taken::Again(found),
        Some((found, epoch, active)) if active && epoch == found.epoch => Taken::First(found),
        _ => Taken::Nothing,
    })
}

/// Remembers which grant a code became.
pub fn became(conn: &mut Conn, code: &Code, grant_id: &str) -> Result<()> {
    diesel::update(codes::table.find((&code.workspace_id, &code.code_digest)))
        .set(codes::grant_id.eq(grant_id))
        .execute(conn)?;
    Ok(())
}
