//! Entity tags: versions of resources, `If-Match` and `If-None-Match` (RFC 7644 §3.14, RFC 9110 §13.1). All tags are weak.

use actix_web::{HttpRequest, http::header};
use vestibule_store::{
    access::secrets,
    people::users::{Related, User},
};
use vestibule_web::observe::inspect::{self, redact};

use crate::http::error::ScimError;

/// The tag of a row's version.
pub(crate) fn of_version(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The tag of a user: the row's version and a digest of groups, roles and entitlements, which change without a new version
/// of the row.
pub(crate) fn of_user(user: &User, related: &Related) -> String {
    let Related { elements, groups, .. } = related;
    if groups.is_empty() && elements.is_empty() {
        return of_version(user.version);
    }
    let groups = groups.iter().flat_map(|(id, name)| [id.as_str(), name.as_str()]);
    let elements = elements.iter().flat_map(|element| [element.id.as_str(), element.display_name.as_str()]);
    let text: Vec<&str> = groups.chain(["\n"]).chain(elements).collect();
    let digest = secrets::digest(&text.join("\n"));
    format!("W/\"{}-{}\"", user.version, digest.get(..16).unwrap_or_default())
}

/// The entity tags of `If-Match`, or the `version` of an operation of a bulk request (RFC 7644 §3.7, §3.14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) String);

/// The request's `If-Match`, which may have several lines (RFC 9110 §5.2). An unreadable line matches no version. Noted for the request
/// inspector, because a replay is for the same version.
pub(crate) fn if_match(req: &HttpRequest) -> Option<IfMatch> {
    let lines: Vec<&str> =
        req.headers().get_all(header::IF_MATCH).map(|line| line.to_str().unwrap_or_default()).collect();
    let tags = (!lines.is_empty()).then(|| lines.join(","))?;
    inspect::of(req).understood("if_match", || redact::clip(&tags).into());
    Some(IfMatch(tags))
}

/// Refuses a change when `If-Match` has another version than the resource (RFC 7644 §3.14).
pub(crate) fn check(if_match: Option<&IfMatch>, current: &str) -> Result<(), ScimError> {
    match if_match {
        Some(IfMatch(tags)) if !matches(tags, current) => Err(ScimError::VersionMismatch),
        _ => Ok(()),
    }
}

/// Whether the client has this version already, by `If-None-Match` (RFC 9110 §13.1.2).
pub(crate) fn is_cached(req: &HttpRequest, etag: &str) -> bool {
    let mut lines = req.headers().get_all(header::IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    lines.any(|tags| matches(tags, etag))
}

/// Whether a list of entity tags contains this one, by weak comparison (RFC 9110 §8.8.3.2).
fn matches(tags: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|tag| opaque(tag) == opaque(etag))
}
