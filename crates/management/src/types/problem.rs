//! Body of every refusal (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

/// A refusal. Nothing was changed, except after a 503 whose `detail` says that this is not known.
/// `instance` is the id of the request, as in `X-Request-Id`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    pub r#type: &'static str,
    pub title: &'static str,
    #[schema(value_type = i32)]
    pub status: u16,
    pub detail: String,
    pub instance: String,
    /// The wrong members or parameters of a 422
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline, nullable = false)]
    pub errors: Option<Vec<FieldError>>,
}

/// A wrong member or parameter.
#[derive(Serialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}
