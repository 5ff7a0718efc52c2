//! Tests [`super::effective`] with a table of what is assigned and what the user then has.

use vestibule_core::{
    ids::{EntitlementId, RoleId, WorkspaceId},
    sets::AssignmentSource,
};

use super::{RightsInput, Role, Source, effective::effective};
use crate::rights::mappings::Rule;

fn role(id: &str, by_okta: bool) -> Role {
    Role {
        by_okta,
        ..Role::new(&WorkspaceId::from_stored("w"), RoleId::from_stored(id), &id.to_uppercase(), "", 0)
    }
}

fn rule(group: &str, roles: &[&str], entitlements: &[&str]) -> Rule {
    Rule {
        group: group.to_owned(),
        key: group.to_lowercase(),
        roles: roles.iter().map(|id| RoleId::from_stored(*id)).collect(),
        entitlements: entitlements.iter().map(|id| EntitlementId::from_stored(*id)).collect(),
    }
}

/// One row of the table.
struct Case {
    what: &'static str,
    assigned: &'static [(&'static str, &'static str)],
    entitled: &'static [(&'static str, &'static str)],
    groups: &'static [&'static str],
    roles: &'static [(&'static str, &'static str)],
    entitlements: &'static [(&'static str, &'static str)],
}

const CASES: [Case; 16] = [
    Case {
        what: "nothing is granted: the default role",
        assigned: &[],
        entitled: &[],
        groups: &[],
        roles: &[("member", "default")],
        entitlements: &[],
    },
    Case {
        what: "an entitlement alone leaves the default role",
        assigned: &[],
        entitled: &[("archetype-ops", "scim")],
        groups: &[],
        roles: &[("member", "default")],
        entitlements: &[("archetype-ops", "scim")],
    },
    Case {
        what: "an assigned role takes the default's place",
        assigned: &[("viewer", "scim")],
        entitled: &[],
        groups: &[],
        roles: &[("viewer", "scim")],
        entitlements: &[],
    },
    Case {
        what: "every source is a line",
        assigned: &[("auditor", "scim"), ("auditor", "manual"), ("auditor", "scim:entitlements")],
        entitled: &[],
        groups: &["claresia-auditors"],
        roles: &[
            ("auditor", "group:claresia-auditors"),
            ("auditor", "manual"),
            ("auditor", "scim"),
            ("auditor", "scim:entitlements"),
        ],
        entitlements: &[],
    },
    Case {
        what: "a withheld role by hand",
        assigned: &[("owner", "manual")],
        entitled: &[],
        groups: &[],
        roles: &[("owner", "manual")],
        entitlements: &[],
    },
    Case {
        what: "a withheld role over SCIM counts for nothing",
        assigned: &[("owner", "scim"), ("owner", "scim:entitlements")],
        entitled: &[],
        groups: &[],
        roles: &[("member", "default")],
        entitlements: &[],
    },
    Case {
        what: "a withheld role through a group counts for nothing, and what else the group carries does",
        assigned: &[],
        entitled: &[],
        groups: &["founders"],
        roles: &[("member", "default")],
        entitlements: &[("archetype-eng", "group:founders")],
    },
    Case {
        what: "a group by its name in any letter case",
        assigned: &[],
        entitled: &[],
        groups: &["Claresia-ADMINS"],
        roles: &[("tenant_admin", "group:Claresia-ADMINS")],
        entitlements: &[],
    },
    Case {
        what: "a role with an entitlement",
        assigned: &[],
        entitled: &[],
        groups: &["claresia-eng-pilot"],
        roles: &[("member", "group:claresia-eng-pilot")],
        entitlements: &[("archetype-eng", "group:claresia-eng-pilot")],
    },
    Case {
        what: "a group that two rules are about",
        assigned: &[],
        entitled: &[],
        groups: &["eu-auditors"],
        roles: &[("auditor", "group:eu-auditors"), ("viewer", "group:eu-auditors")],
        entitlements: &[("archetype-ops", "group:eu-auditors")],
    },
    Case {
        what: "one role from two groups",
        assigned: &[],
        entitled: &[],
        groups: &["claresia-auditors", "us-auditors"],
        roles: &[("auditor", "group:claresia-auditors"), ("auditor", "group:us-auditors")],
        entitlements: &[],
    },
    Case {
        what: "a group no rule is about",
        assigned: &[],
        entitled: &[],
        groups: &["claresia-", "engineering"],
        roles: &[("member", "default")],
        entitlements: &[],
    },
    Case {
        what: "an entitlement by assignment and through a group",
        assigned: &[],
        entitled: &[("archetype-eng", "scim"), ("archetype-eng", "manual")],
        groups: &["claresia-eng-pilot"],
        roles: &[("member", "group:claresia-eng-pilot")],
        entitlements: &[
            ("archetype-eng", "group:claresia-eng-pilot"),
            ("archetype-eng", "manual"),
            ("archetype-eng", "scim"),
        ],
    },
    Case {
        what: "a rule that carries entitlements only leaves the default role",
        assigned: &[],
        entitled: &[],
        groups: &["pilots"],
        roles: &[("member", "default")],
        entitlements: &[("archetype-eng", "group:pilots")],
    },
    Case {
        what: "a role that is no more",
        assigned: &[("gone", "manual")],
        entitled: &[],
        groups: &["former"],
        roles: &[("member", "default")],
        entitlements: &[],
    },
    Case {
        what: "the same role assigned and by default is not held by default",
        assigned: &[("member", "manual")],
        entitled: &[],
        groups: &[],
        roles: &[("member", "manual")],
        entitlements: &[],
    },
];

fn lines<'a>(lines: impl Iterator<Item = (&'a str, &'a Source)>) -> Vec<(String, String)> {
    lines.map(|(id, source)| (id.to_owned(), source.to_string())).collect()
}

fn assigned<T>(pairs: &[(&'static str, &str)], id: fn(&'static str) -> T) -> Vec<(T, AssignmentSource)> {
    pairs.iter().map(|(text, source)| (id(text), source.parse().unwrap())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(id, source)| ((*id).to_owned(), (*source).to_owned())).collect()
}

#[test]
fn roles_and_entitlements_follow_from_what_grants_them() {
    let roles = ["admin", "auditor", "member", "tenant_admin", "viewer"];
    let mut roles: Vec<Role> = roles.into_iter().map(|id| role(id, true)).collect();
    roles.push(role("owner", false));
    let rules = vec![
        rule("claresia-admins", &["tenant_admin"], &[]),
        rule("claresia-eng-pilot", &["member"], &["archetype-eng"]),
        rule("*-auditors", &["auditor"], &[]),
        rule("eu-*", &["viewer"], &["archetype-ops"]),
        rule("founders", &["owner"], &["archetype-eng"]),
        rule("pilots", &[], &["archetype-eng"]),
        rule("former", &["gone"], &[]),
    ];
    for case in CASES {
        let grounds = RightsInput {
            roles: roles.clone(),
            default_role: Some(RoleId::from_stored("member")),
            assigned: assigned(case.assigned, RoleId::from_stored),
            entitled: assigned(case.entitled, EntitlementId::from_stored),
            groups: case.groups.iter().map(|group| (*group).to_owned()).collect(),
            claimed: Vec::new(),
            rules: rules.clone(),
        };
        let found = effective(&grounds);
        let held = lines(found.roles.iter().map(|held| (held.role_id.as_str(), &held.source)));
        assert_eq!(held, owned(case.roles), "{}", case.what);
        let entitled = lines(found.entitlements.iter().map(|one| (one.entitlement_id.as_str(), &one.source)));
        assert_eq!(entitled, owned(case.entitlements), "{}", case.what);
    }
}

#[test]
fn ids_are_told_once_and_without_a_default_there_may_be_none() {
    let grounds = RightsInput {
        roles: vec![role("auditor", true)],
        default_role: Some(RoleId::from_stored("member")),
        assigned: assigned(&[("auditor", "scim"), ("auditor", "manual")], RoleId::from_stored),
        entitled: assigned(&[("b", "scim"), ("a", "scim"), ("b", "manual")], EntitlementId::from_stored),
        ..RightsInput::default()
    };
    let found = effective(&grounds);
    assert_eq!(
        (found.role_ids(), found.entitlement_ids().as_slice()),
        (vec![RoleId::from_stored("auditor")], ["a", "b"].map(EntitlementId::from_stored).as_slice())
    );
    assert_eq!(found.roles[0].display_name, "AUDITOR");
    assert_eq!(effective(&RightsInput { assigned: Vec::new(), ..grounds }).roles, []);
}

#[test]
fn a_claimed_group_counts_like_a_group_and_says_that_it_was_claimed() {
    let grounds = RightsInput {
        roles: vec![role("auditor", true), role("owner", false)],
        groups: vec!["Founders".to_owned()],
        claimed: vec!["EU-Auditors".to_owned(), "Founders".to_owned(), "of no rule".to_owned()],
        rules: vec![
            rule("eu-*", &["auditor"], &["archetype-ops"]),
            rule("founders", &["owner"], &["archetype-eng"]),
        ],
        ..RightsInput::default()
    };
    let found = effective(&grounds);
    let held = lines(found.roles.iter().map(|held| (held.role_id.as_str(), &held.source)));
    assert_eq!(held, owned(&[("auditor", "claim:EU-Auditors")]), "what Okta may not give, no claim gives");
    let entitled = lines(found.entitlements.iter().map(|one| (one.entitlement_id.as_str(), &one.source)));
    let expected = [
        ("archetype-eng", "claim:Founders"),
        ("archetype-eng", "group:Founders"),
        ("archetype-ops", "claim:EU-Auditors"),
    ];
    assert_eq!(entitled, owned(&expected));
}
