//! AL2 and AL3: users and groups before sign-in, and roles.

use vestibule_core::sets::EventKind;

use super::{Outcome, Row, al1::pushed, count, met, not_met, not_seen, ours, theirs};
use crate::ipsie::{
    facts::Facts,
    requirement::{
        Level::{Al2, Al3},
        Source::Levels,
    },
};

const APPLICATION: &str = "table, AL2, Application";
const IDENTITY_SERVICE: &str = "table, AL2, Identity Service";

pub(super) const ROWS: [Row; 8] = [
    (
        ours(
            Al2,
            "al2.before_sign_in",
            (Levels, APPLICATION),
            "Let the identity service create and update users before they sign in.",
        ),
        |facts| match facts.counts.provisioned {
            0 => pushed(facts, None, "", "No user is provisioned yet."),
            all => pushed(
                facts,
                facts.created.or(Some(facts.now)),
                &format!("SCIM manages {}.", count(all, "user", "users")),
                "",
            ),
        },
    ),
    (
        ours(
            Al2,
            "al2.no_local",
            (Levels, APPLICATION),
            "Allow no local creation, update or deletion of users and profiles that the identity service manages.",
        ),
        |facts| match (facts.counts.local, facts.counts.provisioned) {
            (0, 0) => not_seen("No user is provisioned yet."),
            (0, _) => met("Everybody who is active is provisioned. Pages change no profile."),
            (local, _) => not_met(format!(
                "{} not managed by the identity service.",
                count(local, "active person is", "active people are")
            )),
        },
    ),
    (
        ours(Al2, "al2.group_roles", (Levels, APPLICATION), "Support mapping group claims to roles."),
        |facts| match (facts.rules, facts.groups) {
            ((0, _), 0) => not_seen("There are no groups and no rules yet."),
            ((0, _), groups) => not_met(format!(
                "No rule gives a role to the members of {}. Add one under Roles.",
                count(groups as i64, "group", "groups")
            )),
            ((all, 0), _) => {
                not_met(format!("None of {} matches a group.", count(all as i64, "rule", "rules")))
            }
            ((all, some), _) => met(format!(
                "{some} of {} give roles to members of groups.",
                count(all as i64, "rule", "rules")
            )),
        },
    ),
    (
        theirs(
            Al2,
            "al2.synchronize_users",
            (Levels, IDENTITY_SERVICE),
            "Synchronize users and their profiles.",
        ),
        |facts| {
            synchronized(
                facts,
                EventKind::UserUpdated,
                "A push changed somebody's profile.",
                "No push has changed a profile yet.",
            )
        },
    ),
    (
        theirs(
            Al2,
            "al2.synchronize_groups",
            (Levels, IDENTITY_SERVICE),
            "Synchronize the membership of groups.",
        ),
        |facts| {
            synchronized(
                facts,
                EventKind::GroupUpdated,
                "A push changed a group or its members.",
                "No push has changed a group yet.",
            )
        },
    ),
    (
        ours(
            Al3,
            "al3.expose_roles",
            (Levels, "table, AL3, Application"),
            "Expose the application's roles to the identity service.",
        ),
        |facts| match facts.roles_offered {
            0 => not_met("No role may be assigned by the identity service, so none is listed at /Roles."),
            _ => met(format!(
                "{} listed at /Roles, and read with the scope entitlements.read.",
                count(facts.roles_offered as i64, "role is", "roles are")
            )),
        },
    ),
    (
        theirs(
            Al3,
            "al3.consume_roles",
            (Levels, "table, AL3, Identity Service"),
            "Map the application's roles to users.",
        ),
        assigned,
    ),
    (
        theirs(
            Al3,
            "al3.synchronize_roles",
            (Levels, "table, AL3, Identity Service"),
            "Synchronize the roles of users.",
        ),
        assigned,
    ),
];

fn synchronized(facts: &Facts, kind: EventKind, seen: &str, unseen: &str) -> Outcome {
    pushed(facts, facts.newest.get(&kind).copied(), seen, unseen)
}

fn assigned(facts: &Facts) -> Outcome {
    match (facts.roles_offered, facts.counts.assigned) {
        (0, _) => not_met("No role may be assigned by the identity service."),
        (_, 0) => not_seen("No push has assigned a role yet."),
        (_, all) => {
            met(format!("Pushes have assigned {} that people hold now.", count(all, "role", "roles")))
        }
    }
}
