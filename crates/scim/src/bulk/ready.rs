//! One change of a resource that was read and checked before its transaction: an operation of a bulk request, or a request that is sent
//! again.

use serde_json::{Map, Value};
use vestibule_scim_engine::{
    budget::Budget,
    document::GroupInput,
    patch::{
        self,
        group::{GroupChange, plan_within},
    },
    path::AttrPath,
    schema::ResourceKind,
};
use vestibule_store::Tx;

use super::request::Method;
use crate::{
    groups::operations as groups,
    http::{auth::Provisioner, endpoint::Outcome, error::ScimError, etag::IfMatch},
    query::projection::Projection,
    users::operations as users,
};

/// An operation that was read and checked before its transaction.
pub(crate) enum Ready<'a> {
    CreateUser(Map<String, Value>),
    ReplaceUser(Map<String, Value>),
    PatchUser(patch::Prepared<'a>),
    DeleteUser,
    CreateGroup(GroupInput),
    ReplaceGroup(GroupInput),
    PatchGroup(Vec<GroupChange>),
    DeleteGroup,
}

impl<'a> Ready<'a> {
    pub(crate) fn of(
        provisioner: &'a Provisioner,
        kind: ResourceKind,
        method: Method,
        data: &Value,
        patch: Option<&'a patch::Request>,
        budget: &Budget,
    ) -> Result<Self, ScimError> {
        Ok(match (kind, method, patch) {
            (ResourceKind::User, Method::Post, _) => Self::CreateUser(users::document(provisioner, data)?),
            (ResourceKind::User, Method::Put, _) => Self::ReplaceUser(users::document(provisioner, data)?),
            (ResourceKind::User, Method::Patch, Some(patch)) => {
                Self::PatchUser(patch::Prepared::new(patch, &provisioner.users)?)
            }
            (ResourceKind::User, Method::Delete, _) => Self::DeleteUser,
            (ResourceKind::Group, Method::Post, _) => Self::CreateGroup(groups::document(provisioner, data)?),
            (ResourceKind::Group, Method::Put, _) => Self::ReplaceGroup(groups::document(provisioner, data)?),
            (ResourceKind::Group, Method::Patch, Some(patch)) => {
                Self::PatchGroup(plan_within(patch, budget)?)
            }
            (ResourceKind::Group, Method::Delete, _) => Self::DeleteGroup,
            _ => return Err(ScimError::MethodNotAllowed),
        })
    }

    /// Runs it, in the transaction of the caller. `id` is of the resource; empty for a new one.
    pub(crate) fn run(
        self,
        conn: &mut Tx<'_>,
        provisioner: &Provisioner,
        (id, version): (&str, Option<&IfMatch>),
        budget: &Budget,
    ) -> Outcome {
        let all = Projection::default();
        match self {
            Self::CreateUser(document) => users::create(conn, provisioner, document, &all),
            Self::ReplaceUser(document) => users::replace(conn, provisioner, id, version, document, &all),
            Self::PatchUser(patch) => users::patch(conn, provisioner, id, version, (&patch, budget), &all),
            Self::DeleteUser => users::delete(conn, provisioner, id, version),
            Self::CreateGroup(group) => groups::create(conn, provisioner, group, &without_members()),
            Self::ReplaceGroup(group) => {
                groups::replace(conn, provisioner, id, version, group, &without_members())
            }
            Self::PatchGroup(changes) => groups::patch(conn, provisioner, id, version, changes, &all),
            Self::DeleteGroup => groups::delete(conn, provisioner, id, version),
        }
    }
}

/// Leaves out the members of groups, which a bulk response does not return.
fn without_members() -> Projection {
    Projection { attributes: None, excluded: Some(vec![AttrPath::name("members")]) }
}
