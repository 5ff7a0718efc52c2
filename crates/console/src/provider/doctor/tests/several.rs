//! Several connections: each finding is about one of them, and says so.

use vestibule_core::ids::ConnectionId;
use vestibule_web::observe::sightings::SightingKind;

use super::*;

/// A workspace with two connections of OpenID Connect, which work.
fn two() -> Facts {
    let mut facts = well();
    let mut other = facts.oidc[0].clone();
    other.connection.connection_id = ConnectionId::new(1);
    other.connection.name = "Second".to_owned();
    other.connection.is_default = false;
    facts.oidc.push(other);
    facts
}

#[test]
fn a_finding_is_about_the_connection_that_has_it() {
    let mut facts = two();
    assert_eq!(findings(&facts), []);
    let refused = Refused {
        times: 1,
        at: NOW - SECOND,
        since: NOW - SECOND,
        people: Vec::new(),
        detail: "invalid_client".to_owned(),
    };
    facts.oidc[1].history.refused.insert("exchange_refused".to_owned(), refused.clone());
    // A sign-in through the other one says nothing of this one.
    facts.oidc[0].history.signed_in = Some(NOW);
    let found = only(&facts);
    let second = facts.oidc[1].connection.connection_id.clone();
    assert!(found.saw.starts_with("Second: Okta does not accept"), "{}", found.saw);
    assert_eq!(found.json()["connection"], second.to_string());
    assert_eq!(found.anchor(), format!("finding-client_secret-{second}"));
    facts.oidc[0].history.refused.insert("exchange_refused".to_owned(), refused);
    facts.oidc[0].history.signed_in = None;
    assert_eq!(findings(&facts).iter().filter(|found| found.id == "client_secret").count(), 2);
}

#[test]
fn one_connection_is_not_named() {
    let mut facts = well();
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - DAY);
    let found = only(&facts);
    assert!(found.saw.starts_with("Somebody was sent"), "{}", found.saw);
    assert_eq!((found.json().get("connection"), found.anchor().as_str()), (None, "finding-redirect_uri"));
}

#[test]
fn a_connection_that_is_off_is_judged_while_it_is_used() {
    let mut facts = two();
    facts.oidc[1].connection.enabled = false;
    facts.oidc[1].history.logout = None;
    let found = only(&facts);
    assert_eq!((found.id, found.weight), ("sign_in_off", Weight::Note), "people have another way in");
    let ids = |facts: &Facts| findings(facts).into_iter().map(|found| found.id).collect::<Vec<_>>();
    for sight in [SightingKind::SignInBegan, SightingKind::SignedIn] {
        let mut used = facts.clone();
        see_of(&mut used.oidc[1].history, sight, "", NOW - SECOND);
        assert_eq!(ids(&used), ["sign_in_off", "logout_never"], "{sight:?}");
        see_of(&mut used.oidc[1].history, sight, "", NOW - 8 * DAY);
        assert_eq!(ids(&used), ["sign_in_off"], "{sight:?}");
    }
    let mut changed = facts.clone();
    changed.oidc[1].connection.updated_at = NOW - DAY;
    assert_eq!(ids(&changed), ["sign_in_off", "logout_never"]);
    // Where all are off, all are judged.
    facts.oidc[0].connection.enabled = false;
    assert_eq!(ids(&facts), ["sign_in_off", "sign_in_off", "logout_never"]);
}
