//! Each fault is found with the exact text to paste, and is no longer found after it is corrected.

mod kinds;
mod several;

use std::collections::BTreeMap;

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{OktaAppKind, ProviderAuth, ProviderKind, TokenKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    access::tokens::Token,
    db::json::{Json, JsonList},
    providers::{connections::Connection, sightings::Sighting},
};
use vestibule_web::observe::sightings::SightingKind;

use super::{
    Facts, Finding, Weight, findings,
    history::{DAY, History, Refused},
    oidc::Oidc,
};
use crate::provider::paste::Paste;

pub(super) const NOW: Micros = 1_000 * DAY;

pub(crate) fn well() -> Facts {
    let connection = Connection {
        workspace_id: WorkspaceId::from_stored("w"),
        issuer: "https://acme.okta.example".to_owned(),
        client_id: "0oaACME".to_owned(),
        client_secret: String::new(),
        enabled: true,
        jit: false,
        auth_method: ProviderAuth::Auto,
        dpop: false,
        groups_claim: String::new(),
        discovered: Json::missing(),
        issuer_changed_at: None,
        proven_at: Some(1),
        cross_app: false,
        created_at: 1,
        updated_at: 1,
        connection_id: ConnectionId::new(0),
        name: String::new(),
        is_default: true,
        provider: ProviderKind::Okta,
    };
    Facts {
        now: NOW,
        paste: Paste {
            api: "https://api.example.com".to_owned(),
            app: "https://app.example.com".to_owned(),
            workspace_id: WorkspaceId::from_stored("w-1"),
            app_kind: OktaAppKind::Catalog,
        },
        chosen_app: OktaAppKind::Catalog,
        oidc: vec![Oidc { connection, rivals: Vec::new(), history: used() }],
        saml: Vec::new(),
        sightings: BTreeMap::new(),
        provisioning: Vec::new(),
        provisioned: 3,
        unmanaged: 0,
        shared_names: Vec::new(),
        parked: 0,
        conflicts: 0,
        domains: vec!["acme.example".to_owned()],
        unproved: Vec::new(),
        held: false,
        owners_only: None,
        undelivered: false,
    }
}

/// The history of a connection that works.
pub(super) fn used() -> History {
    History { now: NOW, signed_in: Some(NOW - DAY), logout: Some(NOW - DAY), ..History::default() }
}

pub(super) fn see(facts: &mut Facts, sight: SightingKind, detail: &str, at: Micros) {
    facts.sightings.insert(sight.name().to_owned(), sighting(sight, detail, at));
}

/// A sighting of a connection.
pub(super) fn see_of(history: &mut History, sight: SightingKind, detail: &str, at: Micros) {
    history.sightings.insert(sight.name().to_owned(), sighting(sight, detail, at));
}

fn sighting(sight: SightingKind, detail: &str, at: Micros) -> Sighting {
    Sighting {
        workspace_id: WorkspaceId::from_stored("w"),
        kind: sight.name().to_owned(),
        times: 1,
        first_at: at,
        last_at: at,
        detail: detail.to_owned(),
        connection_id: String::new(),
    }
}

/// The history of the first connection.
fn history(facts: &mut Facts) -> &mut History {
    &mut facts.oidc[0].history
}

fn token(expires_at: Option<Micros>, last_used_at: Option<Micros>) -> Token {
    Token {
        workspace_id: WorkspaceId::from_stored("w"),
        token_digest: String::new(),
        token_id: String::new(),
        kind: TokenKind::Provisioning,
        name: "Okta".to_owned(),
        grant_id: None,
        user_id: None,
        epoch: None,
        scope: String::new(),
        created_at: NOW - 40 * DAY,
        expires_at,
        replaced_at: None,
        resource: String::new(),
        last_used_at,
        successor: None,
        retired_at: None,
        may_give_owner: true,
        exchanged_by: None,
        subject_digest: None,
        actors: JsonList::from(&[][..]),
        jkt: None,
        last_four: None,
        replaces: None,
        warned_days: None,
    }
}

/// The one finding there must be.
fn only(facts: &Facts) -> Finding {
    let mut found = findings(facts);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn refused(reason: &str, detail: &str) -> Facts {
    let mut facts = well();
    let refused = Refused {
        times: 2,
        at: NOW - SECOND,
        since: NOW - SECOND,
        people: Vec::new(),
        detail: detail.to_owned(),
    };
    history(&mut facts).refused.insert(reason.to_owned(), refused);
    facts
}

#[test]
fn who_is_well_hears_nothing() {
    assert_eq!(findings(&well()), []);
    let mut nobody = well();
    (nobody.oidc, nobody.provisioned) = (Vec::new(), 0);
    assert_eq!(findings(&nobody), [], "an empty workspace has steps to do, not findings");
}

#[test]
fn each_refused_sign_in_names_what_to_change() {
    for (reason, id, word) in [
        ("not_provisioned", "not_provisioned", "Assignments"),
        ("domain_not_verified", "domain_not_verified", "Email domains"),
        ("exchange_refused", "sign_in_refused", "Grant type"),
        ("code_refused", "code_refused", "Sign-in redirect URIs"),
        ("id_token", "issuer", "Issuer"),
        ("access_denied", "not_assigned", "Assignments"),
        ("unauthorized_client", "sign_in_refused", "Authorization Code"),
        ("provider_unreachable", "issuer_unreachable", "Okta domain"),
        ("not_fresh", "not_fresh", "Authentication Policies"),
        ("other_issuer", "sign_in_refused", "Requests"),
    ] {
        let found = only(&refused(reason, "told"));
        assert_eq!(found.id, id, "{reason}");
        assert!(found.change.iter().any(|change| change.place.contains(word)), "{reason}: {found:?}");
        assert!(found.saw.contains("2 times"), "{}", found.saw);
    }
    for quiet in ["spent", "deactivated", "conflict", "other_browser"] {
        assert_eq!(findings(&refused(quiet, "")), [], "{quiet} is as it should be, or reported elsewhere");
    }
    // `invalid_client` is the secret; `invalid_grant` never is, also in an event of an older version.
    let secret = only(&refused("exchange_refused", "invalid_client"));
    assert_eq!((secret.id, secret.weight), ("client_secret", Weight::Bad));
    assert!(secret.change.iter().any(|change| change.place.contains("Client Credentials")), "{secret:?}");
    for reason in ["exchange_refused", "code_refused"] {
        let code = only(&refused(reason, "invalid_grant"));
        assert_eq!((code.id, code.weight), ("code_refused", Weight::Note));
        assert!(code.means.contains("the client secret is right"), "{code:?}");
        assert!(code.change.iter().all(|change| !change.place.contains("secret")), "{code:?}");
    }
    // A later sign-in ends a finding about a setting, not one about a person.
    let mut cured = refused("exchange_refused", "invalid_client");
    history(&mut cured).signed_in = Some(NOW);
    assert_eq!(findings(&cured), []);
    let mut person = refused("not_provisioned", "");
    history(&mut person).signed_in = Some(NOW);
    assert_eq!(only(&person).id, "not_provisioned");
}

#[test]
fn who_never_came_back_points_to_the_redirect_uri() {
    let mut facts = well();
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - 3_600 * SECOND);
    let found = only(&facts);
    assert_eq!((found.id, found.weight), ("redirect_uri", Weight::Bad));
    assert_eq!(found.change[0].value.as_deref(), Some("https://api.example.com/api/okta/oidc/callback"));
    see_of(history(&mut facts), SightingKind::SignInCameBack, "", NOW - 3_599 * SECOND);
    assert_eq!(findings(&facts), []);
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - 60 * SECOND);
    assert_eq!(
        (only(&facts).id, only(&facts).weight),
        ("redirect_uri", Weight::Note),
        "they may still be at Okta"
    );
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - 700 * SECOND);
    assert_eq!(only(&facts).weight, Weight::Warn, "others came back");
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - 10 * SECOND);
    assert_eq!(findings(&facts), [], "nobody types so fast");
}

#[test]
fn each_401_of_universal_logout_has_its_cause() {
    for (reason, id, place, value) in [
        (
            "other_region",
            "logout_region",
            "Global token revocation endpoint",
            "https://api.example.com/api/okta/universal-logout",
        ),
        (
            "audience",
            "logout_audience",
            "Global token revocation endpoint",
            "https://api.example.com/api/okta/universal-logout",
        ),
        ("unknown_caller", "logout_caller", "Client ID", "0oaACME"),
        ("signature", "logout_signature", "Okta domain", "https://acme.okta.example"),
        ("typ", "logout_method", "Authentication method", "SIGNED_JWT"),
        ("alg", "logout_method", "Authentication method", "SIGNED_JWT"),
        ("unknown_user", "logout_subject", "Subject format", "Email"),
        ("forbidden", "logout_subject", "Subject format", "Email"),
    ] {
        let mut facts = well();
        history(&mut facts).logout_refused =
            Some((NOW - SECOND, reason.to_owned(), "why exactly".to_owned()));
        let found = only(&facts);
        assert_eq!(found.id, id);
        assert!(found.saw.contains("why exactly"), "{}", found.saw);
        let change = &found.change[0];
        assert!(
            change.place.contains(place) && change.value.as_deref() == Some(value),
            "{reason}: {change:?}"
        );
        history(&mut facts).logout = Some(NOW);
        assert_eq!(findings(&facts), [], "one was obeyed since");
    }
    for (reason, id) in
        [("expired", "logout_clock"), ("not_yet_valid", "logout_clock"), ("replayed", "logout_repeated")]
    {
        let mut facts = well();
        history(&mut facts).logout_refused = Some((NOW - SECOND, reason.to_owned(), String::new()));
        assert_eq!(only(&facts).id, id);
    }
    for detail in ["no_token", "unknown_caller", "malformed_token"] {
        let mut facts = well();
        see(&mut facts, SightingKind::LogoutUnsigned, detail, NOW - SECOND);
        let found = only(&facts);
        assert_eq!((found.id, found.change[0].value.as_deref()), ("logout_unsigned", Some("SIGNED_JWT")));
    }
    let mut facts = well();
    history(&mut facts).logout = None;
    assert_eq!((only(&facts).id, only(&facts).weight), ("logout_never", Weight::Note));
}

#[test]
fn a_base_url_of_the_wrong_syntax_is_found_with_the_right_one() {
    for stood in ["{app.team_id}", "${org.team_id}", "' + app.team_id", "null", "Users"] {
        let mut facts = well();
        see(&mut facts, SightingKind::BaseUrl, stood, NOW - SECOND);
        let found = only(&facts);
        assert_eq!(found.id, "base_url");
        assert_eq!(
            found.change[0].value.as_deref(),
            Some("'https://api.example.com/api/scim/v2/' + app.team_id")
        );
        assert!(found.saw.contains(stood), "{}", found.saw);
        facts.paste.app_kind = OktaAppKind::Own;
        assert_eq!(only(&facts).change[0].value.as_deref(), Some("https://api.example.com/api/scim/v2/w-1"));
        see(&mut facts, SightingKind::ScimAnswered, "", NOW);
        assert_eq!(findings(&facts), []);
    }
    let mut facts = well();
    facts.paste.api = "https://my_api.example.com".to_owned();
    assert_eq!(only(&facts).id, "underscore");
}

#[test]
fn a_push_that_needs_an_owners_credential_is_found_with_what_to_do() {
    let facts = Facts { owners_only: Some((NOW - SECOND, "Okta".to_owned())), ..well() };
    let finding = only(&facts);
    assert_eq!(finding.id, "owners_only");
    assert!(
        finding.saw.contains("“Okta”") && finding.change[0].place.contains("an owner creates"),
        "{finding:?}"
    );
}

#[test]
fn requests_to_scim_are_found_by_kind() {
    for (sight, detail, id) in [
        (SightingKind::ScimStranger, "the token is not one of workspace w", "scim_credentials"),
        (SightingKind::Basic, "refused", "basic"),
        (SightingKind::Basic, "allowed", "basic"),
        (SightingKind::BareToken, "", "bare_token"),
        (SightingKind::ScimRefused, "POST /Users: no", "scim_refused"),
        (SightingKind::ScimTokensRefused, "the refresh token is over", "reauthenticate"),
        (SightingKind::AgentRefused, "aud aud is another server", "agent_refused"),
        (SightingKind::RolesAsText, "roles", "roles_as_text"),
        (SightingKind::EmptyTypes, "phoneNumbers", "empty_types"),
        (SightingKind::Taken, "POST /Users: another user has this externalId", "taken"),
        (
            SightingKind::UnknownMembers,
            "PATCH /Groups: members: 2 of the ids are no users of this workspace",
            "group_overlap",
        ),
    ] {
        let mut facts = well();
        see(&mut facts, sight, detail, NOW - SECOND);
        assert_eq!(only(&facts).id, id);
        see(&mut facts, sight, detail, NOW - 8 * DAY);
        assert_eq!(findings(&facts), [], "{id}: a week later it is history");
    }
    for (sight, cure) in [
        (SightingKind::ScimStranger, SightingKind::ScimAnswered),
        (SightingKind::ScimTokensRefused, SightingKind::ScimTokens),
        (SightingKind::AgentRefused, SightingKind::AgentAccess),
    ] {
        let mut facts = well();
        see(&mut facts, sight, "", NOW - SECOND);
        see(&mut facts, cure, "", NOW);
        assert_eq!(findings(&facts), []);
    }
    let mut facts = well();
    see(&mut facts, SightingKind::EmptyTypes, "phoneNumbers", NOW);
    assert_eq!(only(&facts).change.len(), 3, "each of the three mappings is named");
}

#[test]
fn tokens_are_warned_of_in_time() {
    for (expires, used, wanted) in [
        (None, Some(NOW), None),
        (Some(NOW + 31 * DAY), Some(NOW), None),
        (Some(NOW + 29 * DAY), Some(NOW), Some("token_expiring")),
        (Some(NOW - DAY), Some(NOW - 2 * DAY), Some("token_expired")),
        (Some(NOW - DAY), None, None),
        (None, None, Some("token_unused")),
    ] {
        let mut facts = well();
        facts.provisioning = vec![token(expires, used)];
        assert_eq!(findings(&facts).first().map(|found| found.id), wanted, "{expires:?} {used:?}");
    }
}

#[test]
fn people_whom_okta_does_not_reach_are_counted() {
    let change = |change: fn(&mut Facts)| {
        let mut facts = well();
        change(&mut facts);
        only(&facts).id
    };
    assert_eq!(change(|facts| facts.parked = 4), "group_overlap");
    assert_eq!(change(|facts| facts.unmanaged = 2), "not_managed");
    assert_eq!(change(|facts| facts.conflicts = 1), "conflicts");
    assert_eq!(
        change(|facts| facts.shared_names = vec![vec!["a (1)".into(), "b (2)".into()]]),
        "shared_name"
    );
    assert_eq!(change(|facts| facts.held = true), "held");
    assert_eq!(change(|facts| facts.undelivered = true), "undelivered");
    assert_eq!(change(|facts| facts.domains = vec![]), "no_domain");
    assert_eq!(change(|facts| facts.oidc[0].connection.enabled = false), "sign_in_off");
    let own = |facts: &mut Facts| {
        (facts.paste.app_kind, facts.provisioned) = (OktaAppKind::Own, 0);
    };
    assert_eq!(change(own), "oidc_without_scim");
}
