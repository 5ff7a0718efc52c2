//! Grants: the permission of a user or of a workspace to a client, and the parent of its tokens. Ending the grant ends them.

use diesel::prelude::*;

use crate::{Conn, Micros, Result, id, schema::grants};

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
    /// When given.
    pub created_at: Micros,
    /// When ended.
    pub ended_at: Option<Micros>,
}

/// Gives a workspace's permission to a client.
///
/// # Errors
/// The database's.
pub fn give_for_workspace(
    conn: &mut Conn,
    workspace_id: &str,
    client_id: &str,
    approved_by: &str,
    scope: &str,
    now: Micros,
) -> Result<Grant> {
    let grant = Grant {
        workspace_id: workspace_id.to_owned(),
        grant_id: id::new(now),
        client_id: client_id.to_owned(),
        user_id: None,
        approved_by: Some(approved_by.to_owned()),
        scope: scope.to_owned(),
        epoch: None,
        resource: String::new(),
        session_id: None,
        auth_time: None,
        created_at: now,
        ended_at: None,
    };
    diesel::insert_into(grants::table).values(&grant).execute(conn)?;
    Ok(grant)
}

/// The grant, ended or not.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, workspace_id: &str, grant_id: &str) -> Result<Option<Grant>> {
    Ok(grants::table.find((workspace_id, grant_id)).select(Grant::as_select()).first(conn).optional()?)
}

/// Ends the grant and with it every token under it.
///
/// # Errors
/// The database's.
pub fn end(conn: &mut Conn, workspace_id: &str, grant_id: &str, now: Micros) -> Result<bool> {
    let ended =
        diesel::update(grants::table.find((workspace_id, grant_id)).filter(grants::ended_at.is_null()))
            .set(grants::ended_at.eq(now))
            .execute(conn)?;
    Ok(ended == 1)
}

/// The workspace's grants that have not ended, oldest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Grant>> {
    Ok(grants::table
        .filter(grants::workspace_id.eq(workspace_id))
        .filter(grants::ended_at.is_null())
        .order(grants::grant_id)
        .select(Grant::as_select())
        .load(conn)?)
}
