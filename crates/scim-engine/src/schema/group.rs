//! The Group schema of RFC 7643 §4.2, and Okta's Role and Entitlement schemas. Members are users only: nested groups
//! are not advertised and must not be accepted.

use super::{
    attribute::{Attribute, complex, reference, string},
    characteristics::Returned,
    definition::Definition,
    kind::{ENTITLEMENT_URN, GROUP_URN, ROLE_URN},
};

/// The core schema of a Group.
pub(super) fn core() -> Definition {
    let member = vec![
        string("value", "The id of the user.").case_exact().immutable(),
        reference("$ref", "The address of the user.", &["User"]).immutable(),
        // Returned on request only, because it is read from another table for each member.
        string("display", "The name of the user.").returned(Returned::Request).read_only(),
        string("type", "The kind of member.").canonical(&["User"]).immutable(),
    ];
    Definition {
        urn: GROUP_URN.into(),
        name: "Group".into(),
        // RFC 7643 §8.7.1
        description: "Group".into(),
        attributes: vec![
            string("displayName", "The name of the group.").required().at_most(256),
            complex("members", "The users in the group.", member).many(),
        ],
    }
}

/// Okta's Role schema, for `/Roles`. Read-only, because roles are created in Vestibule.
pub(super) fn role() -> Definition {
    Definition {
        urn: ROLE_URN.into(),
        name: "Role".into(),
        description: "What the application lets a user do".into(),
        attributes: vec![
            string("id", "The identifier used in the roles of a user.").case_exact().unique().required(),
            string("displayName", "The name of the role.").required(),
            string("description", "What the role is for.").at_most(1000),
        ]
        .into_iter()
        .map(Attribute::read_only)
        .collect(),
    }
}

/// Okta's Entitlement schema, for `/Entitlements`. Read-only, because entitlements are created in Vestibule.
pub(super) fn entitlement() -> Definition {
    Definition {
        urn: ENTITLEMENT_URN.into(),
        name: "Entitlement".into(),
        description: "A fine-grained permission in the application".into(),
        attributes: vec![
            string("id", "The identifier used in the entitlements of a user.")
                .case_exact()
                .unique()
                .required(),
            string("displayName", "The name of the entitlement.").required(),
            string("type", "The name of the resource type.").required().canonical(&["Entitlement"]),
            string("description", "What the entitlement is for.").at_most(1000),
        ]
        .into_iter()
        .map(Attribute::read_only)
        .collect(),
    }
}
