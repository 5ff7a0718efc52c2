//! The safety brake: if a provider's pushes would end the access of more than a share of a workspace's users within an hour, they
//! are blocked until an administrator releases them. The check reads at most sixty-one rows, one for each minute; users are
//! counted from an index, once a minute, and only if the least number is reached. Applies to deactivation and deletion over SCIM only,
//! never to other ends of access.

mod people;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
    upsert::excluded,
};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result, Tx,
    db::{
        fragment::Fragment,
        schema::{brake_minutes, brakes},
        statement::Statement,
    },
    on_backend,
    people::users::user::User,
    rights::owners,
    trail::events::{
        self, Cause, Target,
        kinds::{BrakeKept, BrakeReleased},
    },
};

pub use people::restore;

/// Default share, in percent of the users who had access.
pub const PERCENT: i64 = 30;

/// Default least number: fewer users never cause a block.
pub const LEAST: i64 = 50;

const MINUTE: Micros = 60 * SECOND;

/// Length of the window in which users are counted, in minutes.
const WINDOW: i64 = 60;

/// How long pushes that end access stay blocked after the last blocked one, unless an administrator decides: a provider that
/// tries again must not succeed in small portions.
const ON: Micros = 24 * 3600 * SECOND;

/// How long a release lasts: for any number of users, and for a limited number.
const FOR_ALL: Micros = 3600 * SECOND;
const FOR_SOME: Micros = 24 * 3600 * SECOND;

/// The brake of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = brakes)]
pub struct Brake {
    /// Workspace of the brake.
    pub workspace_id: WorkspaceId,
    /// The share, in percent, above which a push is blocked; 0: never.
    pub percent: i64,
    /// The least number of users at which a push is blocked.
    pub least: i64,
    /// Number of blocked requests since an administrator last decided.
    #[diesel(column_name = held)]
    pub blocked: i64,
    /// Time of the last blocked request.
    #[diesel(column_name = held_at)]
    pub blocked_at: Option<Micros>,
    /// When a push that would have removed the last owner was blocked; empty once an administrator has seen it.
    #[diesel(column_name = owner_held_at)]
    pub owner_blocked_at: Option<Micros>,
    /// When the release ends.
    pub released_until: Option<Micros>,
    /// Number of users that the release still covers; `None`: no limit.
    pub released_people: Option<i64>,
    /// Last change.
    pub updated_at: Micros,
    /// When a user whose access a push ended, or would have ended, was last active again.
    pub restored_at: Option<Micros>,
}

/// Whether a push may end the access of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The push is allowed.
    Allowed,
    /// The push is allowed: the brake was on, and lapsed because the users it protected are active again. Number of pushes
    /// refused before.
    Lapsed(i64),
    /// The push is refused.
    Refused,
}

/// Rule by which the brake blocked a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The workspace would have no owner.
    LastOwner,
    /// Too many users within the window.
    Share,
}

/// The columns in the order of the table.
const COLUMNS: &str = "b.workspace_id, b.percent, b.least, b.held, b.held_at, b.owner_held_at, b.released_until, b.released_people, \
     b.updated_at, b.restored_at";

impl Brake {
    /// The brake of a workspace where nobody has set it.
    fn unset(workspace_id: &WorkspaceId) -> Self {
        Self {
            workspace_id: workspace_id.clone(),
            percent: PERCENT,
            least: LEAST,
            blocked: 0,
            blocked_at: None,
            owner_blocked_at: None,
            released_until: None,
            released_people: None,
            updated_at: 0,
            restored_at: None,
        }
    }

    /// Whether all pushes that end access are blocked now.
    pub fn is_on(&self, now: Micros) -> bool {
        self.percent > 0 && !self.is_released(now) && self.blocked_at.is_some_and(|at| now < at + ON)
    }

    /// Whether a release without a limit is in force now.
    pub fn is_released(&self, now: Micros) -> bool {
        self.released_until.is_some_and(|until| now < until) && self.released_people != Some(0)
    }

    /// Whether `ended` users within an hour are too many of `base` users who had access.
    fn is_over(&self, ended: i64, base: i64) -> bool {
        self.percent > 0
            && ended >= self.least
            && ended.saturating_mul(100) > base.saturating_mul(self.percent)
    }
}

/// The brake of a workspace.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Brake> {
    let found = Statement::<brakes::SqlType>::new("SELECT ")
        .sql(COLUMNS)
        .sql(" FROM brakes AS b WHERE b.workspace_id = ")
        .text(workspace_id)
        .get_result(conn)
        .optional()?;
    Ok(found.unwrap_or_else(|| Brake::unset(workspace_id)))
}

/// The brake of a workspace, and the number of users whose access pushes ended within the hour.
fn find_with_ended(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<(Brake, i64)> {
    let (ended, brake): (i64, Option<Brake>) = Statement::<(BigInt, Nullable<brakes::SqlType>)>::new("SELECT ")
        .fragment(ended_sum(workspace_id, now))
        .sql(", ")
        .sql(COLUMNS)
        .sql(
            " FROM workspaces AS w LEFT JOIN brakes AS b ON b.workspace_id = w.workspace_id WHERE w.workspace_id = ",
        )
        .text(workspace_id)
        .get_result(conn)?;
    Ok((brake.unwrap_or_else(|| Brake::unset(workspace_id)), ended))
}

/// The brake of a workspace, locked until the transaction ends.
fn find_locked(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Brake> {
    owners::lock(conn, workspace_id)?;
    find(conn, workspace_id)
}

fn save(conn: &mut Conn, mut brake: Brake, now: Micros) -> Result<()> {
    brake.updated_at = now;
    on_backend!(conn, |inner| {
        diesel::insert_into(brakes::table)
            .values(&brake)
            .on_conflict(brakes::workspace_id)
            .do_update()
            .set((
                brakes::percent.eq(excluded(brakes::percent)),
                brakes::least.eq(excluded(brakes::least)),
                brakes::held.eq(excluded(brakes::held)),
                brakes::held_at.eq(excluded(brakes::held_at)),
                brakes::owner_held_at.eq(excluded(brakes::owner_held_at)),
                brakes::released_until.eq(excluded(brakes::released_until)),
                brakes::released_people.eq(excluded(brakes::released_people)),
                brakes::updated_at.eq(excluded(brakes::updated_at)),
                brakes::restored_at.eq(excluded(brakes::restored_at)),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Sets the share and the least number of users. `None` leaves a value as it is.
pub fn set(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    percent: Option<i64>,
    least: Option<i64>,
    now: Micros,
) -> Result<()> {
    let mut brake = find_locked(conn, workspace_id)?;
    brake.percent = percent.unwrap_or(brake.percent);
    brake.least = least.unwrap_or(brake.least);
    save(conn, brake, now)
}

/// Decides whether a push may end the access of a user. Called after the user's rows are locked and before the first event. A
/// refusal rolls back what was counted.
pub fn may_lose(conn: &mut Conn, user: &User, now: Micros) -> Result<Verdict> {
    let workspace_id = &user.workspace_id;
    owners::lock(conn, workspace_id)?;
    let (mut brake, ended_before) = find_with_ended(conn, workspace_id, now)?;
    if brake.percent == 0 {
        return Ok(Verdict::Allowed);
    }
    if brake.is_released(now) {
        if let Some(people) = &mut brake.released_people {
            *people -= 1;
            save(conn, brake, now)?;
        }
        return Ok(Verdict::Allowed);
    }
    let mut verdict = Verdict::Allowed;
    if brake.is_on(now) {
        if !people::lapses(conn, &brake, user, now)? {
            return Ok(Verdict::Refused);
        }
        verdict = Verdict::Lapsed(brake.blocked);
        (brake.blocked, brake.blocked_at) = (0, None);
        save(conn, brake.clone(), now)?;
    }
    let minute = now / MINUTE;
    let counted_base = people::count_loss(conn, workspace_id, &user.user_id, minute, now)?;
    let ended = ended_before + 1;
    if ended < brake.least {
        return Ok(verdict);
    }
    let base = match counted_base {
        Some(base) => base,
        None => base(conn, user, minute, ended)?,
    };
    if !brake.is_over(ended, base) {
        return Ok(verdict);
    }
    // If nobody set the brake and there is no administrator, nobody could release it: the workspace is still being set up.
    let is_new = brake.updated_at == 0 && !owners::is_administered(conn, workspace_id)?;
    Ok(if is_new { verdict } else { Verdict::Refused })
}

/// Number of users whose access pushes ended within the hour.
pub fn ended(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<i64> {
    Ok(Statement::<BigInt>::new("SELECT ").fragment(ended_sum(workspace_id, now)).get_result(conn)?)
}

fn ended_sum(workspace_id: &WorkspaceId, now: Micros) -> Fragment {
    let mut sum = Fragment::new(true);
    sum.sql("(SELECT CAST(COALESCE(SUM(ended), 0) AS BIGINT) FROM brake_minutes WHERE workspace_id = ");
    sum.text(workspace_id);
    sum.sql(" AND minute >= ");
    sum.whole(now / MINUTE - WINDOW);
    sum.sql(")");
    sum
}

/// Number of users with access.
pub fn active(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(Statement::<BigInt>::new("SELECT COUNT(*) FROM users WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND active = ")
        .truth(true)
        .get_result(conn)?)
}

/// Counts the users who had access before pushes ended it, once a minute. This transaction may have ended the access of
/// `user` already; a difference of one does not matter here.
fn base(conn: &mut Conn, user: &User, minute: i64, ended: i64) -> Result<i64> {
    let workspace_id = &user.workspace_id;
    let base = active(conn, workspace_id)? + ended;
    diesel::update(brake_minutes::table.find((workspace_id, minute)))
        .set(brake_minutes::base.eq(base))
        .execute(conn)?;
    Ok(base)
}

/// Records that a push was blocked, before its event. `user_id`: the user whose access it would have ended, if it was one user.
pub fn record_blocked(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    rule: Rule,
    user_id: Option<&UserId>,
    now: Micros,
) -> Result<()> {
    let mut brake = find_locked(conn, workspace_id)?;
    match rule {
        Rule::LastOwner => brake.owner_blocked_at = Some(now),
        // The decision of an administrator in the meantime has priority.
        Rule::Share if brake.is_released(now) => return Ok(()),
        Rule::Share => {
            brake.blocked += 1;
            brake.blocked_at = Some(now);
            (brake.released_until, brake.released_people) = (None, None);
            if let Some(user_id) = user_id {
                people::record_blocked(conn, workspace_id, user_id, now)?;
            }
        }
    }
    save(conn, brake, now)
}

/// Releases pushes: without a limit for an hour, or for this number of users within a day.
pub fn release(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    people: Option<i64>,
    cause: &Cause,
    now: Micros,
) -> Result<()> {
    let mut brake = find_locked(conn, workspace_id)?;
    let data = BrakeReleased { held: brake.blocked, people };
    (brake.blocked, brake.blocked_at) = (0, None);
    brake.released_until = Some(now + if people.is_some() { FOR_SOME } else { FOR_ALL });
    brake.released_people = people;
    people::forget_blocked(conn, workspace_id)?;
    save(conn, brake, now)?;
    events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    Ok(())
}

/// Confirms the block: the administrator has seen it, and pushes stay blocked. Ends a release.
pub fn keep(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, cause: &Cause, now: Micros) -> Result<()> {
    let mut brake = find_locked(conn, workspace_id)?;
    let data = BrakeKept { held: brake.blocked };
    (brake.blocked, brake.owner_blocked_at) = (0, None);
    (brake.released_until, brake.released_people) = (None, None);
    save(conn, brake, now)?;
    events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    Ok(())
}

/// Deletes minutes outside the window. Returns their number.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let old = brake_minutes::table.filter(brake_minutes::minute.lt(now / MINUTE - WINDOW));
    Ok(diesel::delete(old).execute(conn)? + people::sweep(conn, now)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brake(percent: i64, least: i64) -> Brake {
        Brake { percent, least, ..Brake::unset(&WorkspaceId::new(0)) }
    }

    #[test]
    fn too_many_is_more_than_the_share_and_no_fewer_than_the_least() {
        for (percent, least, ended, base, over) in [
            (30, 50, 49, 49, false),
            (30, 50, 50, 50, true),
            (30, 50, 50, 166, true),
            (30, 50, 50, 167, false),
            (30, 50, 300, 1000, false),
            (30, 50, 301, 1000, true),
            (0, 1, 1000, 1000, false),
            (100, 1, 1000, 1000, false),
            (1, 1, 1, 100, false),
            (1, 1, 2, 100, true),
            (30, 50, i64::MAX, i64::MAX, false),
        ] {
            assert_eq!(brake(percent, least).is_over(ended, base), over, "{percent} {least} {ended} {base}");
        }
    }

    #[test]
    fn what_was_held_stays_held_a_day_or_until_the_word() {
        let held = Brake { blocked_at: Some(0), ..brake(30, 50) };
        assert!(held.is_on(ON - 1) && !held.is_on(ON));
        assert!(!Brake { percent: 0, ..held.clone() }.is_on(1));
        let released = |people| Brake { released_until: Some(9), released_people: people, ..held.clone() };
        assert!(!released(None).is_on(8) && released(None).is_on(9));
        assert!(!released(Some(1)).is_on(8) && released(Some(0)).is_on(8));
    }
}
