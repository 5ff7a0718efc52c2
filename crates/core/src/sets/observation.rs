//! Closed sets of observation, in which SCIM requests change a plan instead of the workspace.

use super::closed_set;

closed_set! {
    /// Why a push during an observation was refused, or would have been blocked.
    PushRefusal, "refusal of a push" {
        /// Another person or group has the name or `externalId`.
        Conflict = "conflict",
        /// Another person or group has the name, in other letter case or another form of Unicode.
        LetterCase = "letter_case",
        /// The workspace would have no owner.
        LastOwner = "last_owner",
        /// The credential may not change owners.
        OwnersOnly = "owners_only",
        /// The safety brake would have blocked the push. It is in the plan.
        Brake = "brake",
        /// Members of a group that are no people of the workspace.
        UnknownMembers = "unknown_members",
        /// Another value that is not accepted, such as a role that does not exist.
        Rejected = "rejected",
    }
}

closed_set! {
    /// How an observation ended.
    ObservationEnd, "end of an observation" {
        /// The plan was applied.
        Applied = "applied",
        /// The plan was discarded.
        Discarded = "discarded",
        /// There was nothing in the plan.
        NothingPlanned = "nothing_planned",
    }
}
