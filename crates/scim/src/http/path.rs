//! Ids in paths of SCIM requests.

use actix_web::HttpRequest;
use vestibule_core::ids::{GroupId, UserId};

use crate::http::error::ScimError;

/// The `id` in the path as it was sent.
pub(crate) fn id_of(req: &HttpRequest) -> String {
    req.match_info().get("id").unwrap_or_default().to_owned()
}

/// The id of a user in the form in which it is stored. A text that is no id gets 404, never 400 (okta-facts §4.1, step 7).
pub(crate) fn stored_user_id(text: &str) -> Result<UserId, ScimError> {
    UserId::parse(text).ok_or_else(|| not_found("user", text))
}

/// As [`stored_user_id`], of a group.
pub(crate) fn stored_group_id(text: &str) -> Result<GroupId, ScimError> {
    GroupId::parse(text).ok_or_else(|| not_found("group", text))
}

fn not_found(kind: &str, text: &str) -> ScimError {
    ScimError::NotFound(format!("there is no {kind} {} in this workspace", text.escape_debug()))
}
