//! Ids: UUID version 7 as text, made from the request's time so that newer rows sort after older ones.
//! Never derived from anything a caller sends. One type for each kind of row, so that the id of one kind can't be passed as
//! the id of another.

mod newtype;

use std::sync::LazyLock;

use uuid::{NoContext, Timestamp, Uuid};

use crate::time::Micros;

newtype::id! {
    /// Id of a workspace, or [`DEPLOYMENT`].
    WorkspaceId
}

newtype::id! {
    /// Id of a user of a workspace.
    UserId
}

newtype::id! {
    /// Id of a group of a workspace.
    GroupId
}

newtype::id! {
    /// Id of a connection of a workspace, whatever its protocol.
    ConnectionId
}

newtype::id! {
    /// Public id of a session of a browser. Not a credential.
    SessionId
}

newtype::id! {
    /// Id of a grant: a permission given to a client.
    GrantId
}

newtype::named! {
    /// Id of an OAuth client: `vclient_…`, or the URL of its metadata document.
    ClientId
}

newtype::named! {
    /// Id of a role of a workspace: a short name that an administrator chose, such as `editor`.
    RoleId
}

newtype::named! {
    /// Id of an entitlement of a workspace: a short name that an administrator chose, such as `archetype-eng`.
    EntitlementId
}

/// The workspace id of what belongs to the whole deployment (the SCIM client that one Okta catalog app shares).
pub static DEPLOYMENT: LazyLock<WorkspaceId> = LazyLock::new(|| WorkspaceId::from(Uuid::nil()));

/// A new id of a row whose kind has no type of its own, ordered by `now`.
pub fn new(now: Micros) -> String {
    uuid(now).to_string()
}

/// The canonical spelling of an id that came from outside; `None` when it is no UUID.
pub fn parse(text: &str) -> Option<String> {
    Uuid::try_parse(text).ok().map(|id| id.to_string())
}

/// The time in an id, to the millisecond; `None` if the id has none.
pub fn time_of(id: &str) -> Option<Micros> {
    let (seconds, nanos) = Uuid::try_parse(id).ok()?.get_timestamp()?.to_unix();
    Some(i64::try_from(seconds).ok()?.checked_mul(1_000_000)? + i64::from(nanos / 1_000))
}

/// A new UUID version 7, ordered by `now`.
fn uuid(now: Micros) -> Uuid {
    let micros = u64::try_from(now).unwrap_or_default();
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPPER: &str = "0193ABCD-0000-7000-8000-00000000000F";

    #[test]
    fn an_id_from_outside_gets_its_canonical_spelling() {
        let expected = UserId::from_stored(UPPER.to_lowercase());
        for text in [UPPER, &UPPER.replace('-', ""), &format!("{{{UPPER}}}"), &format!("urn:uuid:{UPPER}")] {
            assert_eq!(UserId::parse(text).as_ref(), Some(&expected), "{text}");
        }
        for text in ["", "acme", "0193", &format!(" {UPPER}")] {
            assert_eq!(UserId::parse(text), None, "{text}");
        }
        assert_eq!(UserId::parse_exact(UPPER), None);
        assert_eq!(UserId::parse_exact(&expected), Some(expected));
    }

    #[test]
    fn an_id_is_its_text_in_json() {
        let id = GroupId::new(1);
        let json = serde_json::to_value(&id).unwrap();
        assert_eq!(json, id.as_str());
        assert_eq!(serde_json::from_value::<GroupId>(json).unwrap(), id);
        assert_eq!((format!("{id}"), id.clone().into_string()), (id.to_string(), id.as_str().to_owned()));
    }

    #[test]
    fn a_newer_id_sorts_after_an_older_one() {
        assert!(UserId::new(1_000_000) < UserId::new(2_000_000));
    }

    #[test]
    fn the_deployment_has_the_nil_id() {
        assert_eq!(DEPLOYMENT.as_str(), "00000000-0000-0000-0000-000000000000");
    }
}
