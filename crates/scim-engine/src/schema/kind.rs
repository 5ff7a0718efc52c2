//! The kinds of resources, and the URNs of their schemas.

/// The User schema.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The enterprise extension of the User.
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The Group schema.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Okta's Role schema.
pub const ROLE_URN: &str = "urn:okta:scim:schemas:core:1.0:Role";
/// Okta's Entitlement schema.
pub const ENTITLEMENT_URN: &str = "urn:okta:scim:schemas:core:1.0:Entitlement";

/// The kinds of resources that Vestibule serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A person.
    User,
    /// A group of users.
    Group,
    /// A role of users.
    Role,
    /// A fine-grained permission of users.
    Entitlement,
}

impl ResourceKind {
    /// All kinds, in the order of `/ResourceTypes`.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Role, Self::Entitlement];

    /// The path of the endpoint under the SCIM base URL.
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
            Self::Role => "/Roles",
            Self::Entitlement => "/Entitlements",
        }
    }

    /// The name in `meta.resourceType`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
            Self::Entitlement => "Entitlement",
        }
    }
}
