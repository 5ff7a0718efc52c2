//! Closed sets of users, and of the sources of their assignments.

use super::closed_set;

closed_set! {
    /// How a user was created.
    UserSource, "source of a user" {
        /// SCIM provisioning.
        Scim = "scim",
        /// A first sign-in (just-in-time creation).
        Jit = "jit",
        /// The operator, or an administrator of the workspace.
        Operator = "operator",
    }
}

closed_set! {
    /// Who assigned a role or an entitlement to a user.
    AssignmentSource, "source of an assignment" {
        /// The operator or an administrator, by hand.
        Manual = "manual",
        /// SCIM, by a value of `roles`, or of `entitlements` for an entitlement.
        Scim = "scim",
        /// SCIM, a role by a value of `entitlements`.
        ScimEntitlements = "scim:entitlements",
    }
}
