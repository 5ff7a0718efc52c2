//! Grants: the permission of a user or of a workspace to a client, and the parent of its tokens. Ending the grant ends them.

use diesel::prelude::*;
use vestibule_core::{
    ids::{self, DEPLOYMENT},
    sets::ClientKind,
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{clients, grants},
    oauth::{app_users, clients::client::Client, codes::Code},
    people::users::{find::find as find_user, user::User},
    rights::owners,
};

/// A permission given to a client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
pub struct Grant {
    /// Whose data.
    pub workspace_id: String,
    /// Its name.
    pub grant_id: String,
    /// To whom.
    pub client_id: String,
    /// The user it acts for; none when it acts for the workspace (SCIM): such a grant outlives the
    /// administrator who approved it, or one person's sign-out would stop a company's provisioning.
    pub user_id: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Space-separated.
    pub scope: String,
    /// The user's epoch, when it acts for a user.
    pub epoch: Option<i64>,
    /// What its tokens are for (RFC 8707); empty: whatever the app serves.
    pub resource: String,
    /// The session it ends with, if it ends with one.
    pub session_id: Option<String>,
    /// When the user authenticated.
    pub auth_time: Option<Micros>,
    /// The session it was given in, whether or not it ends with it.
    pub given_in: Option<String>,
    /// That session as the client was told it (`sid`), which never changes.
    pub sid: Option<String>,
    /// When given.
    pub created_at: Micros,
    /// When ended.
    pub ended_at: Option<Micros>,
    /// Whether its tokens give and take the role `owner` over SCIM.
    pub may_give_owner: bool,
}

/// Gives a workspace's permission to a SCIM client: it outlives the administrator who approved it. Its tokens give and take the
/// role `owner` only if that administrator is an owner now; what they become later changes nothing.
pub fn give_for_workspace(
    conn: &mut Conn,
    workspace_id: &str,
    client_id: &str,
    approved_by: &str,
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

/// Gives the permission of the user who approved the code, under the code's epoch; `session_id` when it ends with one.
pub fn give_for_user(conn: &mut Conn, code: &Code, session_id: Option<String>, now: Micros) -> Result<Grant> {
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

/// The standing permission of a client that acts for its workspace on its own account, given at its first use; and
/// whether this was that. Nobody approved it, so its tokens never give or take the role `owner` over SCIM.
pub fn stand(
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

fn bare(workspace_id: &str, client_id: &str, scope: &str, now: Micros) -> Grant {
    Grant {
        workspace_id: workspace_id.to_owned(),
        grant_id: ids::new(now),
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
    }
}

fn give(conn: &mut Conn, grant: Grant) -> Result<Grant> {
    diesel::insert_into(grants::table).values(&grant).execute(conn)?;
    Ok(grant)
}

/// Ends every grant of a session that has ended.
pub(crate) fn end_of_session(
    conn: &mut Conn,
    workspace_id: &str,
    session_id: &str,
    now: Micros,
) -> Result<usize> {
    Ok(diesel::update(of_session(workspace_id, session_id)).set(grants::ended_at.eq(now)).execute(conn)?)
}

/// Hands the grants of a session to the one that takes its place: the same person signed in again in the same browser.
pub(crate) fn hand_over(conn: &mut Conn, workspace_id: &str, from: &str, to: &str) -> Result<usize> {
    let given = grants::table.filter(grants::workspace_id.eq(workspace_id)).filter(grants::given_in.eq(from));
    diesel::update(given).set(grants::given_in.eq(to)).execute(conn)?;
    Ok(diesel::update(of_session(workspace_id, from)).set(grants::session_id.eq(to)).execute(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of_session<'a>(workspace_id: &'a str, session_id: &'a str) -> _ {
    grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::session_id.eq(session_id))
        .filter(grants::ended_at.is_null())
}

/// Ends every grant of a client, in whichever workspace.
pub(crate) fn end_of_client(conn: &mut Conn, client: &Client, now: Micros) -> Result<usize> {
    // Not by workspace (design rule 4): a client of the deployment has grants in all of them.
    let given =
        grants::table.filter(grants::client_id.eq(&client.client_id)).filter(grants::ended_at.is_null());
    Ok(diesel::update(given).set(grants::ended_at.eq(now)).execute(conn)?)
}

/// The grant, ended or not.
pub fn find(conn: &mut Conn, workspace_id: &str, grant_id: &str) -> Result<Option<Grant>> {
    Ok(grants::table.find((workspace_id, grant_id)).select(Grant::as_select()).first(conn).optional()?)
}

/// What a user has approved that outlives their sessions and lives: each with the client's name, the newest first.
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

/// Ends the grant and with it every token under it.
pub fn end(conn: &mut Conn, workspace_id: &str, grant_id: &str, now: Micros) -> Result<bool> {
    let ended =
        diesel::update(grants::table.find((workspace_id, grant_id)).filter(grants::ended_at.is_null()))
            .set(grants::ended_at.eq(now))
            .execute(conn)?;
    Ok(ended == 1)
}

/// The workspace's grants that have not ended, oldest first.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Grant>> {
    Ok(grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::ended_at.is_null())
        .order(grants::grant_id)
        .select(Grant::as_select())
        .load(conn)?)
}

/// The workspace's own permissions that live, which an administrator gave to SCIM clients: each with the client's name, the newest
/// first.
pub fn list_of_scim(conn: &mut Conn, workspace_id: &str) -> Result<Vec<(Grant, String)>> {
    Ok(grants::table
        .inner_join(clients::table.on(clients::client_id.eq(grants::client_id)))
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::user_id.is_null())
        .filter(grants::ended_at.is_null())
        .filter(clients::workspace_id.eq_any([workspace_id, DEPLOYMENT]))
        .filter(clients::kind.eq(ClientKind::Scim))
        .order((grants::created_at.desc(), grants::grant_id))
        .select((Grant::as_select(), clients::name))
        .load(conn)?)
}
