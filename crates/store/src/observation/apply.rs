//! The application of a plan: its changes as rows, which a batch takes and deletes in the transaction that carries them out. A change that
//! another one has to precede is put off to the next turn. If a process stops, another continues.

use diesel::{prelude::*, sql_types::BigInt};
use vestibule_core::{ids::WorkspaceId, time::Micros};

use super::{Observation, sql};
use crate::{
    Conn, Error, Result,
    db::{
        schema::{observations, planned_changes, workspaces},
        statement::Statement,
    },
};

/// How often a change is put off at most.
const TURNS: i64 = 10;

/// Kind of a change, in the order in which they are carried out: people before the groups that they join, what gives before what takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Changes an existing person.
    ChangeUser,
    /// Creates a person.
    CreateUser,
    /// Creates a group.
    CreateGroup,
    /// Changes an existing group.
    ChangeGroup,
    /// Deletes a group.
    DeleteGroup,
    /// Deletes a person.
    DeleteUser,
}

impl Step {
    const ALL: [Self; 6] = [
        Self::ChangeUser,
        Self::CreateUser,
        Self::CreateGroup,
        Self::ChangeGroup,
        Self::DeleteGroup,
        Self::DeleteUser,
    ];

    fn number(self) -> i64 {
        self as i64
    }

    fn of(number: i64) -> Result<Self> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let unknown = || Error::corrupt("planned_changes.step", &[&number.to_string()], "no such step");
        Self::ALL.get(index).copied().ok_or_else(unknown)
    }

    /// The name in events: `change_user`, `create_user`, ….
    pub fn name(self) -> &'static str {
        match self {
            Self::ChangeUser => "change_user",
            Self::CreateUser => "create_user",
            Self::CreateGroup => "create_group",
            Self::ChangeGroup => "change_group",
            Self::DeleteGroup => "delete_group",
            Self::DeleteUser => "delete_user",
        }
    }
}

/// Changes of one step that are next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The step.
    pub step: Step,
    /// Ids of the people or groups, in order.
    pub ids: Vec<String>,
}

/// Begins to apply a plan: writes its changes as rows. From then on SCIM waits, and [`next_work`] has something to do. Returns `None` when
/// the plan is being applied already.
pub fn begin(
    conn: &mut Conn,
    of: &Observation,
    applied_by: &str,
    apply_id: &str,
) -> Result<Option<Observation>> {
    // Waits for the SCIM requests that are changing the plan.
    let began = diesel::update(observations::table.find(&of.workspace_id))
        .filter(observations::plan_id.eq(&of.plan_id))
        .filter(observations::apply_id.eq(""))
        .set((observations::applied_by.eq(applied_by), observations::apply_id.eq(apply_id)))
        .execute(conn)?;
    if began == 0 {
        return Ok(None);
    }
    let mut changes = 0;
    for step in Step::ALL {
        let (id, rest) = match step {
            Step::ChangeUser => ("p.user_id", format!("{} AND {}", sql::PEOPLE, sql::person_differs())),
            Step::CreateUser => ("p.user_id", format!("{} AND b.user_id IS NULL", sql::PEOPLE)),
            Step::CreateGroup => ("p.group_id", format!("{} AND b.group_id IS NULL", sql::GROUPS)),
            Step::ChangeGroup => ("p.group_id", format!("{} AND {}", sql::GROUPS, sql::GROUP_DIFFERS)),
            Step::DeleteGroup => ("b.group_id", sql::GONE_GROUPS.to_owned()),
            Step::DeleteUser => ("b.user_id", sql::GONE_PEOPLE.to_owned()),
        };
        let text = format!(
            "INSERT INTO planned_changes (workspace_id, step, resource_id, turn, reason) SELECT {{real}}, {}, {id}, 0, ''{rest}",
            step.number()
        );
        changes += Statement::<()>::of(sql::fill(&text, of, sql::WHOLE)).execute(conn)?;
    }
    let changes = i64::try_from(changes).unwrap_or(i64::MAX);
    diesel::update(observations::table.find(&of.workspace_id))
        .set(observations::changes.eq(changes))
        .execute(conn)?;
    super::find(conn, &of.workspace_id)
}

/// Claims the application for a batch: stores the time and the progress, unless another process has continued it since `before`. Returns
/// whether it was stored. On PostgreSQL others wait until the transaction ends.
pub fn progress(conn: &mut Conn, before: &Observation, next: &Observation) -> Result<bool> {
    let changed = Statement::<()>::new("UPDATE observations SET seen_at = ")
        .maybe_whole(next.seen_at)
        .sql(", done = ")
        .whole(next.done)
        .sql(" WHERE workspace_id = ")
        .text(&before.workspace_id)
        .sql(" AND apply_id = ")
        .text(&before.apply_id)
        .sql(" AND done = ")
        .whole(before.done)
        .sql(" AND seen_at IS NOT DISTINCT FROM ")
        .maybe_whole(before.seen_at)
        .execute(conn)?;
    Ok(changed == 1)
}

/// The next changes, at most `limit`, all of one step and turn; `None`: everything is done that can be done.
pub fn next_work(conn: &mut Conn, workspace_id: &WorkspaceId, limit: i64) -> Result<Option<Work>> {
    let rows: Vec<(i64, i64, String)> = planned_changes::table
        .filter(planned_changes::workspace_id.eq(workspace_id))
        .filter(planned_changes::turn.lt(TURNS))
        .order((planned_changes::turn, planned_changes::step, planned_changes::resource_id))
        .limit(limit)
        .select((planned_changes::turn, planned_changes::step, planned_changes::resource_id))
        .load(conn)?;
    let Some((turn, step, _)) = rows.first().cloned() else { return Ok(None) };
    let ids = rows.into_iter().take_while(|row| (row.0, row.1) == (turn, step)).map(|row| row.2).collect();
    Ok(Some(Work { step: Step::of(step)?, ids }))
}

/// Deletes changes that the transaction has carried out.
pub fn carried_out(conn: &mut Conn, workspace_id: &WorkspaceId, work: &Work) -> Result<()> {
    let these = planned_changes::table
        .filter(planned_changes::workspace_id.eq(workspace_id))
        .filter(planned_changes::step.eq(work.step.number()))
        .filter(planned_changes::resource_id.eq_any(&work.ids));
    diesel::delete(these).execute(conn)?;
    Ok(())
}

/// Puts a change off to the next turn. `reason`: why.
pub fn put_off(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (step, id): (Step, &str),
    reason: &str,
) -> Result<()> {
    diesel::update(planned_changes::table.find((workspace_id, step.number(), id)))
        .set((planned_changes::turn.eq(planned_changes::turn + 1), planned_changes::reason.eq(reason)))
        .execute(conn)?;
    Ok(())
}

/// A change that was put off too often: its step, its id, and why.
pub type LeftOut = (Step, String, String);

/// The number of changes that were put off too often, and at most `limit` of them.
pub fn left_out(conn: &mut Conn, workspace_id: &WorkspaceId, limit: i64) -> Result<(i64, Vec<LeftOut>)> {
    let of_workspace = || planned_changes::table.filter(planned_changes::workspace_id.eq(workspace_id));
    let count: i64 = of_workspace().count().get_result(conn)?;
    let rows: Vec<(i64, String, String)> = of_workspace()
        .order((planned_changes::step, planned_changes::resource_id))
        .limit(limit)
        .select((planned_changes::step, planned_changes::resource_id, planned_changes::reason))
        .load(conn)?;
    let named = rows.into_iter().map(|(step, id, reason)| Ok((Step::of(step)?, id, reason)));
    Ok((count, named.collect::<Result<_>>()?))
}

/// The applications in workspaces of this region without a batch since `since`.
pub fn unfinished(conn: &mut Conn, region: &str, since: Micros) -> Result<Vec<Observation>> {
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(observations::table
        .filter(observations::workspace_id.eq_any(here))
        .filter(observations::apply_id.ne(""))
        .filter(observations::seen_at.is_null().or(observations::seen_at.assume_not_null().le(since)))
        .select(Observation::as_select())
        .load(conn)?)
}

/// Number of changes that are not carried out yet.
pub fn waiting(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(Statement::<BigInt>::new("SELECT COUNT(*) FROM planned_changes WHERE workspace_id = ")
        .text(workspace_id)
        .get_result(conn)?)
}
