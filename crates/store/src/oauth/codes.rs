//! Authorization codes, valid for one use. A second use ends the grant of the first use (RFC 9700 §2.1.1, RFC 6749 §4.1.2).

use diesel::prelude::*;
use vestibule_core::{
    ids::{ClientId, GrantId, SessionId, UserId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::{codes, users},
    people::users::{find::lock, user::User},
};

/// Lifetime of a code: sixty seconds.
pub const LIFETIME: Micros = 60 * vestibule_core::time::SECOND;

/// An authorization code.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = codes)]
pub struct Code {
    /// Workspace of the user who approved.
    pub workspace_id: WorkspaceId,
    /// Digest of the code.
    pub code_digest: String,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The user who approved.
    pub user_id: UserId,
    /// Epoch of the session at the approval.
    pub epoch: i64,
    /// Redirect URI of the request; the exchange must repeat it.
    pub redirect_uri: String,
    /// Approved scope, space-separated.
    pub scope: String,
    /// PKCE S256 challenge, if the client sent one.
    pub code_challenge: Option<String>,
    /// Nonce for the ID token.
    pub nonce: Option<String>,
    /// Resource the tokens are for (RFC 8707); empty: every resource of the app.
    pub resource: String,
    /// The session of the approval, if the tokens end with it.
    pub session_id: Option<SessionId>,
    /// Authentication time of the user.
    pub auth_time: Option<Micros>,
    /// Time of the approval.
    pub created_at: Micros,
    /// Expiry.
    pub expires_at: Micros,
    /// Time of the exchange.
    pub used_at: Option<Micros>,
    /// Grant created by the exchange.
    pub grant_id: Option<GrantId>,
    /// Thumbprint of the key that the exchange must prove (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
}

/// Input of [`issue`].
pub struct Approval<'a> {
    /// The client.
    pub client_id: &'a ClientId,
    /// Redirect URI that receives the code.
    pub redirect_uri: &'a str,
    /// Approved scope, space-separated.
    pub scope: &'a str,
    /// PKCE S256 challenge.
    pub code_challenge: Option<&'a str>,
    /// Nonce for the ID token.
    pub nonce: Option<&'a str>,
    /// Resource the tokens are for (RFC 8707); empty: every resource of the app.
    pub resource: &'a str,
    /// The session of the approval, if sign-out from it must prevent the exchange.
    pub session_id: Option<&'a SessionId>,
    /// Authentication time of the user.
    pub auth_time: Option<Micros>,
    /// Thumbprint of the key that the exchange must prove.
    pub dpop_jkt: Option<&'a str>,
}

/// Issues a code with the epoch of the session, not of the user, so a concurrent revocation also invalidates the code.
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
            session_id: approval.session_id.cloned(),
            auth_time: approval.auth_time,
            created_at: now,
            expires_at: now + LIFETIME,
            used_at: None,
            grant_id: None,
            dpop_jkt: approval.dpop_jkt.map(str::to_owned),
        })
        .execute(conn)?;
    Ok(issued.plain)
}

/// Result of [`take`].
#[derive(Debug)]
pub enum Taken {
    /// First use, and the user who approved still has access.
    First(Code),
    /// Repeated use: the caller must end the grant.
    Again(Code),
    /// Unknown code, or the user who approved has lost access.
    Nothing,
}

/// Marks a code as used. The caller checks expiry and client, because the order of its checks matters.
pub fn take(conn: &mut Conn, code: &Presented, now: Micros) -> Result<Taken> {
    // Locks the user first, in the same order as the deletion of a user, until the transaction ends. The end of the user's access
    // then waits for this transaction and also sends a logout token to this app.
    let whose: Option<UserId> = codes::table
        .find((&code.workspace_id, &code.digest))
        .select(codes::user_id)
        .first(conn)
        .optional()?;
    if let Some(user_id) = whose {
        lock(conn, &code.workspace_id, &user_id)?;
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

/// Records the grant that a code was exchanged for.
pub fn set_grant(conn: &mut Conn, code: &Code, grant_id: &GrantId) -> Result<()> {
    diesel::update(codes::table.find((&code.workspace_id, &code.code_digest)))
        .set(codes::grant_id.eq(grant_id))
        .execute(conn)?;
    Ok(())
}
