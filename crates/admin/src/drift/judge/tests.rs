//! Tests of the judgment.

use vestibule_core::sets::ProviderKind;

use super::*;

fn found(names: &[&str]) -> Found {
    let first = names.iter().map(|&name| Line {
        id: format!("id of {name}"),
        name: name.to_owned(),
        ..Line::default()
    });
    Found { count: i64::try_from(names.len()).unwrap(), first: first.collect() }
}

fn kinds(facts: Facts) -> Vec<DriftKind> {
    findings(facts, ProviderKind::Okta.facts(), 90).into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert_eq!(kinds(Facts::default()), []);
    let facts = Facts { is_provisioned: true, gives_roles: true, ..Facts::default() };
    assert_eq!(kinds(facts), []);
}

#[test]
fn each_fact_is_a_finding_of_its_kind() {
    let one = || found(&["x"]);
    let facts = Facts { is_provisioned: true, gives_roles: true, ..Facts::default() };
    let rule = Line { id: "crew".to_owned(), name: "Crew".to_owned(), ..Line::default() };
    for (facts, kind) in [
        (Facts { not_pushed: one(), ..facts.clone() }, DriftKind::NotPushed),
        (Facts { never_provisioned: one(), ..facts.clone() }, DriftKind::NeverProvisioned),
        (Facts { never_signed_in: one(), ..facts.clone() }, DriftKind::NeverSignedIn),
        (Facts { external_id_absent: one(), ..facts.clone() }, DriftKind::ExternalIdAbsent),
        (Facts { external_id_shared: one(), ..facts.clone() }, DriftKind::ExternalIdShared),
        (Facts { names_alike: one(), ..facts.clone() }, DriftKind::NamesAlike),
        (Facts { empty_groups: one(), ..facts.clone() }, DriftKind::EmptyGroups),
        (Facts { members_parked: one(), ..facts.clone() }, DriftKind::MembersParked),
        (Facts { roles_by_hand: one(), ..facts.clone() }, DriftKind::RolesByHand),
        (Facts { access_without_role: one(), ..facts.clone() }, DriftKind::AccessWithoutRole),
        (Facts { owners: one().first, ..facts.clone() }, DriftKind::OwnersOutside),
        (Facts { unknown_issuers: one(), ..facts.clone() }, DriftKind::UnknownIssuers),
        (Facts { rules: vec![rule], ..facts.clone() }, DriftKind::RulesUnmatched),
        (Facts { connections_unused: one(), ..facts }, DriftKind::ConnectionsUnused),
    ] {
        assert_eq!(kinds(facts), [kind]);
    }
}

#[test]
fn where_the_provider_gives_nothing_nothing_is_missing_from_it() {
    let one = found(&["x"]);
    assert_eq!(kinds(Facts { never_provisioned: one.clone(), ..Facts::default() }), []);
    assert_eq!(kinds(Facts { roles_by_hand: one, is_provisioned: true, ..Facts::default() }), []);
}

#[test]
fn an_owner_is_inside_by_name_or_by_address() {
    let owner =
        |name: &str, email: &str| Line { name: name.to_owned(), detail: email.to_owned(), ..Line::default() };
    let owners = [
        owner("ada@acme.example", ""),
        owner("Bob@ACME.example", "bob@elsewhere.example"),
        owner("cat", "cat@acme.example"),
        owner("dan@sub.acme.example", ""),
        owner("eve@acme.example.evil.example", ""),
        owner("fay", ""),
    ];
    let outside = owners_outside(&owners, &["acme.example".to_owned()]);
    let names: Vec<&str> = outside.first.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["dan@sub.acme.example", "eve@acme.example.evil.example", "fay"]);
    assert_eq!(owners_outside(&owners, &[]).count, 6);
}

#[test]
fn a_pattern_that_matches_any_group_is_no_drift() {
    let rule = |key: &str| Line { id: key.to_owned(), name: key.to_owned(), ..Line::default() };
    let unmatched = rules_unmatched(
        vec![rule("crew"), rule("app *"), rule("b*"), rule("a")],
        &["crew".to_owned(), "app one".to_owned()],
    );
    let names: Vec<&str> = unmatched.first.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["b*", "a"]);
}

#[test]
fn each_kind_has_words_and_links_for_each_provider() {
    for provider in ProviderKind::ALL.map(ProviderKind::facts) {
        for kind in DriftKind::ALL {
            let line = Line { id: "7".to_owned(), name: "x".to_owned(), detail: "saml".to_owned() };
            let finding = finding(kind, Found { count: 3, first: vec![line] }, provider, 30).unwrap();
            assert!(finding.sentence.ends_with('.') && finding.remedy.ends_with('.'), "{finding:?}");
            assert!(provider.is_okta() || !format!("{finding:?}").contains("Okta"), "{finding:?}");
            let path = &finding.first[0].path;
            assert_eq!(path.is_empty(), kind == DriftKind::AssignedNotHere, "{kind:?}");
        }
    }
    let okta = ProviderKind::Okta.facts();
    let finding = finding(DriftKind::NotPushed, found(&["ada"]), okta, 30).unwrap();
    assert_eq!(finding.sentence, "Okta has not pushed these people for 30 days.");
    assert_eq!(finding.first[0].path, "/people/id of ada");
}
