//! The request inspector: handlers note how they understood a request, what changed and why they refused it; a middleware stores a row
//! for the administrators of the workspace. No request waits for it and nothing is decided by it. Where it is disabled, nothing is
//! built. Values pass through [`redact`]; headers and bodies are never stored as sent.

pub(super) mod buffer;
pub mod redact;
pub(super) mod rows;

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpMessage, HttpRequest};
use serde_json::{Map, Value, json};
use vestibule_core::{
    ids::{self, WorkspaceId},
    sets::Door,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Error,
    trail::requests::{Place, Request},
};

pub use buffer::Inspector;

/// How a line of advice begins that names labels of Okta.
pub const IN_OKTA: &str = "In Okta: ";

/// The most changes that are stored of one request.
const MOST_CHANGES: usize = 20;

/// The notes about one request. Cheap to clone; empty where the inspector is off or does not cover the endpoint.
#[derive(Debug, Clone, Default)]
pub struct Note {
    noted: Option<Arc<Mutex<Noted>>>,
    /// Whether this is a part of the request, such as one operation of a bulk request.
    part: bool,
}

/// What handlers noted.
#[derive(Debug, Default)]
struct Noted {
    /// Workspaces of the request, each with whether a credential proves it.
    workspaces: Vec<(WorkspaceId, bool)>,
    understood: Map<String, Value>,
    changed: Vec<Value>,
    reason: String,
    detail: String,
    advice: Vec<String>,
}

/// How a request was answered, from the middleware.
pub struct Answered<'a> {
    /// Interface.
    pub door: Door,
    /// `GET`, …
    pub method: &'a str,
    /// The path as sent.
    pub path: &'a str,
    /// The query as sent.
    pub query: &'a str,
    /// Time of arrival.
    pub at: Micros,
    /// Id of the request, as in `X-Request-Id`.
    pub request_id: &'a str,
    /// The answer's status.
    pub status: u16,
    /// Duration, in microseconds.
    pub micros: i64,
}

/// The notes of a request.
pub fn of(req: &HttpRequest) -> Note {
    req.extensions().get::<Note>().cloned().unwrap_or_default()
}

impl Note {
    /// Starts empty notes.
    pub fn begin() -> Self {
        Self { noted: Some(Arc::default()), part: false }
    }

    /// Whether notes are stored.
    pub fn is_on(&self) -> bool {
        self.noted.is_some()
    }

    /// Notes for a part of the request: changes are added, statements about the whole request are ignored.
    #[must_use]
    pub fn part(&self) -> Self {
        Self { noted: self.noted.clone(), part: true }
    }

    fn with<T>(&self, note: impl FnOnce(&mut Noted) -> T) -> Option<T> {
        self.noted.as_ref().map(|noted| note(&mut noted.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes that the request names this workspace, without proof.
    pub fn claims(&self, workspace_id: &WorkspaceId) {
        self.belongs(workspace_id, false);
    }

    /// Notes that a credential or a signature proves that the request is of this workspace.
    pub fn proves(&self, workspace_id: &WorkspaceId) {
        self.belongs(workspace_id, true);
    }

    /// Notes the workspace whose id is `team_id` in the path, without proof.
    pub fn claims_path(&self, req: &HttpRequest) {
        let named = || WorkspaceId::parse(req.match_info().get("team_id")?);
        if self.is_on()
            && let Some(workspace_id) = named()
        {
            self.claims(&workspace_id);
        }
    }

    fn belongs(&self, workspace_id: &WorkspaceId, proven: bool) {
        self.with(|noted| match noted.workspaces.iter_mut().find(|(id, _)| id == workspace_id) {
            Some((_, known)) => *known |= proven,
            None => noted.workspaces.push((workspace_id.clone(), proven)),
        });
    }

    /// Notes a value that was understood. `value` is called only if notes are stored, and must contain no secret.
    pub fn understood(&self, name: &str, value: impl FnOnce() -> Value) {
        if !self.part {
            self.with(|noted| noted.understood.insert(name.to_owned(), value()));
        }
    }

    /// Notes a change, with the values before and after.
    pub fn changed(&self, change: impl FnOnce() -> Value) {
        self.with(|noted| {
            if noted.changed.len() < MOST_CHANGES {
                noted.changed.push(change());
            } else if noted.changed.len() == MOST_CHANGES {
                noted.changed.push(redact::CUT.into());
            }
        });
    }

    /// The changes that were noted, for who ran the request without storing it.
    pub fn changes(&self) -> Vec<Value> {
        self.with(|noted| noted.changed.clone()).unwrap_or_default()
    }

    /// Notes why the request was refused: a code and a sentence. Noted changes are dropped, because nothing changed.
    pub fn refused(&self, reason: &str, detail: impl Into<String>) {
        self.with(|noted| {
            noted.changed.clear();
            reason.clone_into(&mut noted.reason);
            noted.detail = detail.into();
        });
    }

    /// Notes advice, one line each.
    pub fn advised(&self, lines: impl IntoIterator<Item = String>) {
        self.with(|noted| noted.advice = lines.into_iter().collect());
    }
}

/// The difference of two documents: each attribute that differs, with its values before and after.
pub fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differ = names.filter(|name| name.as_str() != "schemas" && before.get(*name) != after.get(*name));
    let each = differ.map(|name| {
        let of = |document: &Map<String, Value>| match document.get(name) {
            Some(_) if redact::is_secret(name) => redact::HIDDEN.into(),
            Some(value) => redact::redacted(value),
            None => Value::Null,
        };
        (name.clone(), json!({ "before": of(before), "after": of(after) }))
    });
    Value::Object(each.collect())
}

/// A stored request as JSON, in the form of pages, commands and the management API.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn to_json(request: &Request) -> Result<Value, Error> {
    Ok(json!({
        "id": request.request_id,
        "at": rfc3339(request.at),
        "door": request.door,
        "method": request.method,
        "path": request.path,
        "status": request.status,
        "milliseconds": milliseconds(request),
        "proven": request.proven,
        "refused": request.is_refused(),
        "reason": request.reason,
        "detail": request.detail,
        "advice": request.advice.lines().collect::<Vec<_>>(),
        "understood": request.understood()?,
        "changed": request.changed()?,
    }))
}

/// A position in the list, as text for URLs.
pub fn place_text((at, request_id): &Place) -> String {
    format!("{at}.{request_id}")
}

/// Reads a position from its text.
pub fn place(text: &str) -> Option<Place> {
    let (at, request_id) = text.split_once('.')?;
    Some((at.parse().ok()?, ids::parse(request_id)?))
}

/// The duration in milliseconds, for people.
#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
pub fn milliseconds(request: &Request) -> f64 {
    request.micros as f64 / 1000.0
}
