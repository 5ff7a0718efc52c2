//! A refusal uses the words of its provider: only at Okta it says Okta.

use vestibule_core::providers::PROVIDERS;

use super::*;
use crate::saml::sentences;

/// Refusals that happen at a connection, of every kind.
fn all() -> Vec<Refusal> {
    let reasons = [
        Reason::NotProvisioned,
        Reason::DomainNotVerified,
        Reason::Conflict,
        Reason::Unlinked,
        Reason::SharedUid,
        Reason::OtherSpelling,
        Reason::IssuerChanged,
        Reason::Deactivated,
        Reason::NotFresh,
    ];
    let mut all: Vec<Refusal> =
        reasons.into_iter().map(|reason| Refusal::Person { reason, event: String::new() }).collect();
    let errors = ["access_denied", "login_required", "invalid_scope", "invalid_request", "server_error", "x"];
    all.extend(errors.map(|error| Refusal::of_provider(error, "")));
    all.extend(
        vestibule_saml::response::checks().map(|(check, _)| Refusal::Saml { check, reason: String::new() }),
    );
    all.extend(
        ["signature", "destination", "issuer", "instants", "name_id"]
            .map(|check| Refusal::SamlLogout { check, reason: String::new() }),
    );
    all.extend([
        Refusal::Malformed("x".to_owned()),
        Refusal::NotConnected("Acme".to_owned()),
        Refusal::SwitchedOff("Acme".to_owned()),
        Refusal::Taken("Acme".to_owned()),
        Refusal::OtherIssuer { workspace: "Acme".to_owned(), issuer: "x".to_owned() },
        Refusal::OtherBrowser,
        Refusal::NoTester,
        Refusal::Spent,
        Refusal::Changed,
        Refusal::NotCarriedOver,
        Refusal::Mixed,
        Refusal::Raced,
        Refusal::Busy,
        Refusal::Unsolicited,
        Refusal::SamlLoop,
        Refusal::Answer(ProviderError::NotCalled("x".to_owned())),
        Refusal::Answer(ProviderError::Unreachable("x".to_owned())),
        Refusal::Answer(ProviderError::Stale("x".to_owned())),
    ]);
    all
}

#[test]
fn a_refusal_says_okta_only_at_okta() {
    let said = |refusal: &Refusal, kind| {
        let page = refusal.text_of(kind);
        [vec![page.title, page.explanation], page.advice].concat().join(" ")
    };
    let of_okta = all().iter().filter(|refusal| said(refusal, ProviderKind::Okta).contains("Okta")).count();
    assert!(of_okta > 25, "{of_okta}");
    for provider in PROVIDERS.iter().filter(|provider| !provider.is_okta()) {
        for refusal in all() {
            let text = said(&refusal, provider.kind);
            assert!(!text.contains("Okta"), "{} {}: {text}", provider.name, refusal.name());
        }
        assert!(!sentences::force_authn(provider).contains("Okta"));
    }
}

#[test]
fn the_alert_on_unreachable_providers_names_its_reason() {
    let rules = include_str!("../../../../deploy/helm/vestibule/files/rules.yaml");
    let reason = Refusal::Answer(ProviderError::Unreachable(String::new()));
    let selector = format!("{{door=\"sign_in\",reason=\"{}\"}}", reason.name());
    assert!(rules.contains(&selector), "{selector}");
}
