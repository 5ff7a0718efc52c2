//! Grants: the permission that a user or a workspace gave to a client, and the parent of its tokens. Ending a grant ends its
//! tokens.

pub mod agents;

use diesel::prelude::*;
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, GrantId, SessionId, UserId, WorkspaceId},
    sets::ClientKind,
    time::Micros,
};

use crate::{
    Conn, Result,
    access::tokens::exchanged,
    db::schema::{clients, grants},
    oauth::{app_users, clients::client::Client, codes::Code},
    people::users::{find::find as find_user, user::User},
    rights::owners,
};

/// A permission given to a client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
pub struct Grant {
    /// Workspace of the grant.
    pub workspace_id: WorkspaceId,
    /// Id of the grant.
    pub grant_id: GrantId,
    /// The client that received it.
    pub client_id: ClientId,
    /// The user it acts for; `None`: it acts for the workspace (SCIM). Such a grant does not end with the access of the
    /// administrator who approved it, because one person's sign-out must not stop the provisioning of a company.
    pub user_id: Option<UserId>,
    /// The user who approved it.
    pub approved_by: Option<UserId>,
    /// Scope, space-separated.
    pub scope: String,
    /// Epoch of the user, if it acts for one.
    pub epoch: Option<i64>,
    /// Resource its tokens are for (RFC 8707); empty: every resource of the app.
    pub resource: String,
    /// The session that ends the grant when it ends; `None`: no session does.
    pub session_id: Option<SessionId>,
    /// Authentication time of the user.
    pub auth_time: Option<Micros>,
    /// The session in which the grant was created, whether or not the grant ends with it.
    pub given_in: Option<SessionId>,
    /// Session id that the client received (`sid`); it never changes.
    pub sid: Option<SessionId>,
    /// Creation.
    pub created_at: Micros,
    /// End; `None`: not ended.
    pub ended_at: Option<Micros>,
    /// Whether its tokens may assign and remove the role `owner` over SCIM.
    pub may_give_owner: bool,
    /// The agent that the assertion of the user's provider names (`act.sub`); empty: none. `None`: no grant by assertion.
    pub agent: Option<String>,
    /// When the last assertion was accepted.
    pub asserted_at: Option<Micros>,
}

/// Creates a workspace's grant to a SCIM client. It does not end with the access of the administrator who approved it. Its tokens
/// may assign and remove the role `owner` only if that administrator is an owner now; later changes of their role have no effect.
pub fn give_for_workspace(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    client_id: &ClientId,
    approved_by: &UserId,
    scope: &str,
    now: Micros,
) -> Result<Grant> {
    let may_give_owner = match find_user(conn, workspace_id, approved_by)? {
        Some(approver) => owners::is_one(conn, &approver)?,
        None => false,
    };
    let approved_by = Some(approved_by.to_owned());
    give(conn, Grant { approved_by, may_give_owner, ..bare(workspace_id, client_id, scope, now) })
}

/// Creates a grant of the user who approved the code, with the epoch of the code. `session_id`: the session it ends with, if any.
pub fn give_for_user(
    conn: &mut Conn,
    code: &Code,
    session_id: Option<SessionId>,
    now: Micros,
) -> Result<Grant> {
    let grant = Grant {
        user_id: Some(code.user_id.clone()),
        approved_by: Some(code.user_id.clone()),
        epoch: Some(code.epoch),
        resource: code.resource.clone(),
        session_id,
        auth_time: code.auth_time,
        given_in: code.session_id.clone(),
        sid: code.session_id.clone(),
        ..bare(&code.workspace_id, &code.client_id, &code.scope, now)
    };
    app_users::note(conn, &code.workspace_id, &code.user_id, &code.client_id, now)?;
    give(conn, grant)
}

/// Returns the grant of a client that acts for its workspace without a user, creating it at the first use, and whether it was
/// created. Nobody approved it, so its tokens may never assign or remove the role `owner` over SCIM.
pub fn of_client(
    conn: &mut Conn,
    client: &Client,
    scope: &str,
    resource: &str,
    now: Micros,
) -> Result<(Grant, bool)> {
    let there = grants::table
        .filter(grants::workspace_id.eq(&client.workspace_id))
        .filter(grants::client_id.eq(&client.client_id))
        .filter(grants::user_id.is_null())
        .filter(grants::approved_by.is_null())
        .filter(grants::scope.eq(scope))
        .filter(grants::resource.eq(resource))
        .filter(grants::ended_at.is_null())
        .order(grants::grant_id)
        .select(Grant::as_select())
        .first(conn)
        .optional()?;
    if let Some(there) = there {
        return Ok((there, false));
    }
    let resource = resource.to_owned();
    let grant = Grant { resource, ..bare(&client.workspace_id, &client.client_id, scope, now) };
    Ok((give(conn, grant)?, true))
}

fn bare(workspace_id: &WorkspaceId, client_id: &ClientId, scope: &str, now: Micros) -> Grant {
    Grant {
        workspace_id: workspace_id.clone(),
        grant_id: GrantId::new(now),
        client_id: client_id.to_owned(),
        user_id: None,
        approved_by: None,
        scope: scope.to_owned(),
        epoch: None,
        resource: String::new(),
        session_id: None,
        auth_time: None,
        given_in: None,
        sid: None,
        created_at: now,
        ended_at: None,
        may_give_owner: false,
        agent: None,
        asserted_at: None,
    }
}

fn give(conn: &mut Conn, grant: Grant) -> Result<Grant> {
    diesel::insert_into(grants::table).values(&grant).execute(conn)?;
    Ok(grant)
}

/// Ends all grants of an ended session.
pub(crate) fn end_of_session(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    session_id: &SessionId,
    now: Micros,
) -> Result<usize> {
    Ok(diesel::update(of_session(workspace_id, session_id)).set(grants::ended_at.eq(now)).execute(conn)?)
}

/// Moves the grants of a session to its successor, because the same person signed in again in the same browser.
pub(crate) fn hand_over(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    from: &SessionId,
    to: &SessionId,
) -> Result<usize> {
    let given = grants::table.filter(grants::workspace_id.eq(workspace_id)).filter(grants::given_in.eq(from));
    diesel::update(given).set(grants::given_in.eq(to)).execute(conn)?;
    Ok(diesel::update(of_session(workspace_id, from)).set(grants::session_id.eq(to)).execute(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_session<'a>(workspace_id: &'a WorkspaceId, session_id: &'a SessionId) -> _ {
    grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::session_id.eq(session_id))
        .filter(grants::ended_at.is_null())
}

/// Ends all grants for a resource of a workspace, or of all workspaces ([`DEPLOYMENT`]), and all tokens for it from exchanges. Returns the
/// number of grants.
pub fn end_of_resource(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    resource: &str,
    now: Micros,
) -> Result<usize> {
    exchanged::end_of_resource(conn, workspace_id, resource)?;
    let given = grants::table.filter(grants::resource.eq(resource)).filter(grants::ended_at.is_null());
    Ok(match *workspace_id == *DEPLOYMENT {
        // Not filtered by workspace (design rule 4), because a resource of the deployment has grants in many.
        true => diesel::update(given).set(grants::ended_at.eq(now)).execute(conn)?,
        false => diesel::update(given.filter(grants::workspace_id.eq(workspace_id)))
            .set(grants::ended_at.eq(now))
            .execute(conn)?,
    })
}

/// Ends all grants of a client in all workspaces.
pub(crate) fn end_of_client(conn: &mut Conn, client: &Client, now: Micros) -> Result<usize> {
    // Not filtered by workspace (design rule 4), because a client of the deployment has grants in many.
    let given =
        grants::table.filter(grants::client_id.eq(&client.client_id)).filter(grants::ended_at.is_null());
    Ok(diesel::update(given).set(grants::ended_at.eq(now)).execute(conn)?)
}

/// Finds a grant, ended or not.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, grant_id: &GrantId) -> Result<Option<Grant>> {
    Ok(grants::table.find((workspace_id, grant_id)).select(Grant::as_select()).first(conn).optional()?)
}

/// Lists a user's live grants that do not end with a session, each with the client's name, newest first.
pub fn list_of_user(conn: &mut Conn, user: &User) -> Result<Vec<(Grant, String)>> {
    Ok(grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .filter(grants::workspace_id.eq(&user.workspace_id))
        .filter(grants::user_id.eq(&user.user_id))
        .filter(grants::epoch.eq(user.epoch))
        .filter(grants::ended_at.is_null().and(grants::session_id.is_null()))
        .order((grants::created_at.desc(), grants::grant_id))
        .select((Grant::as_select(), clients::name))
        .load(conn)?)
}

/// Ends a grant and its tokens.
pub fn end(conn: &mut Conn, workspace_id: &WorkspaceId, grant_id: &GrantId, now: Micros) -> Result<bool> {
    let ended =
        diesel::update(grants::table.find((workspace_id, grant_id)).filter(grants::ended_at.is_null()))
            .set(grants::ended_at.eq(now))
            .execute(conn)?;
    Ok(ended == 1)
}

/// Lists the workspace's grants that have not ended, oldest first.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Grant>> {
    Ok(grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::ended_at.is_null())
        .order(grants::grant_id)
        .select(Grant::as_select())
        .load(conn)?)
}

/// Lists the workspace's live grants to SCIM clients that an administrator approved, each with the client's name, newest
/// first.
pub fn list_of_scim(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<(Grant, String)>> {
    Ok(grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::user_id.is_null())
        .filter(grants::ended_at.is_null())
        .filter(clients::workspace_id.eq_any([workspace_id, &DEPLOYMENT]))
        .filter(clients::kind.eq(ClientKind::Scim))
        .order((grants::created_at.desc(), grants::grant_id))
        .select((Grant::as_select(), clients::name))
        .load(conn)?)
}
