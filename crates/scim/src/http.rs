//! SCIM over HTTP: authentication, request bodies, responses, errors, entity tags.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod etag;
pub(crate) mod observed;
pub(crate) mod path;
pub(crate) mod render;
pub(crate) mod response;
pub(crate) mod streamed_body;
pub mod unsupported;

/// The media type of RFC 7644 §8.1.
const MEDIA_TYPE: &str = "application/scim+json; charset=utf-8";
