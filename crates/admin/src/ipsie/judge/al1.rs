//! AL1: SCIM, its authentication, and what a deactivation ends.

use vestibule_core::{
    sets::{EndReason, EventKind},
    time::Micros,
};

use super::{Outcome, Row, count, list, met, not_met, not_ours, not_seen, ours, should, theirs, took};
use crate::ipsie::{
    facts::{FIVE_MINUTES, Facts},
    requirement::{
        Level::Al1,
        Source::{Levels, ScimAl1},
    },
};

const AUTH: &str = "3.1 Authentication and Authorization";
const SECURITY: &str = "3.4 Security Considerations";

pub(super) const ROWS: [Row; 22] = [
    (
        ours(
            Al1,
            "al1.deprovision",
            (Levels, "table, AL1, Application"),
            "Let the identity service suspend, archive or delete users.",
        ),
        |facts| {
            let at = |kind| facts.newest.get(&kind).copied();
            pushed(
                facts,
                at(EventKind::UserDeactivated).max(at(EventKind::UserDeleted)),
                "A push deactivated or deleted somebody.",
                "Nobody was deactivated or deleted yet.",
            )
        },
    ),
    (ours(Al1, "al1.oauth", (ScimAl1, AUTH), "Use OAuth 2.0 for SCIM."), oauth),
    (
        ours(
            Al1,
            "al1.jwt_authentication",
            (ScimAl1, AUTH),
            "Have the identity service authenticate with a signed JWT (RFC 7523).",
        ),
        jwt,
    ),
    (
        ours(
            Al1,
            "al1.scope",
            (ScimAl1, AUTH),
            "Issue access tokens with the scope scim and no broader permission.",
        ),
        |_| {
            not_met(
                "Tokens have the scopes scim.read, scim.write and entitlements.read here, which are narrower. No scope is called scim.",
            )
        },
    ),
    (
        should(ours(
            Al1,
            "al1.discovery",
            (ScimAl1, AUTH),
            "Publish the authorization server's metadata (RFC 8414).",
        )),
        |facts| match facts.api_url.starts_with("https://") {
            true => met(format!("It is at {}/.well-known/oauth-authorization-server.", facts.api_url)),
            false => not_met("The issuer of the metadata is not https."),
        },
    ),
    (
        ours(
            Al1,
            "al1.protocol",
            (ScimAl1, "3.2.1 General Requirements"),
            "Implement SCIM 2.0 (RFC 7643, RFC 7644).",
        ),
        protocol,
    ),
    (
        ours(
            Al1,
            "al1.no_local_changes",
            (ScimAl1, "3.2.1 General Requirements"),
            "Prohibit local changes of users and groups.",
        ),
        no_local,
    ),
    (ours(Al1, "al1.create", (ScimAl1, "3.2.2.1 Create User"), "Create users."), |facts| {
        pushed(facts, facts.created, "A push created somebody.", "Nobody was created by a push yet.")
    }),
    (
        ours(
            Al1,
            "al1.attributes",
            (ScimAl1, "3.2.2.1 Create User"),
            "Have a unique identifier and an email address of each user.",
        ),
        |facts| match (facts.counts.provisioned, facts.counts.incomplete) {
            (0, _) => not_seen("No user is provisioned yet."),
            (all, 0) => {
                met(format!("{} externalId and an email address.", count(all, "user has", "users have")))
            }
            (all, some) => not_met(format!(
                "{some} of {} without externalId or without an email address.",
                count(all, "user is", "users are")
            )),
        },
    ),
    (ours(Al1, "al1.update", (ScimAl1, "3.2.2.2 Update User"), "Update users."), |facts| {
        pushed(
            facts,
            newest(facts, EventKind::UserUpdated),
            "A push updated somebody.",
            "Nobody was updated by a push yet.",
        )
    }),
    (
        ours(
            Al1,
            "al1.deactivate",
            (ScimAl1, "3.2.2.3 Deactivate or Reactivate User"),
            "End sessions, tokens and every other access of a deactivated user.",
        ),
        |facts| {
            let end = facts.ends.iter().find(|end| end.reason == EndReason::Deactivated);
            let words = end.map_or_else(String::new, |end| {
                format!("The newest deactivation ended {}.", super::ended(end))
            });
            pushed(facts, end.map(|end| end.accepted_at), &words, "Nobody was deactivated yet.")
        },
    ),
    (
        should(ours(
            Al1,
            "al1.deactivate_latency",
            (ScimAl1, "3.2.2.3 Deactivate or Reactivate User"),
            "End access within five minutes of the request.",
        )),
        latency,
    ),
    (
        should(theirs(
            Al1,
            "al1.propagate",
            (ScimAl1, "3.2.2.3 Deactivate or Reactivate User"),
            "Send a deactivation within five minutes.",
        )),
        |facts| {
            not_ours(format!(
                "When {} deactivated the person is not seen here. Its own log says when it sent the request.",
                facts.provider
            ))
        },
    ),
    (
        ours(
            Al1,
            "al1.reactivate",
            (ScimAl1, "3.2.2.3 Deactivate or Reactivate User"),
            "Allow the reactivation of a deactivated user.",
        ),
        |facts| {
            pushed(
                facts,
                newest(facts, EventKind::UserReactivated),
                "A push reactivated somebody.",
                "Nobody was reactivated yet.",
            )
        },
    ),
    (
        ours(
            Al1,
            "al1.delete",
            (ScimAl1, "3.2.2.4 Delete User"),
            "Delete users, whose names are free from then on.",
        ),
        |facts| {
            pushed(
                facts,
                newest(facts, EventKind::UserDeleted),
                "A push deleted somebody, and the name is free.",
                "Nobody was deleted yet.",
            )
        },
    ),
    (ours(Al1, "al1.read", (ScimAl1, "3.2.2.5 to 3.2.2.7"), "List, page, read and filter users."), |facts| {
        pushed(
            facts,
            facts.scim_answered,
            "Requests are answered: by index and by cursor, with filters on userName, externalId and emails.value.",
            "No SCIM request was answered yet.",
        )
    }),
    (
        ours(
            Al1,
            "al1.groups",
            (ScimAl1, "3.2.3 Group (Role) Provisioning Operations"),
            "Create, list, read and filter groups.",
        ),
        |facts| {
            pushed(
                facts,
                newest(facts, EventKind::GroupCreated),
                "A push created a group.",
                "No group was pushed yet.",
            )
        },
    ),
    (
        ours(
            Al1,
            "al1.members",
            (ScimAl1, "3.2.3.5 Add or Remove Group Members"),
            "Add and remove members of groups.",
        ),
        |facts| {
            let at = newest(facts, EventKind::GroupUpdated);
            pushed(facts, at, "A push changed a group or its members.", "No group was changed by a push yet.")
        },
    ),
    (
        ours(
            Al1,
            "al1.metadata",
            (ScimAl1, "3.3 Metadata Endpoints"),
            "Serve ResourceTypes, ServiceProviderConfig and Schemas.",
        ),
        |facts| {
            pushed(
                facts,
                facts.scim_answered,
                "They are served below the base URL, with the workspace's own attributes.",
                "No SCIM request was answered yet.",
            )
        },
    ),
    (ours(Al1, "al1.transport", (ScimAl1, SECURITY), "Enforce TLS 1.2 or later."), |facts| {
        match facts.api_url.starts_with("https://") {
            true => met(format!(
                "The base URL begins with {}. Its versions of TLS are those of the proxy in front.",
                facts.api_url
            )),
            false => not_met(format!("The base URL begins with {}, without TLS.", facts.api_url)),
        }
    }),
    (ours(Al1, "al1.audit", (ScimAl1, SECURITY), "Log provisioning actions and responses."), |facts| {
        match facts.inspects {
            true => met(
                "Each change is in the audit log, whose lines are chained, and each answer in the request inspector.",
            ),
            false => not_met(
                "Each change is in the audit log. Answers are not stored, because the request inspector is switched off.",
            ),
        }
    }),
    (
        ours(Al1, "al1.rate_limits", (ScimAl1, SECURITY), "Limit requests, and answer 429 with Retry-After."),
        |facts| match facts.limits_requests {
            true => met("Requests of a workspace are limited. More are answered 429 with Retry-After."),
            false => not_met("rate_limits.enabled is false in the configuration."),
        },
    ),
];

fn newest(facts: &Facts, kind: EventKind) -> Option<Micros> {
    facts.newest.get(&kind).copied()
}

/// What pushes do: they must be able to change the workspace, and it must have been seen.
pub(super) fn pushed(facts: &Facts, at: Option<Micros>, seen: &str, unseen: &str) -> Outcome {
    match (facts.idle_because, at) {
        (Some(why), _) => not_met(why).at(at),
        (None, Some(_)) => met(seen).at(at),
        (None, None) => not_seen(unseen),
    }
}

fn oauth(facts: &Facts) -> Outcome {
    if !facts.static_tokens.is_empty() {
        return not_met(format!(
            "Provisioning tokens are valid: {}. Have the provider use OAuth, then revoke them.",
            list(facts.static_tokens.iter().map(|(name, _)| name.as_str()))
        ));
    }
    if facts.allows_basic {
        return not_met("Basic authentication is allowed under Settings.");
    }
    if facts.clients.is_empty() {
        return not_seen("No SCIM client is approved yet.");
    }
    met(format!(
        "Approved clients: {}. No other credential is valid.",
        list(facts.clients.iter().map(|one| one.name.as_str()))
    ))
}

fn jwt(facts: &Facts) -> Outcome {
    if let Some((name, _)) = facts.static_tokens.first() {
        return not_met(format!("The provisioning token {name} is valid, for which nobody signs a JWT."));
    }
    let mut secret = facts.clients.iter().filter(|one| !one.uses_jwt).peekable();
    if secret.peek().is_some() {
        return not_met(format!(
            "{}: authenticates with a client secret. Okta's SCIM client has no other method.",
            list(secret.map(|one| one.name.as_str()))
        ));
    }
    match facts.clients.is_empty() {
        true => not_seen("No SCIM client is approved yet."),
        false => met("Each approved client authenticates with a signed JWT."),
    }
}

fn protocol(facts: &Facts) -> Outcome {
    match (&facts.scim_refused, facts.scim_answered) {
        (Some((refused, why)), answered) if answered.is_none_or(|answered| answered < *refused) => not_met(
            format!("The newest request was refused, as a SCIM error: {}.", why.trim_end_matches('.')),
        )
        .at(Some(*refused)),
        (_, answered) => {
            pushed(facts, answered, "The newest request was answered.", "No SCIM request was answered yet.")
        }
    }
}

fn no_local(facts: &Facts) -> Outcome {
    if facts.counts.local > 0 {
        return not_met(format!(
            "{} by sign-in or by the operator, and not by SCIM.",
            count(facts.counts.local, "active person was created", "active people were created")
        ));
    }
    let mut jit = facts.connections.iter().filter(|one| one.jit).peekable();
    if jit.peek().is_some() {
        return not_met(format!(
            "{}: just-in-time provisioning is on, so a sign-in may create a person.",
            list(jit.map(|one| one.name.as_str()))
        ));
    }
    match facts.counts.provisioned {
        0 => not_seen("No user is provisioned yet. Just-in-time provisioning is off."),
        _ => met(
            "Everybody who is active is provisioned, and just-in-time provisioning is off. Pages change neither profiles nor groups.",
        ),
    }
}

fn latency(facts: &Facts) -> Outcome {
    let mut lengths: Vec<Micros> = facts
        .ends
        .iter()
        .filter(|end| [EndReason::Deactivated, EndReason::Deleted].contains(&end.reason))
        .filter_map(|end| Some(end.in_force_at? - end.accepted_at))
        .collect();
    lengths.sort_unstable();
    let (Some(median), Some(longest)) = (lengths.get(lengths.len() / 2), lengths.last()) else {
        return not_seen("No deactivation was measured yet.");
    };
    let words = format!("The last {} took {}, the longest {}.", lengths.len(), took(*median), took(*longest));
    if *longest > FIVE_MINUTES { not_met(words) } else { met(words) }
}
