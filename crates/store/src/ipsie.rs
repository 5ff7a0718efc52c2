//! Reads what the IPSIE self-check needs and nothing else does: counts of a workspace in one statement, and the SCIM clients in use.

use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Bool, Text},
};
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    sets::{ClientAuth, ClientKind, UserSource},
    time::{Micros, SECOND},
};

use crate::{Conn, Result, db::statement::Statement};

/// How much earlier than an end of access the authentication of a later session may be: the clock of a SAML provider, and whole seconds.
const TOLERANCE: Micros = 61 * SECOND;
/// Most SCIM clients that are read.
const MOST_CLIENTS: i64 = 100;

/// Counts of a workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// People whom SCIM manages.
    pub provisioned: i64,
    /// Those of them without `externalId` or without an email address.
    pub incomplete: i64,
    /// Active people whom SCIM does not manage.
    pub local: i64,
    /// Live sessions of people whose access ended after they last authenticated.
    pub stale_sessions: i64,
    /// Sign-ins by OpenID Connect that wait for the provider.
    pub logins: i64,
    /// Those of them without a PKCE verifier.
    pub logins_without_pkce: i64,
    /// Assignments of roles and entitlements that SCIM made.
    pub assigned: i64,
}

/// Counts. Goes once through the people of the workspace by its primary key; sessions, logins and assignments are read by index.
pub fn counts(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Counts> {
    type Types = (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);
    let people = "(SELECT COUNT(*) FROM users AS u WHERE u.workspace_id = ";
    let logins = "(SELECT COUNT(*) FROM logins AS l JOIN connections AS c ON c.workspace_id = l.workspace_id \
                  AND c.connection_id = l.connection_id WHERE l.workspace_id = ";
    let scim = UserSource::Scim.as_str();
    let statement = Statement::<Types>::new("SELECT ")
        .sql(people)
        .text(workspace_id)
        .sql(" AND u.source = ")
        .text(scim)
        .sql("), ")
        .sql(people)
        .text(workspace_id)
        .sql(" AND u.source = ")
        .text(scim)
        .sql(" AND (u.external_id IS NULL OR u.email IS NULL)), ")
        .sql(people)
        .text(workspace_id)
        .sql(" AND u.active = TRUE AND u.source <> ")
        .text(scim)
        .sql(
            "), (SELECT COUNT(*) FROM sessions AS s JOIN users AS u ON u.workspace_id = s.workspace_id AND u.user_id = s.user_id \
             AND u.epoch = s.epoch WHERE s.workspace_id = ",
        )
        .text(workspace_id)
        .sql(" AND u.active = TRUE AND s.expires_at > ")
        .whole(now)
        .sql(" AND u.revoked_at IS NOT NULL AND (s.auth_time IS NULL OR s.auth_time < u.revoked_at - ")
        .whole(TOLERANCE)
        .sql(")), ")
        .sql(logins)
        .text(workspace_id)
        .sql(" AND l.expires_at > ")
        .whole(now)
        .sql("), ")
        .sql(logins)
        .text(workspace_id)
        .sql(" AND l.expires_at > ")
        .whole(now)
        .sql(" AND l.verifier = ''), (SELECT COUNT(*) FROM assignments AS a WHERE a.workspace_id = ")
        .text(workspace_id)
        .sql(" AND a.source LIKE 'scim%')");
    let (provisioned, incomplete, local, stale_sessions, logins, logins_without_pkce, assigned) =
        statement.get_result(conn)?;
    Ok(Counts { provisioned, incomplete, local, stale_sessions, logins, logins_without_pkce, assigned })
}

/// A SCIM client that is approved for a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimClient {
    /// Name.
    pub name: String,
    /// Whether it authenticates with a signed JWT (RFC 7523 §2.2).
    pub uses_jwt: bool,
}

/// The SCIM clients with a grant that has not ended, by name.
pub fn scim_clients(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<ScimClient>> {
    let rows: Vec<(String, bool)> =
        Statement::<(Text, Bool)>::new("SELECT DISTINCT c.name, c.auth_method = ")
            .text(ClientAuth::PrivateKeyJwt.as_str())
            .sql(" FROM grants AS g JOIN clients AS c ON c.client_id = g.client_id AND c.workspace_id IN (g.workspace_id, ")
            .text(&DEPLOYMENT)
            .sql(") WHERE c.kind = ")
            .text(ClientKind::Scim.as_str())
            .sql(" AND g.ended_at IS NULL AND g.workspace_id = ")
            .text(workspace_id)
            .sql(" ORDER BY 1, 2 LIMIT ")
            .whole(MOST_CLIENTS)
            .load(conn)?;
    Ok(rows.into_iter().map(|(name, uses_jwt)| ScimClient { name, uses_jwt }).collect())
}
