//! Tests of the kit: the values are those of the set-up, and what can't be handed in is named.

use vestibule_web::config::{self, Config};

use super::{Kit, guide, markdown};

fn config(more: &[(&str, &str)]) -> Config {
    let settings = [
        ("REGION__NAME", "eu"),
        ("REGION__API_URL", "https://eu.api.example.com"),
        ("REGION__APP_URL", "https://eu.app.example.com"),
        ("BRAND__NAME", "Ledger"),
        ("BRAND__SUPPORT_URL", "mailto:help@ledger.example"),
        ("BRAND__HELP_URL", "https://ledger.example/okta"),
    ];
    let all =
        settings.iter().chain(more).map(|(name, value)| (format!("VESTIBULE__{name}"), (*value).to_owned()));
    config::load(None, all).unwrap()
}

fn kit(more: &[(&str, &str)]) -> Kit {
    Kit::of(&config(more)).unwrap()
}

#[test]
fn each_field_has_the_value_in_its_own_syntax() {
    let kit = kit(&[]);
    for (section, label, value) in [
        ("Integration variables", "Name", "team_id"),
        ("OIDC properties", "Redirect URIs", "https://eu.api.example.com/api/okta/oidc/callback"),
        (
            "OIDC properties",
            "Initiate login URI",
            "https://eu.api.example.com/api/okta/oidc/login?team_id={app.team_id}",
        ),
        ("OIDC properties", "Post-logout URI", "https://eu.app.example.com/auth"),
        ("SAML properties", "ACS URL", "https://eu.api.example.com/api/okta/saml/acs/${org.team_id}"),
        (
            "Universal Logout properties",
            "Global token revocation endpoint",
            "https://eu.api.example.com/api/okta/universal-logout",
        ),
        ("SCIM properties", "Base URL", "'https://eu.api.example.com/api/scim/v2/' + app.team_id"),
        ("SCIM properties", "Scopes", "scim.read, scim.write, entitlements.read"),
        ("Testing information", "Support contacts of the catalog page", "help@ledger.example"),
    ] {
        assert_eq!(kit.value(section, label), value, "{label}");
    }
    // Only the logo is missing.
    let problems: Vec<_> = kit.problems().map(|(_, label, _)| label).collect();
    assert_eq!(problems, ["Logo"]);
    assert_eq!(kit.json()["ready"], false);
}

#[test]
fn what_okta_would_not_take_is_named() {
    for (settings, label, words) in [
        (("REGION__API_URL", "http://127.0.0.1:8080"), "Base URL", "https"),
        (("REGION__API_URL", "http://127.0.0.1:8080"), "Redirect URIs", "https"),
        (("REGION__API_URL", "https://eu_api.example.com"), "Base URL", "underscore"),
        (("BRAND__HELP_URL", ""), "Link to configuration guide", "brand.help_url"),
        (("BRAND__SUPPORT_URL", ""), "Support contacts of the catalog page", "brand.support_url"),
    ] {
        let kit = kit(&[settings]);
        let problem = kit.problems().find(|(_, found, _)| *found == label);
        assert!(problem.is_some_and(|(.., problem)| problem.contains(words)), "{label}: {problem:?}");
    }
}

#[test]
fn the_documents_have_oktas_headings_and_no_markup_of_a_name() {
    let kit = kit(&[("BRAND__NAME", "Led<b>ger | #1")]);
    let text = guide(&kit).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        headings,
        [
            "Supported Features",
            "Requirements",
            "Configuration Steps",
            "Attributes and Mapping",
            "Known Issues / Troubleshooting"
        ]
    );
    assert!(text.contains("help@ledger.example") && !text.contains("<b>"), "{text}");
    let values = markdown(&kit);
    assert!(
        values.contains("| **Base URL** | `'https://eu.api.example.com/api/scim/v2/' + app.team_id` |"),
        "{values}"
    );
    assert!(
        values.contains("## Before you hand it in") && values.contains("brand.logo is not set"),
        "{values}"
    );
    assert!(values.starts_with("# Led\\<b\\>ger \\| \\#1 in Okta's catalog\n"), "{values}");
}
