//! SL2 and SL3: logout, unsolicited assertions, and changes of state.

use vestibule_core::sets::{EndReason, EventKind, Unsolicited};

use super::{Outcome, Row, count, list, met, not_met, not_ours, not_seen, ours, theirs, took};
use crate::ipsie::{
    facts::{FIVE_MINUTES, Facts},
    requirement::{
        Level::{Sl2, Sl3},
        Source::Levels,
    },
};

pub(super) const ROWS: [Row; 6] = [
    (
        ours(
            Sl2,
            "sl2.new_assertion",
            (Levels, "table, SL2, Application"),
            "When requested, obtain a new assertion for the person before any action continues.",
        ),
        new_assertion,
    ),
    (
        ours(
            Sl2,
            "sl2.revoke",
            (Levels, "table, SL2, Application"),
            "When requested, end the person's sessions and tokens.",
        ),
        revoke,
    ),
    (
        ours(Sl2, "sl2.unsolicited", (Levels, "table, SL2, Application"), "Accept no unsolicited assertion."),
        unsolicited,
    ),
    (
        theirs(
            Sl2,
            "sl2.methods",
            (Levels, "table, SL2, Identity Service"),
            "Enforce the authentication methods that the application requests.",
        ),
        |facts| {
            not_ours(format!(
                "{} must do this. This service requests a new authentication after an end of access, and no particular method.",
                facts.provider
            ))
        },
    ),
    (
        ours(
            Sl3,
            "sl3.tells_changes",
            (Levels, "table, SL3, Application"),
            "Tell the identity service of changes of session state.",
        ),
        |_| not_met("This service tells its apps and webhooks, and sends the identity service no signals."),
    ),
    (
        theirs(
            Sl3,
            "sl3.hears_changes",
            (Levels, "table, SL3, Identity Service"),
            "Tell the application of changes of users, sessions and devices.",
        ),
        hears_changes,
    ),
];

/// The newest accepted and refused request of the provider to end access.
fn requests(facts: &Facts) -> (Option<i64>, Option<i64>) {
    let at = |kind| facts.newest.get(&kind).copied();
    (
        at(EventKind::UniversalLogout).max(at(EventKind::SignalReceived)),
        at(EventKind::UniversalLogoutRefused).max(at(EventKind::SignalRefused)),
    )
}

fn new_assertion(facts: &Facts) -> Outcome {
    let stale = facts.counts.stale_sessions;
    if stale > 0 {
        return not_met(format!(
            "{} of people whose access ended after they last authenticated.",
            count(stale, "session is live", "sessions are live")
        ));
    }
    match requests(facts) {
        (Some(at), _) => met("After an end of access each session began with a later authentication. None that is older is live.").at(Some(at)),
        (None, Some(at)) => not_met("The only request was refused. The doctor's findings say why.").at(Some(at)),
        (None, None) => not_seen("No Universal Logout and no signal has come yet."),
    }
}

fn revoke(facts: &Facts) -> Outcome {
    let (accepted, refused) = requests(facts);
    if refused > accepted {
        return not_met(
            "The newest request was refused and ended nobody's access. The doctor's findings say why.",
        )
        .at(refused);
    }
    let reasons = [EndReason::UniversalLogout, EndReason::SessionRevoked, EndReason::CredentialChange];
    let Some(end) = facts.ends.iter().find(|end| reasons.contains(&end.reason)) else {
        return match accepted {
            Some(at) => met("The newest request ended the person's access.").at(Some(at)),
            None => not_seen("No Universal Logout and no signal has come yet."),
        };
    };
    let ended = super::ended(end);
    match end.in_force_at.map(|at| at - end.accepted_at) {
        Some(length) if length > FIVE_MINUTES => {
            not_met(format!("The newest request ended {ended} only after {}.", took(length)))
        }
        Some(length) => met(format!("The newest request ended {ended} in {}.", took(length))),
        None => met(format!("The newest request ended {ended}.")),
    }
    .at(Some(end.accepted_at))
}

fn unsolicited(facts: &Facts) -> Outcome {
    if facts.connections.is_empty() {
        return not_seen("No connection is switched on.");
    }
    let mut open = facts.connections.iter().filter(|one| one.unsolicited == Unsolicited::Accept).peekable();
    if open.peek().is_some() {
        return not_met(format!(
            "{}: unsolicited SAML responses sign people in. Choose to start a sign-in here instead, or to refuse them.",
            list(open.map(|one| one.name.as_str()))
        ));
    }
    met(
        "Each assertion must answer a request of this service. A sign-in that begins at the provider starts a request here.",
    )
}

fn hears_changes(facts: &Facts) -> Outcome {
    let at = |kind| facts.newest.get(&kind).copied();
    match (at(EventKind::SignalReceived), at(EventKind::SignalRefused)) {
        (received, Some(refused)) if received.is_none_or(|received| received < refused) => {
            not_met("The newest signal was refused. The audit log says why.").at(Some(refused))
        }
        (Some(received), _) => {
            met("A shared signal ended somebody's access. Signals about devices are not used here.")
                .at(Some(received))
        }
        _ => not_seen("No shared signal has come yet."),
    }
}
