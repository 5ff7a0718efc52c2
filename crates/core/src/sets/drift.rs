//! The kinds of drift between a workspace and its identity provider.

use super::closed_set;

closed_set! {
    /// Kind of drift, in the order of the report.
    DriftKind, "kind of drift" {
        /// People whom the provider has not pushed for a while.
        NotPushed = "not_pushed",
        /// People who sign in and were never provisioned.
        NeverProvisioned = "never_provisioned",
        /// People who were provisioned and never signed in.
        NeverSignedIn = "never_signed_in",
        /// Provisioned people without `externalId`.
        ExternalIdAbsent = "external_id_absent",
        /// People who share an `externalId`.
        ExternalIdShared = "external_id_shared",
        /// Names that differ only by letter case or form of Unicode.
        NamesAlike = "names_alike",
        /// Groups without members.
        EmptyGroups = "empty_groups",
        /// Members of groups who wait for their person.
        MembersParked = "members_parked",
        /// Roles given by hand beside the provider's.
        RolesByHand = "roles_by_hand",
        /// Live sessions or tokens of people without a role.
        AccessWithoutRole = "access_without_role",
        /// Owners outside the verified domains.
        OwnersOutside = "owners_outside",
        /// Links to an issuer that is no longer connected.
        UnknownIssuers = "unknown_issuers",
        /// Rules that match no group.
        RulesUnmatched = "rules_unmatched",
        /// Connections through which nobody is linked.
        ConnectionsUnused = "connections_unused",
        /// People in the list of assignments who are not here.
        AssignedNotHere = "assigned_not_here",
        /// People here who are not in the list of assignments.
        HereNotAssigned = "here_not_assigned",
        /// People who are deactivated in the list of assignments and active here.
        DeactivatedThere = "deactivated_there",
    }
}
