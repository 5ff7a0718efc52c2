//! Observed workspaces. While a workspace is observed, SCIM reads and writes a hidden copy of it, the plan, and another copy stays as
//! everything was at the start, the base. What differs between the two would change if the plan were applied; what differs between the
//! base and the workspace has changed in the meantime. A copy has the ids of the original under a workspace id of its own. Nothing opens
//! a copy: its region is none of a process ([`HIDDEN`]), it has no connection, session, token or client, and without a trail every
//! transaction that is not silent ([`Tx::be_silent`]) fails.

mod apply;
mod copy;
mod difference;
mod groups;
mod moved;
mod people;
mod refusals;
mod sql;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{
    Conn, Error, Result, Tx,
    db::{
        schema::{observations, users, workspaces},
        statement::Statement,
    },
    trail::events::append,
};

pub use apply::{
    Step, Work, begin, carried_out, left_out, next_work, progress, put_off, unfinished, waiting,
};
pub use difference::{Counts, counts, is_empty};
pub use groups::{GroupChange, GroupKind, MembersToChange, groups, members_to_change};
pub use moved::{Moved, moved};
pub use people::{PersonChange, PersonKind, lost_grants, people};
pub use refusals::{Refused, record_refusal, refusals};

/// Region of the copies, and of workspaces that are being deleted. No process has it: the name of a region is letters, digits and dashes.
pub const HIDDEN: &str = "(hidden)";

/// An observed workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = observations)]
pub struct Observation {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The copy that SCIM reads and writes.
    pub plan_id: WorkspaceId,
    /// The copy as everything was at the start.
    pub base_id: WorkspaceId,
    /// Actor who started it, as in events.
    pub started_by: String,
    /// Start.
    pub started_at: Micros,
    /// Actor who applied the plan; empty: nobody yet.
    pub applied_by: String,
    /// Request that applied the plan; empty: none yet.
    pub apply_id: String,
    /// Time of the last batch of the application.
    pub seen_at: Option<Micros>,
    /// Number of changes that the application began with.
    pub changes: i64,
    /// Number of changes that it has carried out.
    pub done: i64,
}

impl Observation {
    /// Whether the plan is being applied: SCIM waits.
    pub fn is_applying(&self) -> bool {
        !self.apply_id.is_empty()
    }
}

/// The observation of a workspace, if it is observed.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Observation>> {
    Ok(observations::table.find(workspace_id).select(Observation::as_select()).first(conn).optional()?)
}

/// Whether a workspace is observed.
pub fn is_observed(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    Ok(find(conn, workspace_id)?.is_some())
}

/// Starts to observe a workspace: makes the copies, in one consistent view of it. Must come first in its transaction. Other writers of the
/// workspace wait until the transaction ends; on SQLite, all writers.
///
/// # Errors
/// [`Error::Conflict`] when it is observed already; [`Error::NotFound`]; on PostgreSQL [`Error::Database`] when another transaction changed
/// the workspace at the same time: the caller may try again.
pub fn start(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    started_by: &str,
    now: Micros,
) -> Result<Observation> {
    if let Conn::Postgres(inner) = &mut **conn {
        diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(inner)?;
    }
    append::lock_head(conn, workspace_id)?;
    if find(conn, workspace_id)?.is_some() {
        return Err(Error::Conflict("observations_workspace".to_owned()));
    }
    let new = Observation {
        workspace_id: workspace_id.clone(),
        plan_id: WorkspaceId::new(now),
        base_id: WorkspaceId::new(now),
        started_by: started_by.to_owned(),
        started_at: now,
        applied_by: String::new(),
        apply_id: String::new(),
        seen_at: None,
        changes: 0,
        done: 0,
    };
    copy::plan(conn, workspace_id, &new.plan_id)?;
    copy::base(conn, workspace_id, &new.base_id)?;
    diesel::insert_into(observations::table).values(&new).execute(&mut **conn)?;
    Ok(new)
}

/// Makes the transaction one that changes the plan: it is silent, and the plan can't be applied or discarded before it ends. Returns
/// whether the workspace is still observed and its plan not being applied.
pub fn enter(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, plan_id: &WorkspaceId) -> Result<bool> {
    conn.be_silent();
    let statement =
        Statement::<Text>::new("SELECT plan_id FROM observations WHERE apply_id = '' AND workspace_id = ")
            .text(workspace_id)
            .sql(" AND plan_id = ")
            .text(plan_id);
    let statement = match &**conn {
        Conn::Postgres(_) => statement.sql(" FOR SHARE"),
        Conn::Sqlite(_) => statement,
    };
    let found: Option<String> = statement.get_result(&mut **conn).optional()?;
    Ok(found.is_some())
}

/// Locks a plan until the transaction ends: waits for the SCIM requests that are changing it, and others wait.
///
/// # Errors
/// [`Error::NotFound`] when somebody else ended the observation, or began to apply the plan.
pub fn lock(conn: &mut Conn, of: &Observation) -> Result<()> {
    let same = observations::table
        .find(&of.workspace_id)
        .filter(observations::plan_id.eq(&of.plan_id))
        .filter(observations::apply_id.eq(""));
    match diesel::update(same).set(observations::changes.eq(0)).execute(conn)? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Ends the observation. [`remove_copies`] deletes the copies.
pub fn end(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    Ok(diesel::delete(observations::table.find(workspace_id)).execute(conn)? == 1)
}

/// Rows of users that [`remove_copies`] deletes at once.
const REMOVED: i64 = 500;

/// Whether there are copies that no observation has any more.
pub fn has_copies_to_remove(conn: &mut Conn) -> Result<bool> {
    Ok(copy_to_remove(conn)?.is_some())
}

fn copy_to_remove(conn: &mut Conn) -> Result<Option<String>> {
    Ok(Statement::<Text>::new("SELECT w.workspace_id FROM workspaces AS w WHERE w.region = ")
        .text(HIDDEN)
        .sql(
            " AND NOT EXISTS (SELECT 1 FROM observations AS o WHERE o.plan_id = w.workspace_id OR o.base_id = w.workspace_id) \
             \
             AND NOT EXISTS (SELECT 1 FROM workspace_deletions AS d WHERE d.workspace_id = w.workspace_id) \
             ORDER BY w.workspace_id LIMIT 1",
        )
        .get_result(conn)
        .optional()?)
}

/// Deletes a part of the copies that no observation has any more.
pub fn remove_copies(conn: &mut Tx<'_>) -> Result<()> {
    let conn: &mut Conn = conn;
    let Some(workspace_id) = copy_to_remove(conn)? else { return Ok(()) };
    let some: Vec<String> = users::table
        .filter(users::workspace_id.eq(&workspace_id))
        .order(users::user_id)
        .limit(REMOVED)
        .select(users::user_id)
        .load(conn)?;
    let Some(last) = some.last() else {
        diesel::delete(workspaces::table.find(&workspace_id)).execute(conn)?;
        return Ok(());
    };
    let these = users::table.filter(users::workspace_id.eq(&workspace_id)).filter(users::user_id.le(last));
    diesel::delete(these).execute(conn)?;
    Ok(())
}

/// Number of copies in the database.
pub fn count_copies(conn: &mut Conn) -> Result<i64> {
    Ok(Statement::<BigInt>::new("SELECT COUNT(*) FROM workspaces AS w WHERE w.region = ")
        .text(HIDDEN)
        .sql(" AND NOT EXISTS (SELECT 1 FROM workspace_deletions AS d WHERE d.workspace_id = w.workspace_id)")
        .get_result(conn)?)
}
