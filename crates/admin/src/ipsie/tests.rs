//! Tests of the judgments: a workspace in which everything is in order, and for each requirement a fault that refuses it.

use std::collections::BTreeSet;

use vestibule_core::{
    assertion::AssertionSaid,
    ids::WorkspaceId,
    sets::{EndReason, EventKind, ProviderAuth, Unsolicited},
    time::SECOND,
};
use vestibule_store::ipsie::{Counts, ScimClient};

use super::{
    facts::{Connection, End, Facts, Oidc},
    judge::{Judged, Verdict, judge, rows},
    levels,
    requirement::Level,
};

const NOW: i64 = 1_000_000 * SECOND;

/// Never met here, whatever a workspace does.
const ALWAYS_REFUSED: [&str; 2] = ["sl3.tells_changes", "al1.scope"];

fn well() -> Facts {
    let oidc = Oidc {
        issuer: "https://idp.example".to_owned(),
        auth_method: ProviderAuth::PrivateKeyJwt,
        is_okta: false,
        dpop: true,
        sends_iss: Some(true),
    };
    let said = AssertionSaid {
        auth_time: true,
        session_expiry: true,
        single_audience: true,
        acr: "urn:x".to_owned(),
        amr: vec!["pwd".to_owned(), "mfa".to_owned()],
    };
    let end = |reason| End { reason, accepted_at: NOW - 9, in_force_at: Some(NOW), ended: Some((1, 2)) };
    let kinds = [
        EventKind::UserUpdated,
        EventKind::UserDeactivated,
        EventKind::UserReactivated,
        EventKind::UserDeleted,
        EventKind::GroupCreated,
        EventKind::GroupUpdated,
        EventKind::UniversalLogout,
        EventKind::SignalReceived,
    ];
    Facts {
        now: NOW,
        workspace_id: WorkspaceId::from_stored("w"),
        provider: "Okta",
        api_url: "https://api.example".to_owned(),
        session_seconds: 43_200,
        idle_seconds: 7_200,
        max_age_seconds: Some(3600),
        origins: vec!["https://app.example".to_owned()],
        limits_requests: true,
        inspects: true,
        idle_because: None,
        connections: vec![Connection {
            name: "Okta".to_owned(),
            jit: false,
            said: Some((NOW, said)),
            oidc: Some(oidc),
            unsolicited: Unsolicited::Off,
        }],
        counts: Counts { provisioned: 5, assigned: 2, ..Counts::default() },
        newest: kinds.into_iter().map(|kind| (kind, NOW)).collect(),
        created: Some(NOW),
        ends: vec![end(EndReason::UniversalLogout), end(EndReason::Deactivated)],
        scim_answered: Some(NOW),
        scim_refused: Some((NOW - 1, "older".to_owned())),
        allows_basic: false,
        static_tokens: Vec::new(),
        clients: vec![ScimClient { name: "Okta".to_owned(), uses_jwt: true }],
        roles_offered: 3,
        rules: (1, 1),
        groups: 1,
    }
}

/// Something wrong.
type Fault = fn(&mut Facts);

/// A workspace that was just created.
fn fresh() -> Facts {
    Facts {
        connections: Vec::new(),
        counts: Counts::default(),
        newest: Default::default(),
        created: None,
        ends: Vec::new(),
        scim_answered: None,
        scim_refused: None,
        clients: Vec::new(),
        rules: (0, 0),
        groups: 0,
        ..well()
    }
}

fn find<'a>(judged: &'a [Judged], id: &str) -> &'a Judged {
    judged.iter().find(|one| one.requirement.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn oidc(facts: &mut Facts) -> &mut Oidc {
    facts.connections[0].oidc.as_mut().unwrap()
}

fn said(facts: &mut Facts) -> &mut AssertionSaid {
    &mut facts.connections[0].said.as_mut().unwrap().1
}

/// For each requirement that can be judged, a fault that refuses it.
fn faults() -> Vec<(&'static str, Fault)> {
    let suspended: Fault = |it| it.idle_because = Some("suspended.");
    let plain: Fault = |it| it.api_url = "http://api.example".to_owned();
    let local: Fault = |it| it.counts.local = 1;
    let hidden: Fault = |it| it.roles_offered = 0;
    vec![
        ("sl1.fal2", |it| it.connections[0].unsolicited = Unsolicited::Accept),
        ("sl1.fal2", |it| it.counts.logins_without_pkce = 1),
        ("sl1.session_lifetime", |it| said(it).session_expiry = false),
        ("sl1.pkce", |it| it.counts.logins_without_pkce = 1),
        ("sl1.response_issuer", |it| oidc(it).sends_iss = Some(false)),
        ("sl1.metadata", |it| oidc(it).issuer = "http://idp.example".to_owned()),
        ("sl1.third_party_login", plain),
        ("sl1.client_assertion", |it| oidc(it).is_okta = true),
        ("sl1.open_redirector", |it| it.origins.push("http://app.example".to_owned())),
        ("sl1.audience", |it| said(it).single_audience = false),
        ("sl1.dpop", |it| oidc(it).dpop = false),
        ("sl1.max_age", |it| it.max_age_seconds = None),
        ("sl1.redirect_uri", plain),
        ("sl1.mfa", |it| said(it).amr = vec!["pwd".to_owned()]),
        ("sl1.mfa", |it| said(it).amr = Vec::new()),
        ("sl1.acr", |it| said(it).acr = String::new()),
        ("sl1.amr", |it| said(it).amr = Vec::new()),
        ("sl1.auth_time", |it| said(it).auth_time = false),
        ("sl1.session_expiry", |it| said(it).session_expiry = false),
        ("sl1.single_audience", |it| said(it).single_audience = false),
        ("sl1.issuer_in_response", |it| oidc(it).sends_iss = Some(false)),
        ("sl2.new_assertion", |it| it.counts.stale_sessions = 1),
        ("sl2.new_assertion", |it| {
            it.newest = [(EventKind::UniversalLogoutRefused, NOW)].into();
        }),
        ("sl2.revoke", |it| {
            it.newest.insert(EventKind::UniversalLogoutRefused, NOW + 1);
        }),
        ("sl2.revoke", |it| it.ends[0].in_force_at = Some(NOW + 400 * SECOND)),
        ("sl2.unsolicited", |it| it.connections[0].unsolicited = Unsolicited::Accept),
        ("sl3.hears_changes", |it| {
            it.newest.insert(EventKind::SignalRefused, NOW + 1);
        }),
        ("al1.deprovision", suspended),
        ("al1.oauth", |it| it.static_tokens.push(("old".to_owned(), true))),
        ("al1.oauth", |it| it.allows_basic = true),
        ("al1.jwt_authentication", |it| it.clients[0].uses_jwt = false),
        ("al1.jwt_authentication", |it| it.static_tokens.push(("old".to_owned(), true))),
        ("al1.discovery", plain),
        ("al1.protocol", |it| it.scim_refused = Some((NOW + 1, "unknown attribute".to_owned()))),
        ("al1.no_local_changes", local),
        ("al1.no_local_changes", |it| it.connections[0].jit = true),
        ("al1.create", suspended),
        ("al1.attributes", |it| it.counts.incomplete = 2),
        ("al1.update", suspended),
        ("al1.deactivate", suspended),
        ("al1.deactivate_latency", |it| it.ends[1].in_force_at = Some(NOW + 400 * SECOND)),
        ("al1.reactivate", suspended),
        ("al1.delete", suspended),
        ("al1.read", suspended),
        ("al1.groups", suspended),
        ("al1.members", suspended),
        ("al1.metadata", suspended),
        ("al1.transport", plain),
        ("al1.audit", |it| it.inspects = false),
        ("al1.rate_limits", |it| it.limits_requests = false),
        ("al2.before_sign_in", suspended),
        ("al2.no_local", local),
        ("al2.group_roles", |it| it.rules = (1, 0)),
        ("al2.group_roles", |it| it.rules = (0, 0)),
        ("al2.synchronize_users", suspended),
        ("al2.synchronize_groups", suspended),
        ("al3.expose_roles", hidden),
        ("al3.consume_roles", hidden),
        ("al3.synchronize_roles", hidden),
    ]
}

#[test]
fn each_requirement_is_met_in_order_and_refused_by_its_fault() {
    let judged = judge(&well());
    for (id, fault) in faults() {
        assert_eq!(find(&judged, id).verdict, Verdict::Met, "{id}: {}", find(&judged, id).evidence);
        let mut facts = well();
        fault(&mut facts);
        let refused = judge(&facts);
        let refused = find(&refused, id);
        assert_eq!(refused.verdict, Verdict::NotMet, "{id}: {}", refused.evidence);
    }
    // Without OpenID Connect there is nothing to judge; that it is used at all is the requirement.
    let mut tested: BTreeSet<&str> = faults().into_iter().map(|(id, _)| id).collect();
    tested.extend(ALWAYS_REFUSED);
    tested.insert("sl1.authorization_code");
    for one in &judged {
        let id = one.requirement.id;
        let expected = match ALWAYS_REFUSED.contains(&id) {
            true => Verdict::NotMet,
            false if one.verdict == Verdict::NotOurs => continue,
            false => Verdict::Met,
        };
        assert_eq!(one.verdict, expected, "{id}");
        assert!(tested.contains(id), "no refusal of {id} is tested");
    }
}

#[test]
fn a_new_workspace_shows_nothing_yet() {
    let judged = judge(&fresh());
    let unmet: Vec<&str> =
        judged.iter().filter(|one| one.verdict == Verdict::NotMet).map(|one| one.requirement.id).collect();
    assert_eq!(unmet, ALWAYS_REFUSED);
    for id in
        ["sl1.pkce", "sl1.acr", "sl2.revoke", "al1.create", "al1.oauth", "al2.no_local", "al3.consume_roles"]
    {
        assert_eq!(find(&judged, id).verdict, Verdict::NotSeen, "{id}");
    }
}

#[test]
fn a_level_has_the_verdict_of_its_own_and_the_lower_ones() {
    let verdicts =
        |facts: &Facts| levels(&judge(facts)).into_iter().map(|one| one.verdict).collect::<Vec<_>>();
    use Verdict::{Met, NotMet, NotSeen};
    assert_eq!(verdicts(&well()), [Met, Met, NotMet, NotMet, NotMet, NotMet]);
    assert_eq!(verdicts(&fresh())[..2], [NotSeen, NotSeen]);
    // A recommendation decides nothing, and a fault of SL2 leaves SL1 as it is.
    let mut facts = well();
    facts.max_age_seconds = None;
    facts.counts.stale_sessions = 1;
    assert_eq!(verdicts(&facts)[..2], [Met, NotMet]);
    assert!(
        Level::Al3.includes(Level::Al1)
            && !Level::Al3.includes(Level::Sl1)
            && !Level::Sl1.includes(Level::Sl2)
    );
}

#[test]
fn every_requirement_cites_a_section_and_is_named_once() {
    let ids: BTreeSet<&str> = rows().map(|(requirement, _)| requirement.id).collect();
    assert_eq!(ids.len(), rows().count());
    for (requirement, _) in rows() {
        assert!(requirement.id.starts_with(&format!("{}.", requirement.level.name().to_lowercase())));
        assert!(!requirement.section.is_empty() && requirement.text.ends_with('.'), "{}", requirement.id);
    }
    for facts in [well(), fresh()] {
        let text = super::json(&facts).to_string().to_lowercase();
        assert!(!text.contains("certif"), "{text}");
    }
}
