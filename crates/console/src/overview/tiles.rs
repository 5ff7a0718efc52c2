//! The four tiles, and the sentence above them. Pure.

use vestibule_core::{
    sets::CountKind,
    time::{self, Micros, SECOND},
};
use vestibule_store::{access::tokens::Token, providers::saml_certificates::SamlCertificate};

use crate::{
    layout::number::{grouped, took},
    overview::charts::{Daily, End, median},
    provider::doctor::Facts,
};

const DAY: Micros = 86_400 * SECOND;
/// How long before its end a credential is marked.
const SOON: Micros = 30 * DAY;

/// A number with what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    pub label: &'static str,
    pub figure: String,
    pub detail: String,
    /// A mark beside the detail: its style and its words.
    pub chip: Option<(&'static str, String)>,
    /// Where the tile leads.
    pub link: &'static str,
}

/// "acme.okta.com is connected. Last request from Okta 2 min ago."
pub(super) fn sentence(facts: &Facts, provider: &str, last: Option<Micros>) -> String {
    if !facts.is_connected() {
        return "No identity provider is connected yet.".to_owned();
    }
    let issuer = facts.connection().map(|one| one.issuer.as_str());
    let host = issuer.map(|issuer| issuer.strip_prefix("https://").unwrap_or(issuer));
    let what = host
        .map_or_else(|| "A SAML provider is connected.".to_owned(), |host| format!("{host} is connected."));
    match last {
        Some(at) => {
            format!("{what} Last provisioning request from {provider} {}.", time::relative(at, facts.now))
        }
        None => format!("{what} No provisioning request has come from {provider} yet."),
    }
}

pub(super) fn people(active: i64, all: i64) -> Tile {
    let gone = all - active;
    Tile {
        label: "Active people",
        figure: grouped(active),
        detail: if gone == 0 {
            "Nobody is deactivated".to_owned()
        } else {
            format!("{} deactivated", grouped(gone))
        },
        chip: None,
        link: "/people",
    }
}

pub(super) fn sign_ins(daily: &Daily) -> Tile {
    let refused = daily.total(CountKind::SignInRefused, 7);
    Tile {
        label: "Sign-ins, 7 days",
        figure: grouped(daily.total(CountKind::SignedIn, 7)),
        detail: if refused == 0 { "None refused".to_owned() } else { String::new() },
        chip: (refused > 0).then(|| ("warn", format!("▲ {} refused", grouped(refused)))),
        link: "/requests?door=sign_in",
    }
}

pub(super) fn ends(ends: &[End]) -> Tile {
    let slowest = ends.iter().map(|end| end.took).max();
    Tile {
        label: "Time to end access",
        figure: median(ends).map_or_else(|| "—".to_owned(), took),
        detail: match (ends.len(), slowest) {
            (1, _) => "one end in 30 days".to_owned(),
            (many, Some(slowest)) => format!("median of {many}, slowest {}", took(slowest)),
            (_, None) => "No access ended in 30 days".to_owned(),
        },
        chip: None,
        link: "/activity?kind=access_ended",
    }
}

pub(super) fn credentials(tokens: &[Token], certificates: &[SamlCertificate], now: Micros) -> Tile {
    let of_tokens = tokens.iter().filter_map(|token| Some((token.expires_at?, token.name.clone())));
    let trusted = certificates.iter().filter(|one| one.trusted_at.is_some());
    let of_certificates =
        trusted.map(|one| (one.not_after.saturating_mul(SECOND), "SAML certificate".to_owned()));
    let label = "Next expiry";
    match of_tokens.chain(of_certificates).min() {
        None => Tile {
            label,
            figure: "None".to_owned(),
            detail: "No credential expires".to_owned(),
            chip: None,
            link: "/tokens",
        },
        Some((at, name)) => Tile {
            label,
            figure: if at > now { time::span(at - now) } else { "Expired".to_owned() },
            detail: format!("{name}, {}", day(at, now)),
            chip: match at - now {
                ..=0 => Some(("bad", "✕ Expired".to_owned())),
                1..=SOON => Some(("warn", "! Rotate it".to_owned())),
                _ => None,
            },
            link: "/tokens",
        },
    }
}

/// The day, with its year if that is far away.
fn day(at: Micros, now: Micros) -> String {
    if (at - now).abs() < 300 * DAY {
        return time::short_day(at);
    }
    time::rfc3339(at).get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_says_what_its_number_means() {
        assert_eq!(people(1_200, 1_213).detail, "13 deactivated");
        assert_eq!(people(3, 3).detail, "Nobody is deactivated");
        assert_eq!(ends(&[]).figure, "—");
        let end = |took| End { at: 1, took };
        let tile = ends(&[end(3_000), end(9_000), end(2_000)]);
        assert_eq!((tile.figure.as_str(), tile.detail.as_str()), ("3.0 ms", "median of 3, slowest 9.0 ms"));
        assert_eq!(credentials(&[], &[], 1).figure, "None");
    }

    #[test]
    fn the_credential_that_ends_first_counts() {
        let certificate = |not_after: i64, trusted_at| SamlCertificate {
            workspace_id: vestibule_core::ids::WorkspaceId::new(1),
            connection_id: vestibule_core::ids::ConnectionId::from_stored("c"),
            fingerprint: String::new(),
            certificate: String::new(),
            not_after,
            trusted_at,
            warned_days: None,
            created_at: 0,
        };
        let (now, day) = (20_000 * DAY, 86_400);
        let tile =
            credentials(&[], &[certificate(20_010 * day, None), certificate(20_023 * day, Some(1))], now);
        assert_eq!((tile.figure.as_str(), tile.chip.unwrap().0), ("23 days", "warn"));
        let tile = credentials(&[], &[certificate(19_000 * day, Some(1))], now);
        assert_eq!((tile.figure.as_str(), tile.chip.unwrap().0), ("Expired", "bad"));
        let tile = credentials(&[], &[certificate(20_400 * day, Some(1))], now);
        assert_eq!((tile.figure.as_str(), tile.chip), ("400 days", None));
        assert_eq!(tile.detail, "SAML certificate, 2025-11-08");
    }
}
