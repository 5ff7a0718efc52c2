//! Users in other lists, such as the members of a group: a name and whether they are active, in one statement.

use diesel::prelude::*;
use vestibule_core::ids::{UserId, WorkspaceId};

use crate::{Conn, Result, db::schema::users, search::in_ids};

/// Summary of a user in a list.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct UserSummary {
    /// Id of the user.
    pub user_id: UserId,
    /// User name as sent.
    pub user_name: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Whether the person may have access.
    pub active: bool,
}

impl UserSummary {
    /// The name to display.
    pub fn greeting(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_name)
    }
}

/// Summaries of these users, ordered by id. Deleted users are left out.
pub fn summaries(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_ids: &[UserId],
) -> Result<Vec<UserSummary>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let named = in_ids(conn, "users.user_id", user_ids);
    Ok(users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(named)
        .order(users::user_id)
        .select((users::user_id, users::user_name, users::display_name, users::active))
        .load(conn)?)
}
