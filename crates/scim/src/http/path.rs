//! Ids in paths of SCIM requests.

use actix_web::HttpRequest;
use vestibule_core::ids;

use crate::http::error::ScimError;

/// The `id` in the path as it was sent.
pub(crate) fn id_of(req: &HttpRequest) -> String {
    req.match_info().get("id").unwrap_or_default().to_owned()
}

/// The id in the form in which it is stored. A text that is no id gets 404, never 400 (okta-facts §4.1, step 7).
pub(crate) fn stored_id(text: &str, kind: &str) -> Result<String, ScimError> {
    ids::parse(text).ok_or_else(|| {
        ScimError::NotFound(format!("there is no {kind} {} in this workspace", text.escape_debug()))
    })
}
