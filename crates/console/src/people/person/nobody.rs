//! The refusal of a person who is not in the workspace.

use actix_web::http::StatusCode;
use vestibule_web::pages::Refused;

use crate::layout::{error::PageError, visitor::Visitor};

pub(super) fn nobody(visitor: &Visitor) -> PageError {
    visitor.refuse(
        Refused::new(
            StatusCode::NOT_FOUND,
            "Nobody is at this address",
            "The person was deleted, or belongs to another workspace.",
        )
        .advise("Look for them by name on the page People.")
        .refer(visitor.id()),
    )
}
