//! The request inspector's rows: the last requests of a workspace, as they were understood, and why they were refused. Written
//! beside requests by whoever flushes, bounded by age and number. Never a secret, and never what anything is decided by.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{
    Conn, Result,
    db::schema::{requests, workspaces},
    on_backend,
};

/// The doors whose requests are kept, as metrics name them.
pub const DOORS: [&str; 6] =
    ["scim", "oauth", "sign_in", "universal_logout", "signals", "backchannel_logout"];

/// The most rows one INSERT writes.
const BATCH: usize = 200;

/// One request, as its workspace may see it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests)]
pub struct Request {
    /// Whose.
    pub workspace_id: String,
    /// When it came in.
    pub at: Micros,
    /// As in its `X-Request-Id`.
    pub request_id: String,
    /// Whether somebody proved to speak for the workspace.
    pub proven: bool,
    /// One of [`DOORS`].
    pub door: String,
    /// `GET`, …
    pub method: String,
    /// Where it went, with what of the query may be shown.
    pub path: String,
    /// The answer's status.
    pub status: i64,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// Why it was refused, in a word; empty: it was not.
    pub reason: String,
    /// Why, as a sentence.
    pub detail: String,
    /// What to do, a line each.
    pub advice: String,
    /// What was understood: a JSON object.
    pub understood: String,
    /// What changed: a JSON array, each with what was before and after.
    pub changed: String,
}

impl Request {
    /// Whether it was refused, or failed.
    pub fn is_refused(&self) -> bool {
        !self.reason.is_empty()
    }

    /// Its place in a list.
    pub fn place(&self) -> Place {
        (self.at, self.request_id.clone())
    }
}

/// Where a list goes on: behind the request of this moment and id.
pub type Place = (Micros, String);

/// Which requests are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this door.
    pub door: Option<String>,
    /// Refused ones, or those that were not.
    pub refused: Option<bool>,
    /// In whose path or reason this stands, whatever its letter case.
    pub text: String,
    /// Older than this one.
    pub before: Option<Place>,
}

/// Those of these workspaces that are here.
pub fn here(conn: &mut Conn, ids: &[String], region: &str) -> Result<Vec<String>> {
    Ok(workspaces::table
        .filter(workspaces::workspace_id.eq_any(ids))
        .filter(workspaces::region.eq(region))
        .select(workspaces::workspace_id)
        .load(conn)?)
}

/// Writes them.
///
/// # Errors
/// The database's; then none is.
pub fn record(conn: &mut Conn, rows: &[Request]) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        on_backend!(conn, |inner| diesel::insert_into(requests::table).values(rows).execute(inner))?;
    }
    Ok(())
}

/// A workspace's requests, the newest first, at most `limit`.
pub fn list(conn: &mut Conn, workspace_id: &str, wanted: &Wanted, limit: usize) -> Result<Vec<Request>> {
    let text = wanted.text.to_lowercase();
    // There are not many in all: what text asks for is looked for here, alike on both databases.
    let most = if text.is_empty() { i64::try_from(limit).unwrap_or(i64::MAX) } else { i64::MAX };
    let mut query = requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .order((requests::at.desc(), requests::request_id.desc()))
        .limit(most)
        .select(Request::as_select())
        .into_boxed();
    if let Some(door) = &wanted.door {
        query = query.filter(requests::door.eq(door));
    }
    match wanted.refused {
        Some(true) => query = query.filter(requests::reason.ne("")),
        Some(false) => query = query.filter(requests::reason.eq("")),
        None => {}
    }
    if let Some((at, request_id)) = &wanted.before {
        let older = requests::at.lt(at);
        query = query.filter(older.or(requests::at.eq(at).and(requests::request_id.lt(request_id))));
    }
    let mut found: Vec<Request> = query.load(conn)?;
    if !text.is_empty() {
        let holds = |words: &str| words.to_lowercase().contains(&text);
        found.retain(|one| holds(&one.path) || holds(&one.reason) || holds(&one.detail));
        found.truncate(limit);
    }
    Ok(found)
}

/// The request of this id.
pub fn find(conn: &mut Conn, workspace_id: &str, request_id: &str) -> Result<Option<Request>> {
    Ok(requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::request_id.eq(request_id))
        .select(Request::as_select())
        .first(conn)
        .optional()?)
}

/// Which of these requests are kept. Those that are kept are few: they are looked through.
pub fn kept(conn: &mut Conn, workspace_id: &str, request_ids: &[String]) -> Result<Vec<String>> {
    Ok(requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::request_id.eq_any(request_ids))
        .select(requests::request_id)
        .distinct()
        .load(conn)?)
}

/// Keeps the newest of a workspace: so many of those who proved themselves or, apart from them, of strangers.
pub fn trim(conn: &mut Conn, workspace_id: &str, proven: bool, most: i64) -> Result<usize> {
    let first_too_many: Option<Place> = requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::proven.eq(proven))
        .order((requests::at.desc(), requests::request_id.desc()))
        .offset(most)
        .limit(1)
        .select((requests::at, requests::request_id))
        .first(conn)
        .optional()?;
    let Some((at, request_id)) = first_too_many else { return Ok(0) };
    let old = requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::proven.eq(proven))
        .filter(requests::at.lt(at).or(requests::at.eq(at).and(requests::request_id.le(request_id))));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Removes a workspace's of before `until`; how many.
pub fn remove_before(conn: &mut Conn, workspace_id: &str, until: Micros) -> Result<usize> {
    let old = requests::table.filter(requests::workspace_id.eq(workspace_id)).filter(requests::at.lt(until));
    Ok(diesel::delete(old).execute(conn)?)
}
