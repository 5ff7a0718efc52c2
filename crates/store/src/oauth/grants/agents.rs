//! Grants by assertion: an AI client acts for a user because the user's provider says so (Cross App Access,
//! draft-ietf-oauth-identity-assertion-authz-grant §4.4). Their epoch is the user's, so the end of all access ends them too.

use diesel::prelude::*;
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    time::Micros,
};

use super::{Grant, bare, give};
use crate::{
    Conn, Result,
    db::schema::{clients, grants, users},
    people::users::user::User,
};

/// What an accepted assertion gives a client.
#[derive(Debug, Clone, Copy)]
pub struct Asserted<'a> {
    /// The client.
    pub client_id: &'a ClientId,
    /// Scope, space-separated.
    pub scope: &'a str,
    /// Resource of the tokens; empty: none.
    pub resource: &'a str,
    /// The agent that the assertion names; empty: none.
    pub agent: &'a str,
    /// When the user authenticated, if the assertion says so.
    pub auth_time: Option<Micros>,
}

/// Returns the user's live grant to this client for this resource and agent, creating it at the first assertion, and whether it was
/// created. There is one row however many assertions follow.
pub fn stand_for_user(
    conn: &mut Conn,
    user: &User,
    asserted: &Asserted<'_>,
    now: Micros,
) -> Result<(Grant, bool)> {
    let there = grants::table
        .filter(grants::workspace_id.eq(&user.workspace_id))
        .filter(grants::user_id.eq(&user.user_id))
        .filter(grants::client_id.eq(asserted.client_id))
        .filter(grants::epoch.eq(user.epoch))
        .filter(grants::resource.eq(asserted.resource))
        .filter(grants::agent.eq(asserted.agent))
        .filter(grants::ended_at.is_null())
        .order(grants::grant_id)
        .select(Grant::as_select())
        .first(conn)
        .optional()?;
    if let Some(mut grant) = there {
        diesel::update(grants::table.find((&grant.workspace_id, &grant.grant_id)))
            .set((grants::asserted_at.eq(now), grants::scope.eq(asserted.scope)))
            .execute(conn)?;
        grant.asserted_at = Some(now);
        asserted.scope.clone_into(&mut grant.scope);
        return Ok((grant, false));
    }
    let grant = Grant {
        user_id: Some(user.user_id.clone()),
        epoch: Some(user.epoch),
        resource: asserted.resource.to_owned(),
        auth_time: asserted.auth_time,
        agent: Some(asserted.agent.to_owned()),
        asserted_at: Some(now),
        ..bare(&user.workspace_id, asserted.client_id, asserted.scope, now)
    };
    Ok((give(conn, grant)?, true))
}

/// A client that acts for people of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentClient {
    /// The client.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Number of people that it acts for now.
    pub people: i64,
    /// When the oldest of these grants was created.
    pub since: Micros,
    /// When an assertion was last accepted.
    pub last_at: Option<Micros>,
    /// Lifetime of its JWT access tokens in seconds; `None`: they are opaque.
    pub jwt_seconds: Option<i64>,
}

/// Lists the clients that act for people of the workspace by assertion, most recently used first, at most 200.
pub fn list_clients(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<AgentClient>> {
    use diesel::dsl::{count, max, min};
    type Row = (ClientId, Option<String>, i64, Option<Micros>, Option<Micros>, Option<i64>);
    let rows: Vec<Row> = live(workspace_id)
        .group_by(grants::client_id)
        .order(max(grants::asserted_at).desc())
        .limit(200)
        .select((
            grants::client_id,
            max(clients::name),
            count(grants::user_id).aggregate_distinct(),
            min(grants::created_at),
            max(grants::asserted_at),
            max(clients::jwt_seconds),
        ))
        .load(conn)?;
    let agent = |(client_id, name, people, since, last_at, jwt_seconds): Row| AgentClient {
        name: name.unwrap_or_default(),
        client_id,
        people,
        since: since.unwrap_or_default(),
        last_at,
        jwt_seconds,
    };
    Ok(rows.into_iter().map(agent).collect())
}

/// Ends the grants by assertion of a workspace, to one client or to all, in one statement. Returns their number.
pub fn end(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    client_id: Option<&ClientId>,
    now: Micros,
) -> Result<usize> {
    let all = grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::asserted_at.is_not_null())
        .filter(grants::ended_at.is_null());
    Ok(match client_id {
        Some(client_id) => diesel::update(all.filter(grants::client_id.eq(client_id)))
            .set(grants::ended_at.eq(now))
            .execute(conn)?,
        None => diesel::update(all).set(grants::ended_at.eq(now)).execute(conn)?,
    })
}

/// Ends the grants by assertion of a client in all workspaces. Returns their number.
pub fn end_of_client(conn: &mut Conn, client_id: &ClientId, now: Micros) -> Result<usize> {
    // Not filtered by workspace (design rule 4), because a client of the deployment has grants in many.
    let given = grants::table
        .filter(grants::client_id.eq(client_id))
        .filter(grants::asserted_at.is_not_null())
        .filter(grants::ended_at.is_null());
    Ok(diesel::update(given).set(grants::ended_at.eq(now)).execute(conn)?)
}

/// Live grants by assertion of a workspace, with their clients and users. A grant lives while its user is active and has its epoch.
#[diesel::dsl::auto_type(no_type_alias)]
fn live<'a>(workspace_id: &'a WorkspaceId) -> _ {
    grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .inner_join(users::table.on(users::workspace_id.eq(grants::workspace_id).and(
            users::user_id.nullable().eq(grants::user_id).and(users::epoch.nullable().eq(grants::epoch)),
        )))
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(users::active.eq(true))
        .filter(grants::asserted_at.is_not_null())
        .filter(grants::ended_at.is_null())
}
