//! The governance trail as operators check it and take it elsewhere: the same at the command line and through the management
//! API.

use serde_json::{Map, Value, json};
use vestibule_store::{
    Conn, Database, Error,
    trail::events::{self, Event, Link, Verified},
    workspaces::Workspace,
};

use crate::workspaces::event;

/// How many lines an export holds at a time.
const PAGE: i64 = 500;

/// Adds to what an event tells which of `after`'s members were otherwise in `before`, and what they were.
pub fn with_before(mut data: Value, before: &Value, after: &Value) -> Value {
    let were: Map<String, Value> = after
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| before.get(name.as_str()).is_some_and(|was| was != *value))
        .filter_map(|(name, _)| Some((name.clone(), before.get(name.as_str())?.clone())))
        .collect();
    if let Some(members) = data.as_object_mut() {
        members.insert("before".to_owned(), were.into());
    }
    data
}

/// What an administrator or the operator settles of a workspace, as `workspace_changed` tells it.
pub fn terms(workspace: &Workspace) -> Value {
    json!({
        "name": workspace.name,
        "default_role": workspace.default_role,
        "allow_basic": workspace.allow_basic,
        "park_members": workspace.park_members,
        "session_seconds": workspace.session_seconds,
        "idle_seconds": workspace.idle_seconds,
        "max_age_seconds": workspace.max_age_seconds,
        "allowed_origins": workspace.origins(),
    })
}

/// What a walk along the chain came to.
pub fn verified(verified: &Verified) -> Value {
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

/// Verifies a workspace's trail; with the head that was kept elsewhere, that it is still in it.
pub fn verify(conn: &mut Conn, workspace_id: &str, kept: Option<&str>) -> Result<Value, Error> {
    Ok(verified(&events::verify(conn, workspace_id, kept)?))
}

/// Gives the lines behind `after` up to `until` to `write`, in order, a line of JSON each; how many, and the last of them.
///
/// # Errors
/// The database's, or those of `write`.
pub fn export<E: From<Error>>(
    database: &Database,
    workspace_id: &str,
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

/// The next of an export's lines, a page of them: each as JSON, and which it is.
pub fn page(
    conn: &mut Conn,
    workspace_id: &str,
    after: i64,
    until: i64,
) -> Result<Vec<(String, Link)>, Error> {
    let list = events::list(conn, workspace_id, after, PAGE)?;
    let line = |line: Event| {
        let mut told = event(&line);
        if let Some(members) = told.as_object_mut() {
            members.insert("workspace".to_owned(), workspace_id.into());
        }
        (told.to_string(), Link { seq: line.seq, hash: line.hash })
    };
    Ok(list.into_iter().take_while(|line| line.seq <= until).map(line).collect())
}
