//! The governance trail as operators check it and take it elsewhere: the same at the command line and through the management
//! API.

use serde_json::{Value, json};
use vestibule_store::{
    Conn, Database, Error,
    events::{self, Link, Verified},
};

use super::event;

/// How many lines an export holds at a time.
const PAGE: i64 = 500;

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
///
/// # Errors
/// The database's.
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
        let page = database.read(|conn| events::list(conn, workspace_id, last.seq, PAGE))?;
        let wanted: Vec<_> = page.into_iter().take_while(|line| line.seq <= until).collect();
        if wanted.is_empty() {
            return Ok((count, last));
        }
        for line in wanted {
            let mut told = event(&line);
            if let Some(members) = told.as_object_mut() {
                members.insert("workspace".to_owned(), workspace_id.into());
            }
            write(&told.to_string())?;
            count += 1;
            last = Link { seq: line.seq, hash: line.hash };
        }
    }
}
