//! The governance trail for operators: reads, verifies and exports it.

pub mod replay;

use serde_json::{Value, json};
use vestibule_core::{ids::WorkspaceId, time::rfc3339};
use vestibule_store::{
    Conn, Database, Error,
    trail::events::{self, Event, Link, Verified},
};

/// Lines per page of an export.
const PAGE: i64 = 500;

/// An event, as operators read it.
pub fn describe(event: &Event) -> Value {
    json!({
        "seq": event.seq,
        "id": event.event_id,
        "at": rfc3339(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "target": event.target,
        "request_id": event.request_id,
        "data": event.data_or_text(),
        "hash": event.hash,
    })
}

/// The result of verifying a chain, as operators read it.
pub fn describe_verified(verified: &Verified) -> Value {
    let link = |link: &Link| json!({ "seq": link.seq, "hash": link.hash });
    json!({
        "holds": verified.fault.is_none(),
        "fault": verified.fault.map(|fault| fault.to_string()),
        "events": verified.events,
        "unchained": verified.unchained,
        "anchor": link(&verified.anchor),
        "head": link(&verified.head),
        "kept_head_seq": verified.met,
    })
}

/// Passes the lines after `after` up to `until` to `write` in order, one line of JSON each. Returns their number, and the last of them.
pub fn export<E: From<Error>>(
    database: &Database,
    workspace_id: &WorkspaceId,
    after: i64,
    until: i64,
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<(i64, Link), E> {
    let (mut count, mut last) = (0, Link { seq: after, hash: String::new() });
    loop {
        let lines = database.read(|conn| page(conn, workspace_id, last.seq, until))?;
        if lines.is_empty() {
            return Ok((count, last));
        }
        for (line, link) in lines {
            write(&line)?;
            count += 1;
            last = link;
        }
    }
}

/// The next page of an export: each line as JSON, with its place in the chain.
pub fn page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: i64,
    until: i64,
) -> Result<Vec<(String, Link)>, Error> {
    let list = events::list(conn, workspace_id, after, PAGE)?;
    let line = |event: Event| {
        let mut line = describe(&event);
        if let Some(members) = line.as_object_mut() {
            members.insert("workspace".to_owned(), workspace_id.as_str().into());
        }
        (line.to_string(), Link { seq: event.seq, hash: event.hash })
    };
    Ok(list.into_iter().take_while(|event| event.seq <= until).map(line).collect())
}
