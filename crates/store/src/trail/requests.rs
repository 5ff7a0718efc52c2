//! Rows of the request inspector: the last requests of a workspace, how they were understood, and why they were refused. Written
//! in batches outside the requests; limited by age and number. Never contains a secret, and never decides anything.

use diesel::prelude::*;
use serde_json::{Map, Value};
use vestibule_core::{ids::WorkspaceId, sets::Door, time::Micros};

use crate::{
    Conn, Result,
    db::{
        json::Json,
        schema::{requests, workspaces},
    },
    on_backend,
};

/// Most rows of one INSERT.
const BATCH: usize = 200;

/// A request, as its workspace may see it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests)]
pub struct Request {
    /// Workspace of the request.
    pub workspace_id: WorkspaceId,
    /// When the request arrived.
    pub at: Micros,
    /// Value of `X-Request-Id`.
    pub request_id: String,
    /// Whether the request was authenticated for the workspace.
    pub proven: bool,
    /// Interface.
    pub door: Door,
    /// Method: `GET`, …
    pub method: String,
    /// Path, with the parts of the query that may be displayed.
    pub path: String,
    /// Status of the response.
    pub status: i64,
    /// Duration, in microseconds.
    pub micros: i64,
    /// Reason of the refusal, as a code; empty: not refused.
    pub reason: String,
    /// Reason of the refusal, as a sentence.
    pub detail: String,
    /// Advice, one item for each line.
    pub advice: String,
    /// What was understood.
    pub understood: Json<Map<String, Value>>,
    /// Changes, each with the values before and after.
    pub changed: Json<Vec<Value>>,
}

impl Request {
    /// Whether the request was refused or failed.
    pub fn is_refused(&self) -> bool {
        !self.reason.is_empty()
    }

    /// What was understood.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn understood(&self) -> Result<Map<String, Value>> {
        self.understood.read("requests.understood", &[&self.workspace_id, &self.request_id])
    }

    /// Changes, each with the values before and after.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn changed(&self) -> Result<Vec<Value>> {
        self.changed.read("requests.changed", &[&self.workspace_id, &self.request_id])
    }

    /// Position of the request in a list.
    pub fn place(&self) -> Place {
        (self.at, self.request_id.clone())
    }
}

/// Position in a list: time and id of a request. The next page begins after it.
pub type Place = (Micros, String);

/// Filter of the requests.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// With this interface.
    pub door: Option<Door>,
    /// Refused ones (`true`), or the others (`false`).
    pub refused: Option<bool>,
    /// With this text in the path, the reason or what was understood, without regard to letter case.
    pub text: String,
    /// Older than this request.
    pub before: Option<Place>,
}

/// The ids of this list that are workspaces of this region.
pub fn here(conn: &mut Conn, ids: &[WorkspaceId], region: &str) -> Result<Vec<WorkspaceId>> {
    Ok(workspaces::table
        .filter(workspaces::workspace_id.eq_any(ids))
        .filter(workspaces::region.eq(region))
        .select(workspaces::workspace_id)
        .load(conn)?)
}

/// Inserts requests: all, or none if it fails.
pub fn record(conn: &mut Conn, rows: &[Request]) -> Result<()> {
    for rows in rows.chunks(BATCH) {
        on_backend!(conn, |inner| diesel::insert_into(requests::table).values(rows).execute(inner))?;
    }
    Ok(())
}

/// The requests of a workspace, newest first, at most `limit`.
pub fn list(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    wanted: &RequestFilter,
    limit: usize,
) -> Result<Vec<Request>> {
    let text = wanted.text.to_lowercase();
    // There are few rows, so the text is searched here, in the same way for both databases.
    let most = if text.is_empty() { i64::try_from(limit).unwrap_or(i64::MAX) } else { i64::MAX };
    let mut query = requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .order((requests::at.desc(), requests::request_id.desc()))
        .limit(most)
        .select(Request::as_select())
        .into_boxed();
    if let Some(door) = wanted.door {
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
        found.retain(|one| {
            holds(&one.path) || holds(&one.reason) || holds(&one.detail) || holds(one.understood.as_str())
        });
        found.truncate(limit);
    }
    Ok(found)
}

/// The request with this id.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, request_id: &str) -> Result<Option<Request>> {
    Ok(requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::request_id.eq(request_id))
        .select(Request::as_select())
        .first(conn)
        .optional()?)
}

/// The ids of this list that are stored.
pub fn kept(conn: &mut Conn, workspace_id: &WorkspaceId, request_ids: &[String]) -> Result<Vec<String>> {
    Ok(requests::table
        .filter(requests::workspace_id.eq(workspace_id))
        .filter(requests::request_id.eq_any(request_ids))
        .select(requests::request_id)
        .distinct()
        .load(conn)?)
}

/// Deletes all but the newest `most` requests of a workspace, separately for authenticated and other requests. Returns their
/// number.
pub fn trim(conn: &mut Conn, workspace_id: &WorkspaceId, proven: bool, most: i64) -> Result<usize> {
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

/// Deletes requests of a workspace from before `until`. Returns their number.
pub fn remove_before(conn: &mut Conn, workspace_id: &WorkspaceId, until: Micros) -> Result<usize> {
    let old = requests::table.filter(requests::workspace_id.eq(workspace_id)).filter(requests::at.lt(until));
    Ok(diesel::delete(old).execute(conn)?)
}
