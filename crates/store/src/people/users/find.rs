//! Finds a user by id. Nearly every request does so.

use diesel::prelude::*;
use vestibule_core::ids::{UserId, WorkspaceId};

use super::user::User;
use crate::{
    Conn, Error, Result,
    db::{schema::users, statement::Statement},
};

/// The columns in the order of the table.
const OF_WORKSPACE: &str = "SELECT workspace_id, user_id, user_name, user_name_key, external_id, display_name, \
     display_name_key, email, active, source, attributes, comparable, epoch, revoked_at, version, created_at, updated_at \
     FROM users WHERE workspace_id = ";

/// Selects the users of a workspace; conditions and order may follow.
pub(super) fn select(workspace_id: &WorkspaceId) -> Statement<users::SqlType> {
    Statement::new(OF_WORKSPACE).text(workspace_id)
}

fn by_id(workspace_id: &WorkspaceId, user_id: &UserId) -> Statement<users::SqlType> {
    select(workspace_id).sql(" AND user_id = ").text(user_id)
}

/// The user, if it exists.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Option<User>> {
    Ok(by_id(workspace_id, user_id).get_result(conn).optional()?)
}

/// The user.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<User> {
    find(conn, workspace_id, user_id)?.ok_or(Error::NotFound)
}

/// The user, locked until the transaction ends, so that changes to one user are serial.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get_locked(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<User> {
    locked(conn, workspace_id, user_id, " FOR NO KEY UPDATE")
}

/// The user, locked exclusively until the transaction ends, to be deleted. If the lock became exclusive only at the DELETE, it
/// could deadlock with a sign-in that has locked the row (its session refers to it) and waits for the counter of the trail.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get_to_delete(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<User> {
    locked(conn, workspace_id, user_id, " FOR UPDATE")
}

/// Locks the user against changes until the transaction ends, if the user exists: an end of all access waits for it and so
/// includes what this transaction issues.
pub(crate) fn lock(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<()> {
    match locked(conn, workspace_id, user_id, " FOR SHARE") {
        Ok(_) | Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// SQLite has one writer, so there is no lock.
fn locked(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId, lock: &str) -> Result<User> {
    let statement = by_id(workspace_id, user_id);
    Ok(match conn {
        Conn::Postgres(_) => statement.sql(lock).get_result(conn)?,
        Conn::Sqlite(_) => statement.get_result(conn)?,
    })
}
