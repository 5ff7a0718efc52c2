//! Finds the lines that a filter selects.

use vestibule_core::{ids::WorkspaceId, providers::Provider, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::users,
    trail::events::{self, EventFilter},
};

use crate::{
    audit::activity::{
        filter::Filter,
        lines::{self, Line},
    },
    layout::request::id_of,
};

/// How many lines the page shows.
const COUNT: usize = 50;

/// Actors that are no user, as the form offers them.
pub(super) const ACTORS: [&str; 5] =
    ["okta:scim", "okta:universal-logout", "okta:signals", "setup_link", "cli"];

/// A page of lines.
#[derive(Default)]
pub(super) struct Found {
    pub lines: Vec<Line>,
    /// The line before which older lines begin.
    pub older: Option<i64>,
    /// The last line that was examined, where the search ended early.
    pub down_to: Option<i64>,
    /// A name in the filter that nobody has.
    pub nobody: Option<String>,
}

/// Reads the newest lines that the filter selects.
pub(super) fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    filter: &Filter,
    (provider, now): (&Provider, Micros),
) -> Result<Found, Error> {
    let wanted = match wanted(conn, workspace_id, filter)? {
        Ok(wanted) => wanted,
        Err(nobody) => return Ok(Found { nobody: Some(nobody), ..Found::default() }),
    };
    let most = i64::try_from(COUNT + 1).unwrap_or(i64::MAX);
    let mut seen = events::search(conn, workspace_id, &wanted, most)?;
    let more = seen.events.len() > COUNT;
    seen.events.truncate(COUNT);
    Ok(Found {
        older: seen.events.last().filter(|_| more).map(|last| last.seq),
        down_to: seen.down_to,
        lines: lines::of(conn, workspace_id, seen.events, (provider, now))?,
        nobody: None,
    })
}

/// The filter for the store; or a name in it that nobody has.
fn wanted(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    filter: &Filter,
) -> Result<Result<EventFilter, String>, Error> {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut wanted = EventFilter {
        kind: some(&filter.kind),
        request_id: some(&filter.request),
        before: filter.before,
        ..EventFilter::default()
    };
    if !filter.who.is_empty() {
        let is_actor = ACTORS.contains(&filter.who.as_str()) || filter.who.starts_with("operator:");
        wanted.actor = if is_actor { some(&filter.who) } else { person(conn, workspace_id, &filter.who)? };
        if wanted.actor.is_none() {
            return Ok(Err(filter.who.clone()));
        }
    }
    if !filter.person.is_empty() {
        wanted.target = person(conn, workspace_id, &filter.person)?;
        if wanted.target.is_none() {
            return Ok(Err(filter.person.clone()));
        }
    }
    Ok(Ok(wanted))
}

/// The trail's name for the person with this user name or id.
fn person(conn: &mut Conn, workspace_id: &WorkspaceId, text: &str) -> Result<Option<String>, Error> {
    let text = text.strip_prefix("user:").unwrap_or(text);
    let id = id_of(text);
    if !id.is_empty() {
        // Also of somebody who was deleted.
        return Ok(Some(format!("user:{id}")));
    }
    Ok(users::find_by_user_name(conn, workspace_id, text)?.map(|user| user.target().to_string()))
}
