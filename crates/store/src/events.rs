//! The governance trail: who, what, whom, when. Written in the transaction that causes the event (design rule 10),
//! numbered per workspace without gaps: the counter's row is locked until that transaction ends, so take it last.

use diesel::prelude::*;
use serde_json::Value;

use crate::{
    Conn, Micros, Result, id,
    schema::{event_heads, events},
};

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
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
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
    let seq: i64 = diesel::update(event_heads::table.find(workspace_id))
        .set(event_heads::seq.eq(event_heads::seq + 1))
        .returning(event_heads::seq)
        .get_result(conn)?;
    let event = Event {
        workspace_id: workspace_id.to_owned(),
        seq,
        event_id: id::new(now),
        kind: kind.to_owned(),
        actor: cause.actor.clone(),
        target: target.to_owned(),
        request_id: cause.request_id.clone(),
        data: data.to_string(),
        at: now,
    };
    diesel::insert_into(events::table).values(&event).execute(conn)?;
    Ok(event.event_id)
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
