//! The request inspector: handlers note what they understood, what changed and why they refused; the door makes a row of it for
//! the administrators of the workspace. Nothing waits for it, nothing is decided by it, and where it is switched off nothing is
//! built. Values come in through [`redact`] only; headers and bodies never as they came.

mod buffer;
pub mod redact;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpMessage, HttpRequest};
use serde_json::{Map, Value, json};
use vestibule_core::{
    ids,
    time::{Micros, rfc3339},
};
use vestibule_store::trail::requests::{Place, Request};

use crate::pages::Refused;

pub use buffer::{Inspector, run, sweep, write_down};

/// More changes than these are not kept of one request.
const MOST_CHANGES: usize = 20;

/// What is noted about one request. Cheap to clone, and nothing at all where the inspector is off or does not look.
#[derive(Debug, Clone, Default)]
pub struct Note {
    noted: Option<Arc<Mutex<Noted>>>,
    /// Whether this is a part of the request, whose own understanding is not the whole's.
    part: bool,
}

/// What handlers said.
#[derive(Debug, Default)]
struct Noted {
    /// Whose requests it is, and whether that was proven.
    workspaces: Vec<(String, bool)>,
    understood: Map<String, Value>,
    changed: Vec<Value>,
    reason: String,
    detail: String,
    advice: Vec<String>,
}

/// How a request was answered, as the door sees it.
pub struct Answered<'a> {
    /// As metrics name it.
    pub door: &'static str,
    /// `GET`, …
    pub method: &'a str,
    /// The path as sent.
    pub path: &'a str,
    /// The query as sent.
    pub query: &'a str,
    /// When it came in.
    pub at: Micros,
    /// As in `X-Request-Id`.
    pub request_id: &'a str,
    /// The answer's status.
    pub status: u16,
    /// How long it took, in microseconds.
    pub micros: i64,
}

/// The note of a request.
pub fn of(req: &HttpRequest) -> Note {
    req.extensions().get::<Note>().cloned().unwrap_or_default()
}

impl Note {
    /// A new one.
    pub fn begin() -> Self {
        Self { noted: Some(Arc::default()), part: false }
    }

    /// Whether anybody listens.
    pub fn is_on(&self) -> bool {
        self.noted.is_some()
    }

    /// The same for a part of the request: it says what changed, and nothing about the whole.
    #[must_use]
    pub fn part(&self) -> Self {
        Self { noted: self.noted.clone(), part: true }
    }

    fn with<T>(&self, note: impl FnOnce(&mut Noted) -> T) -> Option<T> {
        self.noted.as_ref().map(|noted| note(&mut noted.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The request says to be this workspace's; nothing proves it.
    pub fn claims(&self, workspace_id: &str) {
        self.belongs(workspace_id, false);
    }

    /// The request is this workspace's: a credential of it, or its provider's signature, says so.
    pub fn proves(&self, workspace_id: &str) {
        self.belongs(workspace_id, true);
    }

    /// The same of the workspace whose id stands in the path as `team_id`.
    pub fn claims_path(&self, req: &HttpRequest) {
        let named = || ids::parse(req.match_info().get("team_id")?);
        if self.is_on()
            && let Some(workspace_id) = named()
        {
            self.claims(&workspace_id);
        }
    }

    fn belongs(&self, workspace_id: &str, proven: bool) {
        self.with(|noted| match noted.workspaces.iter_mut().find(|(id, _)| id == workspace_id) {
            Some((_, known)) => *known |= proven,
            None => noted.workspaces.push((workspace_id.to_owned(), proven)),
        });
    }

    /// Something that was understood. `value` is built only if anybody listens, and must hold nothing that opens anything.
    pub fn understood(&self, name: &str, value: impl FnOnce() -> Value) {
        if !self.part {
            self.with(|noted| noted.understood.insert(name.to_owned(), value()));
        }
    }

    /// Something that changed, with what it was before and after.
    pub fn changed(&self, change: impl FnOnce() -> Value) {
        self.with(|noted| {
            if noted.changed.len() < MOST_CHANGES {
                noted.changed.push(change());
            } else if noted.changed.len() == MOST_CHANGES {
                noted.changed.push(redact::CUT.into());
            }
        });
    }

    /// Why it was refused: a word and a sentence. What was noted as changed was not.
    pub fn refused(&self, reason: &str, detail: impl Into<String>) {
        self.with(|noted| {
            noted.changed.clear();
            reason.clone_into(&mut noted.reason);
            noted.detail = detail.into();
        });
    }

    /// What can be done about it, a line each.
    pub fn advised(&self, lines: impl IntoIterator<Item = String>) {
        self.with(|noted| noted.advice = lines.into_iter().collect());
    }

    /// The same of a page that refuses.
    pub fn refused_page(&self, reason: &str, refused: &Refused) {
        if self.is_on() {
            self.refused(reason, format!("{}. {}", refused.title, refused.happened));
            self.advised(refused.todo.iter().cloned());
        }
    }
}

/// What changed between two documents: each attribute that differs, with what it was before and after.
pub fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differ = names.filter(|name| name.as_str() != "schemas" && before.get(*name) != after.get(*name));
    let each = differ.map(|name| {
        let of = |document: &Map<String, Value>| match document.get(name) {
            Some(_) if redact::is_secret(name) => redact::HIDDEN.into(),
            Some(value) => redact::shown(value),
            None => Value::Null,
        };
        (name.clone(), json!({ "before": of(before), "after": of(after) }))
    });
    Value::Object(each.collect())
}

/// A stored request in the one shape that pages, commands and the management API tell.
pub fn told(request: &Request) -> Value {
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    json!({
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
        "understood": parsed(&request.understood),
        "changed": parsed(&request.changed),
    })
}

/// A place in the list, as a text for addresses.
pub fn place_text((at, request_id): &Place) -> String {
    format!("{at}.{request_id}")
}

/// The place that such a text names.
pub fn place(text: &str) -> Option<Place> {
    let (at, request_id) = text.split_once('.')?;
    Some((at.parse().ok()?, ids::parse(request_id)?))
}

/// How long it took.
#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
pub fn milliseconds(request: &Request) -> f64 {
    request.micros as f64 / 1000.0
}
