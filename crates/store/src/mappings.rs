//! Rules of a workspace: members of the group of this name hold this role. By name, so that a rule may stand before
//! its group is pushed and outlives a group deleted and pushed again.

use diesel::prelude::*;

use crate::{Conn, Micros, Result, fold::fold, on_backend, schema::mappings};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mappings)]
pub struct Mapping {
    /// Whose.
    pub workspace_id: String,
    /// The group's name, folded.
    pub group_name_key: String,
    /// The role its members hold.
    pub role_id: String,
    /// The group's name as written.
    pub group_name: String,
    /// Creation.
    pub created_at: Micros,
}

/// Sets a rule; setting it twice is fine.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such role.
pub fn set(conn: &mut Conn, workspace_id: &str, group_name: &str, role_id: &str, now: Micros) -> Result<()> {
    let mapping = Mapping {
        workspace_id: workspace_id.to_owned(),
        group_name_key: fold(group_name),
        role_id: role_id.to_owned(),
        group_name: group_name.trim().to_owned(),
        created_at: now,
    };
    on_backend!(conn, |inner| {
        diesel::insert_into(mappings::table).values(&mapping).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// Removes the rules of a group: all, or the one for a role.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut Conn, workspace_id: &str, group_name: &str, role_id: Option<&str>) -> Result<usize> {
    let key = fold(group_name);
    let of_group = mappings::table
        .filter(mappings::workspace_id.eq(workspace_id))
        .filter(mappings::group_name_key.eq(key));
    Ok(match role_id {
        Some(role_id) => diesel::delete(of_group.filter(mappings::role_id.eq(role_id))).execute(conn)?,
        None => diesel::delete(of_group).execute(conn)?,
    })
}

/// A workspace's rules, by group.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Mapping>> {
    Ok(mappings::table
        .filter(mappings::workspace_id.eq(workspace_id))
        .order((mappings::group_name_key, mappings::role_id))
        .select(Mapping::as_select())
        .load(conn)?)
}
