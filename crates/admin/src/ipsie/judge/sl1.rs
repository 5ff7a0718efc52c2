//! SL1, the part of the application: how this service signs people in.

use vestibule_core::sets::{ProviderAuth, Unsolicited};

use super::{Outcome, Row, count, list, met, not_met, not_seen, ours, should};
use crate::ipsie::{
    facts::{Connection, Facts, Oidc},
    requirement::{
        Level::Sl1,
        Source::{Levels, OpenIdSl1},
    },
};

const RP: &str = "3.2.2 Requirements for OpenID Relying Parties";

pub(super) const ROWS: [Row; 13] = [
    (
        ours(
            Sl1,
            "sl1.fal2",
            (Levels, "table, SL1, Application"),
            "Meet the technical controls of FAL2 of NIST SP 800-63-4: signed assertions for this application alone, protected against injection.",
        ),
        fal2,
    ),
    (
        ours(
            Sl1,
            "sl1.session_lifetime",
            (Levels, "table, SL1, Application; SL1 profile, 3.2.2"),
            "Set the lifetime of the application's session from the assertion, and have the person authenticate again after it.",
        ),
        session_lifetime,
    ),
    (ours(Sl1, "sl1.authorization_code", (OpenIdSl1, RP), "Use the authorization code grant."), |facts| {
        oidc(facts, |_, _| Ok("Sign-ins ask for a code, and nothing else is accepted back."))
    }),
    (
        ours(
            Sl1,
            "sl1.pkce",
            (OpenIdSl1, RP),
            "Use PKCE with S256, made for each request and bound to the browser.",
        ),
        pkce,
    ),
    (
        ours(
            Sl1,
            "sl1.response_issuer",
            (OpenIdSl1, RP),
            "Check iss in the authorization response (RFC 9207).",
        ),
        response_issuer,
    ),
    (
        ours(
            Sl1,
            "sl1.metadata",
            (OpenIdSl1, RP),
            "Use only metadata of the discovery document, from an issuer that came by a secure channel and that the document repeats.",
        ),
        |facts| {
            oidc(facts, |_, oidc| match oidc.issuer.starts_with("https://") {
                true => Ok(
                    "Endpoints and keys come from the discovery document of an https issuer, which must name itself so.",
                ),
                false => Err("its issuer is not https".to_owned()),
            })
        },
    ),
    (
        ours(
            Sl1,
            "sl1.third_party_login",
            (OpenIdSl1, RP),
            "Support a login that a third party initiates (OpenID Connect Core, section 4).",
        ),
        |facts| {
            oidc(facts, |_, _| match facts.api_url.starts_with("https://") {
                true => Ok(
                    "The initiate login URI starts a sign-in, and compares iss with the connection's issuer.",
                ),
                false => Err("the initiate login URI is not https".to_owned()),
            })
        },
    ),
    (
        ours(
            Sl1,
            "sl1.client_assertion",
            (OpenIdSl1, RP),
            "Name the issuer, as one string, in aud of client authentication assertions.",
        ),
        |facts| {
            oidc(facts, |_, oidc| match (oidc.auth_method, oidc.is_okta) {
                (ProviderAuth::PrivateKeyJwt, true) => {
                    Err("Okta takes its token endpoint alone as the audience of assertions".to_owned())
                }
                (ProviderAuth::PrivateKeyJwt, false) => Ok("Assertions name the issuer as one string."),
                _ => Ok("No assertions are sent: a client secret authenticates."),
            })
        },
    ),
    (
        ours(
            Sl1,
            "sl1.open_redirector",
            (OpenIdSl1, RP),
            "Expose no open redirector (RFC 9700, section 4.11).",
        ),
        open_redirector,
    ),
    (
        ours(Sl1, "sl1.audience", (OpenIdSl1, RP), "Validate that aud is a single string, the Client ID."),
        audience,
    ),
    (
        ours(
            Sl1,
            "sl1.dpop",
            (OpenIdSl1, RP),
            "Bind access tokens to a key (DPoP, RFC 9449, with nonces) where claims are requested with them.",
        ),
        |facts| {
            oidc(facts, |_, oidc| match oidc.dpop {
                true => Ok("Access tokens are bound to a key."),
                false => {
                    Err("DPoP is switched off. Switch it on here and in the app's settings at the provider"
                        .to_owned())
                }
            })
        },
    ),
    (
        should(ours(
            Sl1,
            "sl1.max_age",
            (OpenIdSl1, RP),
            "Ask with max_age for the longest acceptable time since the authentication.",
        )),
        |facts| match facts.max_age_seconds {
            Some(seconds) => {
                met(format!("max_age is {seconds} seconds. An older authentication is refused."))
            }
            None => {
                not_met("The workspace sets no longest time since the authentication. Set it under Settings.")
            }
        },
    ),
    (
        ours(
            Sl1,
            "sl1.redirect_uri",
            (OpenIdSl1, "3.2.1 Requirements for OpenID Providers"),
            "Receive authorization responses at an https address.",
        ),
        |facts| match facts.api_url.starts_with("https://") {
            true => met(format!("The redirect URI begins with {}.", facts.api_url)),
            false => not_met(format!("The redirect URI begins with {}, without TLS.", facts.api_url)),
        },
    ),
];

/// Judges each OpenID Connect connection that is on: one that fails decides.
pub(super) fn oidc<'a>(
    facts: &'a Facts,
    check: impl Fn(&'a Connection, &'a Oidc) -> Result<&'static str, String>,
) -> Outcome {
    let mut words = None;
    for connection in &facts.connections {
        let Some(oidc) = &connection.oidc else { continue };
        match check(connection, oidc) {
            Ok(evidence) => words = Some(evidence),
            Err(why) => return not_met(format!("{}: {why}.", connection.name)),
        }
    }
    match words {
        Some(evidence) => met(evidence),
        None => not_seen("No OpenID Connect connection is switched on."),
    }
}

fn fal2(facts: &Facts) -> Outcome {
    if facts.connections.is_empty() {
        return not_seen("No connection is switched on.");
    }
    if facts.counts.logins_without_pkce > 0 {
        return not_met("A sign-in is on its way without PKCE.");
    }
    let mut open = facts.connections.iter().filter(|one| one.unsolicited == Unsolicited::Accept).peekable();
    if open.peek().is_some() {
        return not_met(format!(
            "{}: unsolicited SAML responses sign people in, and nothing binds them to a browser.",
            list(open.map(|one| one.name.as_str()))
        ));
    }
    met(
        "Signature, issuer, audience and times of each assertion are checked, and each answers a request of the same browser.",
    )
}

fn session_lifetime(facts: &Facts) -> Outcome {
    let own = format!("Sessions last {} hours at most here", facts.session_seconds / 3600);
    let own = match facts.idle_seconds {
        0 => format!("{own}."),
        idle => format!("{own}, and {} minutes without a request.", idle / 60),
    };
    let said = || facts.connections.iter().filter_map(|one| one.said.as_ref().map(|said| (&one.name, said)));
    if let Some((name, (at, _))) = said().find(|(_, (_, said))| !said.session_expiry) {
        return not_met(format!(
            "{name}: the last assertion had no end of the session, so only the limits here count. {own}"
        ))
        .at(Some(*at));
    }
    match said().map(|(_, (at, _))| *at).max() {
        Some(at) => met(format!("The last assertion said when the session ends, and it ends then. {own}"))
            .at(Some(at)),
        None => not_seen(format!("Nobody has signed in yet. {own}")),
    }
}

fn pkce(facts: &Facts) -> Outcome {
    let broken = facts.counts.logins_without_pkce;
    if broken > 0 {
        return not_met(format!(
            "{} without a verifier.",
            count(broken, "sign-in is on its way", "sign-ins are on their way")
        ));
    }
    let waiting = count(facts.counts.logins, "sign-in is", "sign-ins are");
    let outcome = oidc(facts, |_, _| {
        Ok(
            "Each request has a challenge of its own, S256, whose verifier only the browser's sign-in can use.",
        )
    });
    Outcome { evidence: format!("{} {waiting} on their way now.", outcome.evidence), ..outcome }
}

fn response_issuer(facts: &Facts) -> Outcome {
    let unread =
        facts.connections.iter().filter_map(|one| one.oidc.as_ref()).any(|oidc| oidc.sends_iss.is_none());
    let outcome = oidc(facts, |_, oidc| match oidc.sends_iss {
        Some(false) => {
            Err("the discovery document does not announce iss in responses. It is checked when it comes"
                .to_owned())
        }
        _ => Ok("The discovery document announces iss in responses, and each is checked."),
    });
    if outcome.verdict == super::Verdict::Met && unread {
        return not_seen(
            "iss is checked when it comes. The discovery document was not read here yet: save the connection on its page.",
        );
    }
    outcome
}

fn open_redirector(facts: &Facts) -> Outcome {
    match facts.origins.iter().find(|origin| !origin.starts_with("https://")) {
        Some(origin) => not_met(format!("Sign-in may redirect to {origin}, which is not https.")),
        None if facts.origins.is_empty() => {
            met("Sign-in redirects to this service's own addresses, and nowhere else.")
        }
        None => met(format!(
            "Sign-in redirects to this service's own addresses and to {}, and nowhere else.",
            list(facts.origins.iter().map(String::as_str))
        )),
    }
}

/// OpenID Connect Core §2 also allows an array of one, which is accepted here.
fn audience(facts: &Facts) -> Outcome {
    let arrays = |one: &&Connection| {
        one.said.as_ref().is_some_and(|(_, said)| one.oidc.is_some() && !said.single_audience)
    };
    if let Some(one) = facts.connections.iter().find(arrays) {
        return not_met(format!(
            "{}: aud of the last ID token was an array of one, and it was accepted.",
            one.name
        ))
        .at(one.said.as_ref().map(|(at, _)| *at));
    }
    super::sl1_provider::said(
        facts,
        |said| said.single_audience,
        "aud of the last ID token was one string, the Client ID.",
        "aud was not one string",
    )
}
