//! The governance trail: who, what, whom, when. Written in the transaction that causes the event (design rule 10),
//! numbered per workspace without gaps: the counter's row is locked until that transaction ends, so take it last. The webhooks
//! that want to know of it get their deliveries in the same breath.

use diesel::{prelude::*, sql_types::BigInt};
use serde_json::Value;

use crate::{Conn, Micros, Result, id, schema::events, statement::Statement, webhooks};

/// Who caused something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `okta:scim`, `okta:universal-logout`, `user:{id}`, `cli`, …
    pub actor: String,
    /// The request's id, or empty.
    pub request_id: String,
}

impl Cause {
    /// The operator at the command line.
    pub fn cli() -> Self {
        Self { actor: "cli".to_owned(), request_id: String::new() }
    }
}

/// One line of the trail.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Event {
    /// Whose.
    pub workspace_id: String,
    /// 1, 2, 3, … in this workspace.
    pub seq: i64,
    /// Its name; also the reference on a refusal page.
    pub event_id: String,
    /// `user_created`, `user_deactivated`, `signed_in`, `access_ended`, …
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// Whom or what: `user:{id}`, `group:{id}`, …
    pub target: String,
    /// In which request.
    pub request_id: String,
    /// What else, a JSON object. Never a secret.
    pub data: String,
    /// When.
    pub at: Micros,
}

/// Records an event; returns its id.
///
/// # Errors
/// The database's.
pub fn record(
    conn: &mut Conn,
    workspace_id: &str,
    kind: &str,
    cause: &Cause,
    target: &str,
    data: &Value,
    now: Micros,
) -> Result<String> {
    let seq: i64 = Statement::<BigInt>::new("UPDATE event_heads SET seq = seq + 1 WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" RETURNING seq")
        .get_result(conn)?;
    let event_id = id::new(now);
    Statement::<()>::new(
        "INSERT INTO events (workspace_id, seq, event_id, kind, actor, target, request_id, data, at) VALUES (",
    )
    .text(workspace_id)
    .sql(", ")
    .whole(seq)
    .sql(", ")
    .text(&event_id)
    .sql(", ")
    .text(kind)
    .sql(", ")
    .text(&cause.actor)
    .sql(", ")
    .text(target)
    .sql(", ")
    .text(&cause.request_id)
    .sql(", ")
    .text(&data.to_string())
    .sql(", ")
    .whole(now)
    .sql(")")
    .execute(conn)?;
    webhooks::tell(conn, workspace_id, kind, target, seq, now)?;
    Ok(event_id)
}

/// One line of the trail.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, workspace_id: &str, seq: i64) -> Result<Option<Event>> {
    Ok(events::table.find((workspace_id, seq)).select(Event::as_select()).first(conn).optional()?)
}

/// The trail after a sequence number, in order, at most `limit` lines.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str, after: i64, limit: i64) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}

/// The newest event of a kind.
///
/// # Errors
/// The database's.
pub fn newest(conn: &mut Conn, workspace_id: &str, kind: &str) -> Result<Option<Event>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::kind.eq(kind))
        .order(events::seq.desc())
        .select(Event::as_select())
        .first(conn)
        .optional()?)
}

/// How many events of a kind the trail holds.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Conn, workspace_id: &str, kind: &str) -> Result<i64> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::kind.eq(kind))
        .count()
        .get_result(conn)?)
}
