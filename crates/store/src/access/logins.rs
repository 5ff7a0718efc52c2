//! Pending logins at the identity provider. A login is found by the digest of `state`, bound to one browser and usable once.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, sets::LoginPurpose, time::Micros};

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::logins,
};

/// Lifetime of a pending login: ten minutes.
pub const LIFETIME: Micros = 600 * vestibule_core::time::SECOND;

/// A pending login.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = logins)]
pub struct Login {
    /// Workspace of the login.
    pub workspace_id: WorkspaceId,
    /// Digest of `state`, or of the request's ID in SAML ([`saml_handle`]).
    pub state_digest: String,
    /// Digest of the cookie that binds the login to the browser that began it.
    pub browser_digest: String,
    /// Issuer of the connection when the login began, because a change of the connection must not mix two providers.
    pub issuer: String,
    /// Client id of the connection when the login began.
    pub client_id: String,
    /// Nonce expected in the ID token.
    pub nonce: String,
    /// The sealed PKCE verifier.
    pub verifier: String,
    /// Destination after sign-in: a path of this server, or a URL of an allowed origin.
    pub return_to: String,
    /// Whether the provider was asked to authenticate the person again (`prompt=login`).
    pub fresh: bool,
    /// Purpose of the login.
    pub purpose: LoginPurpose,
    /// Actor of the test, as in events; empty for a sign-in.
    pub tester: String,
    /// The requested `max_age`, in seconds.
    pub max_age: Option<i64>,
    /// Id of the session of another workspace that the person agreed to end; empty: none.
    pub leaves: String,
    /// Start of the login.
    pub created_at: Micros,
    /// Expiry.
    pub expires_at: Micros,
    /// Id of the connection; empty: the OpenID Connect connection of the issuer. In SAML, `nonce` is the ID of the AuthnRequest,
    /// `client_id` our entity ID, and `verifier` is empty.
    pub connection_id: String,
    /// Email address that the person typed (`login_hint`); empty: none.
    pub typed_email: String,
}

/// Lookup key of the login of an AuthnRequest. A response names the request's ID in `InResponseTo`.
pub fn saml_handle(workspace_id: &WorkspaceId, request_id: &str) -> Presented {
    let digest = secrets::digest(&format!("saml {request_id}"));
    Presented { kind: Kind::State, workspace_id: workspace_id.clone(), digest }
}

/// Stores a pending login.
pub fn begin(conn: &mut Conn, login: &Login) -> Result<()> {
    diesel::insert_into(logins::table).values(login).execute(conn)?;
    Ok(())
}

/// Finds the login of this `state`, whichever browser began it. Does not delete it.
pub fn find(conn: &mut Conn, state: &Presented, now: Micros) -> Result<Option<Login>> {
    Ok(logins::table
        .find((&state.workspace_id, &state.digest))
        .filter(logins::expires_at.gt(now))
        .select(Login::as_select())
        .first(conn)
        .optional()?)
}

/// Returns and deletes the login of this `state`, if the browser is the one that began it. Later calls return `None`.
///
/// A different browser does not consume the login: otherwise an attacker who learned `state` could end it.
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
    // On PostgreSQL two concurrent callbacks can both read the row, but only one deletes it.
    Ok(login.filter(|_| taken == 1))
}
