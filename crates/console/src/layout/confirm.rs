//! The page that asks before something ends or is deleted for good: it names what, and needs no script.

use askama::Template;

use crate::layout::{error::PageResult, visitor::Visitor};

/// The question and its form.
pub(crate) struct Confirm<'a> {
    /// The question, as the heading.
    pub title: String,
    /// The consequences, a paragraph each.
    pub lines: Vec<String>,
    /// The path that the form is sent to.
    pub action: String,
    /// The label of the button.
    pub button: &'a str,
    /// The path of the link that cancels.
    pub back: String,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    csrf: &'a str,
    confirm: &'a Confirm<'a>,
}

impl Confirm<'_> {
    pub(crate) fn page(&self, visitor: &Visitor) -> PageResult {
        visitor.page(&self.title, &ConfirmPage { csrf: visitor.csrf(), confirm: self })
    }
}
