//! The page that asks before something ends or goes for good: it names what, and needs no script.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use vestibule_web::{State, pages};

use crate::layout::auth::Visitor;

/// What is asked.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm<'a> {
    pub csrf: &'a str,
    /// The question, as the heading.
    pub title: String,
    /// What it comes to, a paragraph each.
    pub lines: Vec<String>,
    /// Where the form is sent.
    pub action: String,
    /// What the button says.
    pub button: &'static str,
    /// Where cancelling leads.
    pub back: String,
}

impl Confirm<'_> {
    pub(crate) fn page(&self, state: &State, visitor: &Visitor) -> HttpResponse {
        pages::render(state, StatusCode::OK, &self.title, &visitor.around(), self)
    }
}
