//! Users as lists of others show them, such as the members of a group: a name and whether they are active, in one statement.

use diesel::prelude::*;

use crate::{Conn, Result, db::schema::users, search::in_ids};

/// What a line of a list shows of a user.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Brief {
    /// Who.
    pub user_id: String,
    /// As sent.
    pub user_name: String,
    /// What people see.
    pub display_name: Option<String>,
    /// Whether the person may have access at all.
    pub active: bool,
}

impl Brief {
    /// What people see of the name.
    pub fn greeting(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_name)
    }
}

/// These users in the order of their ids; who is gone is left out.
pub fn briefs(conn: &mut Conn, workspace_id: &str, user_ids: &[String]) -> Result<Vec<Brief>> {
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
