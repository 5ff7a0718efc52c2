//! Ids: UUID version 7 as text, made from the request's time so that newer rows sort after older ones.
//! Never derived from anything a caller sends.

use uuid::{NoContext, Timestamp, Uuid};

use crate::time::Micros;

/// The workspace id of what belongs to the whole deployment (the SCIM client that one Okta catalog app shares).
pub const DEPLOYMENT: &str = "00000000-0000-0000-0000-000000000000";

/// A new id, ordered by `now`.
pub fn new(now: Micros) -> String {
    let micros = u64::try_from(now).unwrap_or_default();
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos)).to_string()
}

/// The canonical spelling of an id that came from outside; `None` when it is no UUID.
pub fn parse(text: &str) -> Option<String> {
    Uuid::try_parse(text).ok().map(|id| id.to_string())
}
