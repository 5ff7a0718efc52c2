//! Tests of the states of the steps.

use vestibule_store::providers::sightings::Sighting;

use super::*;
use crate::provider::doctor::{findings, tests::well};

const DAY: Micros = 86_400_000_000;

/// A connection with right credentials of which nothing was seen yet.
fn fresh() -> Facts {
    let mut facts = well();
    let history = &mut facts.oidc[0].history;
    (history.signed_in, history.logout) = (None, None);
    (facts.provisioned, facts.oidc[0].connection.enabled) = (0, false);
    facts
}

fn see(facts: &mut Facts, kind: SightingKind, detail: &str, at: Micros) {
    let connection = &facts.oidc[0].connection;
    let seen = kind.of(&connection.workspace_id, &connection.connection_id, at);
    let seen = Sighting { detail: detail.to_owned(), ..seen };
    facts.oidc[0].history.sightings.insert(kind.name().to_owned(), seen);
}

fn state(facts: &Facts, step: Step, tested: Option<&Tested>) -> State {
    let found = findings(facts);
    let app = app_of(facts, facts.chosen_app);
    let judged =
        Judged { facts, findings: &found, app, tested, domain_verified: None, domain_claimed: false };
    judged.state(step)
}

fn tested(passed: bool, at: Micros) -> Tested {
    Tested { at, passed, person_refused: false, who: String::new(), detail: String::new() }
}

#[test]
fn nothing_is_done_because_it_was_saved() {
    let facts = fresh();
    assert_eq!(state(&facts, Step::App, None), State::Working(None), "the choice is the step");
    for step in [Step::Create, Step::Credentials, Step::Test] {
        assert_eq!(state(&facts, step, None), State::Waiting, "{step:?}");
    }
    for step in [Step::Provisioning, Step::Logout, Step::Domain] {
        assert_eq!(state(&facts, step, None), State::Todo, "{step:?}");
    }
}

#[test]
fn the_provider_s_answer_decides_the_credentials() {
    let mut facts = fresh();
    let now = facts.now;
    see(&mut facts, SightingKind::ChecksFailed, "client_secret", now - DAY);
    assert_eq!(state(&facts, Step::Credentials, None), State::Attention(Some(now - DAY)));
    assert_eq!(state(&facts, Step::Create, None), State::Working(Some(now - DAY)), "it knows the app");
    see(&mut facts, SightingKind::ChecksFailed, "redirect_uri", now - DAY);
    assert_eq!(state(&facts, Step::Create, None), State::Attention(Some(now - DAY)));
    see(&mut facts, SightingKind::ChecksPassed, "", now);
    for step in [Step::Create, Step::Credentials] {
        assert_eq!(state(&facts, step, None), State::Working(Some(now)), "{step:?}");
    }
    // What the former provider answered counts for nothing.
    see(&mut facts, SightingKind::ChecksFailed, "issuer", now + 1);
    assert_eq!(state(&facts, Step::Create, None), State::Working(Some(now)));
    assert_eq!(state(&facts, Step::Credentials, None), State::Attention(Some(now + 1)));
}

#[test]
fn the_test_is_done_once_somebody_passed_it_and_sign_in_is_on() {
    let mut facts = fresh();
    let now = facts.now;
    assert_eq!(
        state(&facts, Step::Test, Some(&tested(false, now))),
        State::Attention(Some(now)),
        "seen failing"
    );
    let refused = Tested { person_refused: true, ..tested(false, now) };
    assert_eq!(state(&facts, Step::Test, Some(&refused)), State::Waiting, "about a person");
    facts.oidc[0].connection.updated_at = now + 1;
    let failed = tested(false, now);
    assert_eq!(state(&facts, Step::Test, Some(&failed)), State::Waiting, "the settings changed since");
    let passed = tested(true, now);
    assert_eq!(state(&facts, Step::Test, Some(&passed)), State::Todo, "sign-in is off");
    assert_eq!(state(&facts, Step::Credentials, Some(&passed)), State::Working(Some(now)));
    assert_eq!(state(&facts, Step::Logout, Some(&passed)), State::Waiting);
    facts.oidc[0].connection.enabled = true;
    assert_eq!(state(&facts, Step::Test, Some(&passed)), State::Working(Some(now)));
    see(&mut facts, SightingKind::ConnectionReplaced, "", now + 2);
    assert_eq!(state(&facts, Step::Test, Some(&passed)), State::Waiting, "it was another app");
}

#[test]
fn refusals_of_single_people_are_no_state_of_a_step() {
    let mut facts = well();
    let refused = |at| crate::provider::doctor::history::Refused {
        times: 3,
        at,
        since: at,
        people: Vec::new(),
        detail: "User is not assigned to the client application.".to_owned(),
    };
    let now = facts.now;
    let history = &mut facts.oidc[0].history;
    for reason in ["access_denied", "not_provisioned", "domain_not_verified"] {
        history.refused.insert(reason.to_owned(), refused(now));
    }
    assert!(findings(&facts).len() >= 3);
    for step in [Step::Create, Step::Credentials, Step::Test, Step::Provisioning, Step::Logout] {
        assert!(state(&facts, step, None).is_done(), "{step:?}: {:?}", state(&facts, step, None));
    }
}

#[test]
fn the_kind_of_app_is_as_chosen_or_as_the_connections_show() {
    let mut facts = well();
    assert_eq!(app_of(&facts, OktaAppKind::Saml), OktaAppKind::Saml);
    assert_eq!(app_of(&facts, OktaAppKind::Unknown), OktaAppKind::Own);
    facts.oidc[0].connection.provider = ProviderKind::Entra;
    assert_eq!(app_of(&facts, OktaAppKind::Unknown), OktaAppKind::Other);
    assert_eq!(provider_of(&facts, OktaAppKind::Other, None).kind, ProviderKind::Entra);
    facts.oidc.clear();
    assert_eq!(app_of(&facts, OktaAppKind::Unknown), OktaAppKind::Unknown);
    assert_eq!(provider_of(&facts, OktaAppKind::Other, None).kind, ProviderKind::Any);
    let typed = Some(ProviderKind::Keycloak);
    assert_eq!(provider_of(&facts, OktaAppKind::Other, typed).kind, ProviderKind::Keycloak);
}
