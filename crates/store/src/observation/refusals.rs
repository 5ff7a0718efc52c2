//! Pushes that were refused during an observation, or that the safety brake would have blocked: one row for each thing, however often it
//! is pushed again.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, sets::PushRefusal, time::Micros};

use crate::{
    Conn, Result,
    db::{schema::observed_refusals, statement::Statement},
};

/// Most rows of an observation. Others are not kept.
pub const MOST: i64 = 1_000;

/// Longest subject and sentence, in characters.
const LONGEST: usize = 500;

/// A refused push.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = observed_refusals)]
pub struct Refused {
    /// Why.
    pub reason: PushRefusal,
    /// Name or id that was sent.
    pub subject: String,
    /// The sentence that Okta's administrator read; empty for the safety brake, which refused nothing.
    pub detail: String,
    /// How often.
    pub times: i64,
    /// The first time.
    pub first_at: Micros,
    /// The last time.
    pub last_at: Micros,
}

/// Records a refused push.
pub fn record_refusal(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    reason: PushRefusal,
    (subject, detail): (&str, &str),
    now: Micros,
) -> Result<()> {
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    Statement::<()>::new(
        "INSERT INTO observed_refusals (workspace_id, reason, subject, detail, times, first_at, last_at) SELECT ",
    )
    .text(workspace_id)
    .sql(", ")
    .text(reason.as_str())
    .sql(", ")
    .text(&cut(subject))
    .sql(", ")
    .text(&cut(detail))
    .sql(", 1, ")
    .whole(now)
    .sql(", ")
    .whole(now)
    .sql(" WHERE (SELECT COUNT(*) FROM observed_refusals WHERE workspace_id = ")
    .text(workspace_id)
    .sql(") < ")
    .whole(MOST)
    .sql(" AND EXISTS (SELECT 1 FROM observations WHERE workspace_id = ")
    .text(workspace_id)
    .sql(
        ") ON CONFLICT (workspace_id, reason, subject) DO UPDATE SET times = observed_refusals.times + 1, detail = excluded.detail, \
         last_at = excluded.last_at",
    )
    .execute(conn)?;
    Ok(())
}

/// All refused pushes, by reason and subject.
pub fn refusals(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Refused>> {
    Ok(observed_refusals::table
        .filter(observed_refusals::workspace_id.eq(workspace_id))
        .order((observed_refusals::reason, observed_refusals::subject))
        .select(Refused::as_select())
        .load(conn)?)
}
