//! The page of a refusal: what happened, what to do, and a reference that finds the event.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::frame::{Frame, render};
use crate::{State, observe::inspect::Note};

/// The page of a refusal.
#[derive(Debug, Clone, Template)]
#[template(path = "refused.html")]
pub struct Refused {
    /// The status, which the page does not show.
    pub status: StatusCode,
    /// What happened, as a heading.
    pub title: String,
    /// What happened, in a sentence or two.
    pub explanation: String,
    /// What to do, a line each.
    pub advice: Vec<String>,
    /// The id that finds the event in the log or the trail.
    pub reference: String,
}

impl Refused {
    /// A refusal without advice.
    pub fn new(status: StatusCode, title: impl Into<String>, explanation: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            explanation: explanation.into(),
            advice: Vec::new(),
            reference: String::new(),
        }
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn advise(mut self, line: impl Into<String>) -> Self {
        self.advice.push(line.into());
        self
    }

    /// Adds the reference.
    #[must_use]
    pub fn refer(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }

    /// Notes in the request inspector that a request was refused with this page.
    pub fn note_in(&self, note: &Note, reason: &str) {
        if note.is_on() {
            note.refused(reason, format!("{}. {}", self.title, self.explanation));
            note.advised(self.advice.iter().cloned());
        }
    }

    /// Renders the page.
    pub fn page(&self, state: &State) -> HttpResponse {
        render(state, self.status, &self.title, &Frame::default(), self)
    }
}

/// Logs a failure of ours and returns its page, which does not show the cause. It is not always known whether a change was made: the
/// database may have stopped answering during the commit.
pub fn failure(request_id: &str, error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "request.failed");
    Refused::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "This did not work",
        "This service could not reach its database or finish the work. If you changed something, check whether the change was \
         made before you repeat it.",
    )
    .advise("Try again in a minute.")
    .advise("If it keeps happening, give the operator the reference below.")
    .refer(request_id)
}

/// Logs a failure of ours and answers with its page.
pub fn failed(state: &State, request_id: &str, error: &dyn std::fmt::Display) -> HttpResponse {
    failure(request_id, error).page(state)
}
