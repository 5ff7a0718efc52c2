//! Counts by the hour, for charts: how often something happened in a workspace. Independent of the request inspector. Nothing is decided by
//! them.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::{
    ids::WorkspaceId,
    sets::CountKind,
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    db::{schema::hourly_counts, statement::Statement},
    on_backend,
    trail::requests,
};

/// An hour, in microseconds.
const HOUR: Micros = 3_600 * SECOND;
/// How long counts are stored, in hours: ninety days.
const STORED: i64 = 90 * 24;

/// How often something happened in an hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Insertable)]
#[diesel(table_name = hourly_counts)]
pub struct Count {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Hours since 1970, in UTC.
    pub hour: i64,
    /// What happened.
    pub kind: CountKind,
    /// Id of the webhook; empty: the workspace.
    pub subject: String,
    /// How often.
    pub times: i64,
}

/// The hour of a time.
pub fn hour_of(at: Micros) -> i64 {
    at.div_euclid(HOUR)
}

/// Adds counts to the stored ones. Skips workspaces that are deleted or of another region. Writes in a fixed order, so that two nodes can't
/// deadlock.
pub fn add(conn: &mut Conn, mut counts: Vec<Count>, region: &str) -> Result<()> {
    counts.sort();
    let mut ids: Vec<WorkspaceId> = counts.iter().map(|count| count.workspace_id.clone()).collect();
    ids.dedup();
    let here = requests::here(conn, &ids, region)?;
    for count in counts.iter().filter(|count| here.contains(&count.workspace_id)) {
        on_backend!(conn, |inner| {
            diesel::insert_into(hourly_counts::table)
                .values(count)
                .on_conflict((
                    hourly_counts::workspace_id,
                    hourly_counts::hour,
                    hourly_counts::kind,
                    hourly_counts::subject,
                ))
                .do_update()
                .set(hourly_counts::times.eq(hourly_counts::times + count.times))
                .execute(inner)
        })?;
    }
    Ok(())
}

/// The counts of a workspace from a day on, summed by day: day since 1970, kind, times. Without those of webhooks.
pub fn by_day(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    from_day: i64,
) -> Result<Vec<(i64, CountKind, i64)>> {
    let rows: Vec<(i64, CountKind, i64)> = Statement::<(BigInt, Text, BigInt)>::new(
        "SELECT hour / 24, kind, CAST(SUM(times) AS BIGINT) FROM hourly_counts WHERE subject = '' AND workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND hour >= ")
    .whole(from_day * 24)
    .sql(" GROUP BY hour / 24, kind ORDER BY 1, 2")
    .load(conn)?;
    Ok(rows)
}

/// The counts of a webhook from an hour on: hour, kind, times.
pub fn by_hour(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    webhook_id: &str,
    from_hour: i64,
) -> Result<Vec<(i64, CountKind, i64)>> {
    Ok(hourly_counts::table
        .filter(hourly_counts::workspace_id.eq(workspace_id))
        .filter(hourly_counts::hour.ge(from_hour))
        .filter(hourly_counts::subject.eq(webhook_id))
        .order((hourly_counts::hour, hourly_counts::kind))
        .select((hourly_counts::hour, hourly_counts::kind, hourly_counts::times))
        .load(conn)?)
}

/// The webhooks of a workspace that accepted a delivery in the last ninety days.
pub fn delivered_to(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<String>> {
    Ok(hourly_counts::table
        .filter(hourly_counts::workspace_id.eq(workspace_id))
        .filter(hourly_counts::kind.eq(CountKind::WebhookDelivered))
        .select(hourly_counts::subject)
        .distinct()
        .load(conn)?)
}

/// Deletes the counts of a workspace that are older than ninety days. Returns how many rows.
pub fn remove_old(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<usize> {
    let old = hourly_counts::table
        .filter(hourly_counts::workspace_id.eq(workspace_id))
        .filter(hourly_counts::hour.lt(hour_of(now) - STORED));
    Ok(diesel::delete(old).execute(conn)?)
}
