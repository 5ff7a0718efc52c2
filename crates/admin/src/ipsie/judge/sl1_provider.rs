//! SL1, the part of the identity service: what this service can see of it, and what it can't.

use vestibule_core::assertion::AssertionSaid;

use super::{Outcome, Row, met, not_met, not_ours, not_seen, should, theirs};
use crate::ipsie::{
    facts::Facts,
    requirement::{
        Level::Sl1,
        Source::{Levels, OpenIdSl1},
    },
};

const OP: &str = "3.2.1 Requirements for OpenID Providers";

pub(super) const ROWS: [Row; 16] = [
    (theirs(Sl1, "sl1.mfa", (Levels, "table, SL1, Identity Service"), "Enforce several factors."), |facts| {
        let several = |said: &AssertionSaid| said.amr.iter().any(|one| one == "mfa") || said.amr.len() > 1;
        match newest(facts) {
            Some(one) if !one.1.1.amr.is_empty() && !several(&one.1.1) => not_met(format!(
                "{}: amr of the last sign-in has one method, {}.",
                one.0,
                one.1.1.amr.join(" ")
            ))
            .at(Some(one.1.0)),
            _ => said(
                facts,
                several,
                "The last sign-in had several factors.",
                "amr did not say several factors",
            ),
        }
    }),
    (theirs(Sl1, "sl1.acr", (OpenIdSl1, OP), "Send acr in ID tokens."), |facts| {
        said(facts, |said| !said.acr.is_empty(), "The last ID token had acr.", "the last ID token had no acr")
    }),
    (
        theirs(Sl1, "sl1.amr", (OpenIdSl1, OP), "Send amr in ID tokens, as an array of registered methods."),
        |facts| {
            said(
                facts,
                |said| !said.amr.is_empty(),
                "The last ID token had amr.",
                "the last ID token had no amr",
            )
        },
    ),
    (theirs(Sl1, "sl1.auth_time", (OpenIdSl1, OP), "Send auth_time in ID tokens."), |facts| {
        said(
            facts,
            |said| said.auth_time,
            "The last ID token had auth_time.",
            "the last ID token had no auth_time",
        )
    }),
    (theirs(Sl1, "sl1.session_expiry", (OpenIdSl1, OP), "Send session_expiry in ID tokens."), |facts| {
        said(
            facts,
            |said| said.session_expiry,
            "The last ID token had session_expiry.",
            "the last ID token had no session_expiry",
        )
    }),
    (
        theirs(
            Sl1,
            "sl1.single_audience",
            (OpenIdSl1, OP),
            "Name the Client ID as the one audience, as a string.",
        ),
        |facts| {
            said(
                facts,
                |said| said.single_audience,
                "aud of the last ID token was one string.",
                "aud of the last ID token was an array",
            )
        },
    ),
    (
        theirs(
            Sl1,
            "sl1.issuer_in_response",
            (OpenIdSl1, OP),
            "Return iss in authorization responses (RFC 9207).",
        ),
        |facts| {
            let of_oidc =
                || facts.connections.iter().filter_map(|one| one.oidc.as_ref().map(|oidc| (one, oidc)));
            if let Some((one, _)) = of_oidc().find(|(_, oidc)| oidc.sends_iss == Some(false)) {
                return not_met(format!("{}: its discovery document does not announce it.", one.name));
            }
            match of_oidc().all(|(_, oidc)| oidc.sends_iss == Some(true)) && of_oidc().next().is_some() {
                true => met("The discovery document announces it."),
                false => not_seen("No discovery document was read here yet."),
            }
        },
    ),
    (
        theirs(
            Sl1,
            "sl1.provider_max_age",
            (OpenIdSl1, OP),
            "Support max_age, and authenticate the person again when it has passed.",
        ),
        unseen,
    ),
    (theirs(Sl1, "sl1.password_grant", (OpenIdSl1, OP), "Reject the password grant."), unseen),
    (theirs(Sl1, "sl1.public_clients", (OpenIdSl1, OP), "Support public clients."), unseen),
    (
        theirs(
            Sl1,
            "sl1.registration",
            (OpenIdSl1, OP),
            "Accept only clients and redirect URIs that were registered before.",
        ),
        unseen,
    ),
    (
        theirs(
            Sl1,
            "sl1.code_lifetime",
            (OpenIdSl1, OP),
            "Issue codes that live 60 seconds at most, and accept each once.",
        ),
        unseen,
    ),
    (
        theirs(Sl1, "sl1.provider_pkce", (OpenIdSl1, OP), "Require PKCE with S256, and response_type code."),
        unseen,
    ),
    (
        theirs(
            Sl1,
            "sl1.provider_redirects",
            (OpenIdSl1, OP),
            "Expose no open redirector, and never redirect credentials with status 307.",
        ),
        unseen,
    ),
    (
        theirs(
            Sl1,
            "sl1.assertion_audience",
            (OpenIdSl1, OP),
            "Accept only the issuer as audience of client assertions.",
        ),
        unseen,
    ),
    (
        should(theirs(Sl1, "sl1.bound_tokens", (OpenIdSl1, OP), "Issue only access tokens bound with DPoP.")),
        unseen,
    ),
];

fn unseen(facts: &Facts) -> Outcome {
    not_ours(format!(
        "{} must do this, and nothing that this service sees shows whether it does.",
        facts.provider
    ))
}

/// The newest ID token: the connection, and what it said.
fn newest(facts: &Facts) -> Option<(&str, &(i64, AssertionSaid))> {
    let of_oidc = facts.connections.iter().filter(|one| one.oidc.is_some());
    of_oidc.filter_map(|one| Some((one.name.as_str(), one.said.as_ref()?))).max_by_key(|(_, (at, _))| *at)
}

/// Judges the newest ID token of each connection: one that lacks it decides.
pub(super) fn said(
    facts: &Facts,
    has: impl Fn(&AssertionSaid) -> bool,
    evidence: &str,
    lacks: &str,
) -> Outcome {
    let of_oidc = || facts.connections.iter().filter(|one| one.oidc.is_some());
    if of_oidc().next().is_none() {
        return not_seen("No OpenID Connect connection is switched on.");
    }
    for one in of_oidc() {
        if let Some((at, said)) = &one.said
            && !has(said)
        {
            return not_met(format!("{}: {lacks}.", one.name)).at(Some(*at));
        }
    }
    match newest(facts) {
        Some((_, (at, said))) => {
            let values = [("acr", said.acr.as_str()), ("amr", &said.amr.join(" "))]
                .into_iter()
                .filter(|(name, value)| evidence.contains(name) && !value.is_empty())
                .map(|(name, value)| format!(" {name}: {value}."))
                .collect::<String>();
            met(format!("{evidence}{values}")).at(Some(*at))
        }
        None => not_seen("Nobody has signed in by OpenID Connect yet."),
    }
}
