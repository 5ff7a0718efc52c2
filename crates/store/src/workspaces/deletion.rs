//! The deletion of a workspace: planned, begun when its time has come, and carried out some rows at a time. What remains is one row
//! without anything about people.

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{
    Conn, Error, Result, Tx,
    db::{
        schema::{self, event_heads, workspace_deletions, workspaces},
        statement::Statement,
    },
    observation::HIDDEN,
    trail::events::append,
};

/// Most rows that [`erase`] deletes in one transaction.
const ROWS: usize = 1_000;

/// Tables whose rows others refer to. They come last, so that no row is deleted together with an unknown number of others.
const PARENTS: [&str; 10] = [
    "observations",
    "clients",
    "grants",
    "saml_connections",
    "groups",
    "roles",
    "entitlements",
    "users",
    // The end: both rows go in the transaction that finishes the deletion.
    "event_heads",
    "workspaces",
];

/// A planned, running or finished deletion.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = workspace_deletions)]
pub struct Deletion {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// When it was planned.
    pub planned_at: Micros,
    /// When it begins. Until then it can be canceled.
    pub delete_at: Micros,
    /// When it began.
    pub began_at: Option<Micros>,
    /// When the last row was deleted.
    pub finished_at: Option<Micros>,
    /// Number of the last line of the trail; 0 until the deletion is finished.
    pub last_seq: i64,
    /// Hash of the last line of the trail; empty until the deletion is finished.
    pub last_hash: String,
}

/// The deletion of a workspace, if there is one.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Deletion>> {
    Ok(workspace_deletions::table.find(workspace_id).select(Deletion::as_select()).first(conn).optional()?)
}

/// Plans a deletion.
///
/// # Errors
/// [`Error::Conflict`] when one is planned already.
pub fn plan(conn: &mut Conn, workspace_id: &WorkspaceId, delete_at: Micros, now: Micros) -> Result<()> {
    let new = Deletion {
        workspace_id: workspace_id.clone(),
        planned_at: now,
        delete_at,
        began_at: None,
        finished_at: None,
        last_seq: 0,
        last_hash: String::new(),
    };
    diesel::insert_into(workspace_deletions::table).values(&new).execute(conn)?;
    Ok(())
}

/// Cancels a planned deletion. Returns whether there was one that had not begun.
pub fn cancel(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    let planned =
        workspace_deletions::table.find(workspace_id).filter(workspace_deletions::began_at.is_null());
    Ok(diesel::delete(planned).execute(conn)? == 1)
}

/// A workspace of this region whose deletion is due, or any whose deletion has begun and is not finished.
pub fn next_due(conn: &mut Conn, region: &str, now: Micros) -> Result<Option<Deletion>> {
    let of_region = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    let due = workspace_deletions::delete_at
        .le(now)
        .and(workspace_deletions::workspace_id.eq_any(of_region))
        .or(workspace_deletions::began_at.is_not_null());
    Ok(workspace_deletions::table
        .filter(workspace_deletions::finished_at.is_null())
        .filter(due)
        .order(workspace_deletions::delete_at)
        .select(Deletion::as_select())
        .first(conn)
        .optional()?)
}

/// Closes the workspace for good: no region finds it any more. Returns whether this call did it.
pub fn begin(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, now: Micros) -> Result<bool> {
    append::lock_head(conn, workspace_id)?;
    let planned = workspace_deletions::table
        .find(workspace_id)
        .filter(workspace_deletions::began_at.is_null())
        .filter(workspace_deletions::delete_at.le(now));
    if diesel::update(planned).set(workspace_deletions::began_at.eq(now)).execute(&mut **conn)? == 0 {
        return Ok(false);
    }
    diesel::update(workspaces::table.find(workspace_id))
        .set((workspaces::region.eq(HIDDEN), workspaces::name.eq("")))
        .execute(&mut **conn)?;
    Ok(true)
}

/// Deletes some rows of a workspace whose deletion has begun. Returns whether none is left: the deletion is then finished.
///
/// # Errors
/// [`Error::NotFound`] when its deletion has not begun.
pub fn erase(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, now: Micros) -> Result<bool> {
    let conn: &mut Conn = conn;
    let deletion = find(conn, workspace_id)?.filter(|deletion| deletion.began_at.is_some());
    match deletion {
        None => return Err(Error::NotFound),
        Some(Deletion { finished_at: Some(_), .. }) => return Ok(true),
        Some(_) => {}
    }
    let mut left = ROWS;
    for table in tables() {
        left = left.saturating_sub(delete_some(conn, table, workspace_id, left)?);
        if left == 0 {
            return Ok(false);
        }
    }
    let (seq, hash): (i64, String) =
        event_heads::table.find(workspace_id).select((event_heads::seq, event_heads::hash)).first(conn)?;
    // The head goes with it.
    diesel::delete(workspaces::table.find(workspace_id)).execute(conn)?;
    diesel::update(workspace_deletions::table.find(workspace_id))
        .set((
            workspace_deletions::finished_at.eq(now),
            workspace_deletions::last_seq.eq(seq),
            workspace_deletions::last_hash.eq(hash),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Every table with rows of a workspace, without the two rows that are deleted at the end: tables that others refer to come last.
fn tables() -> impl Iterator<Item = &'static str> {
    let of_workspaces = |table: &schema::Table| {
        table.columns.contains(&"workspace_id")
            && table.name != "workspace_deletions"
            && !PARENTS.contains(&table.name)
    };
    let parents = PARENTS.into_iter().filter(|name| !["event_heads", "workspaces"].contains(name));
    schema::tables().filter(of_workspaces).map(|table| table.name).chain(parents)
}

/// Deletes at most `most` rows of a table; returns their number.
fn delete_some(
    conn: &mut Conn,
    table: &'static str,
    workspace_id: &WorkspaceId,
    most: usize,
) -> Result<usize> {
    // Each database has its own name for the place of a row.
    let (place, open, close) = match conn {
        Conn::Sqlite(_) => ("rowid", " IN (", ")"),
        Conn::Postgres(_) => ("ctid", " = ANY(ARRAY(", "))"),
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(Statement::<Text>::new("DELETE FROM ")
        .sql(table)
        .sql(" WHERE ")
        .sql(place)
        .sql(open)
        .sql("SELECT ")
        .sql(place)
        .sql(" FROM ")
        .sql(table)
        .sql(" WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" LIMIT ")
        .whole(most)
        .sql(close)
        .execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_a_workspace_is_emptied_once() {
        let mut named: Vec<&str> = tables().chain(["event_heads", "workspaces"]).collect();
        let mut all: Vec<&str> = schema::tables()
            .filter(|table| table.columns.contains(&"workspace_id") && table.name != "workspace_deletions")
            .map(|table| table.name)
            .collect();
        named.sort_unstable();
        all.sort_unstable();
        assert_eq!(named, all);
    }
}
