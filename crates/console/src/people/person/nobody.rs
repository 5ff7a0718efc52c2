//! The refusal of a person who is not in the workspace.

use actix_web::http::StatusCode;
use vestibule_core::ids::UserId;
use vestibule_web::pages::Refused;

use crate::layout::{error::PageError, visitor::Visitor};

/// The user id in a segment of the path.
///
/// # Errors
/// [`nobody`] when it is no id as it is stored.
pub(super) fn user_id_of(visitor: &Visitor, segment: &str) -> Result<UserId, PageError> {
    UserId::parse_exact(segment).ok_or_else(|| nobody(visitor))
}

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
