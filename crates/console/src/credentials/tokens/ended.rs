//! The answers to a request to end a credential.

use crate::layout::{
    error::{PageError, PageResult},
    visitor::Visitor,
};

/// Redirects to the page, or refuses if there was nothing to end.
pub(super) fn ended(visitor: &Visitor, was_there: bool) -> PageResult {
    if was_there { Ok(visitor.redirect("/tokens?ended=1")) } else { Err(missing(visitor)) }
}

/// Refuses a credential that is not in the workspace.
pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This is not here", "Look for it on the page Credentials.")
}
