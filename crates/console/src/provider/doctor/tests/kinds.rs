//! Each finding uses the labels of the connection's provider: none says Okta at another one.

use super::*;
use crate::provider::doctor::saml::tests as of_saml;

/// A workspace whose connection is of this kind, and works.
fn of(kind: ProviderKind) -> Facts {
    let mut facts = well();
    facts.oidc[0].connection.provider = kind;
    if kind != ProviderKind::Okta {
        facts.paste.app_kind = OktaAppKind::Own;
    }
    facts
}

/// A workspace with every fault that is found by a sighting, a count or a refused sign-in.
fn ill(kind: ProviderKind) -> Facts {
    let mut facts = of(kind);
    for sight in [
        SightingKind::BaseUrl,
        SightingKind::ScimStranger,
        SightingKind::Basic,
        SightingKind::BareToken,
        SightingKind::ScimRefused,
        SightingKind::ScimTokensRefused,
        SightingKind::AgentRefused,
        SightingKind::RolesAsText,
        SightingKind::EmptyTypes,
        SightingKind::Taken,
        SightingKind::UnknownMembers,
        SightingKind::LogoutUnsigned,
    ] {
        see(&mut facts, sight, "detail", NOW - SECOND);
    }
    see_of(history(&mut facts), SightingKind::SignInBegan, "", NOW - 3_600 * SECOND);
    for reason in [
        "not_provisioned",
        "domain_not_verified",
        "exchange_refused",
        "code_refused",
        "id_token",
        "access_denied",
        "unauthorized_client",
        "invalid_scope",
        "provider_unreachable",
        "not_fresh",
        "other_issuer",
    ] {
        let refused = Refused {
            times: 1,
            at: NOW - SECOND,
            since: NOW - SECOND,
            people: Vec::new(),
            detail: "detail".to_owned(),
        };
        history(&mut facts).refused.insert(reason.to_owned(), refused);
    }
    history(&mut facts).logout_refused = Some((NOW - SECOND, "audience".to_owned(), "why".to_owned()));
    facts.provisioning =
        vec![token(None, None), token(Some(NOW + DAY), Some(NOW)), token(Some(NOW - DAY), Some(NOW - DAY))];
    for token in &mut facts.provisioning {
        token.name = "Provisioning".to_owned();
    }
    facts.oidc[0].rivals = vec![vestibule_store::providers::connections::Rival {
        workspace_id: WorkspaceId::from_stored("x"),
        proven: true,
    }];
    facts.shared_names = vec![vec!["a (1)".to_owned(), "b (2)".to_owned()]];
    (facts.unmanaged, facts.parked, facts.conflicts, facts.held) = (2, 1, 1, true);
    facts.domains.clear();
    facts.owners_only = Some((NOW - SECOND, "Provisioning".to_owned()));
    facts.oidc[0].connection.enabled = false;
    facts
}

fn said(facts: &Facts) -> String {
    findings(facts).iter().map(|finding| finding.json().to_string()).collect()
}

#[test]
fn nothing_says_okta_at_another_provider() {
    let okta = findings(&ill(ProviderKind::Okta));
    let ids: std::collections::BTreeSet<_> = okta.iter().map(|finding| finding.id).collect();
    assert!(ids.len() > 25, "{ids:?}");
    for kind in ProviderKind::ALL.into_iter().filter(|kind| *kind != ProviderKind::Okta) {
        let found = findings(&ill(kind));
        for finding in &found {
            let text = finding.json().to_string();
            assert!(!text.contains("Okta"), "{kind}: {text}");
            assert!(!text.contains("  "), "{text}");
        }
        // Only Universal Logout is not expected of it.
        let there: std::collections::BTreeSet<_> = found.iter().map(|finding| finding.id).collect();
        let missing: Vec<_> = ids.difference(&there).collect();
        assert!(missing.iter().all(|id| id.starts_with("logout_")), "{kind}: {missing:?}");
    }
}

#[test]
fn a_finding_names_the_field_of_its_provider() {
    for (kind, words) in [
        (
            ProviderKind::Entra,
            ["Microsoft Entra ID: Redirect URI (Web)", "Provisioning › Tenant URL", "Secret Token"],
        ),
        (
            ProviderKind::Keycloak,
            ["Keycloak: Valid redirect URIs", "Provisioning (SCIM) › Base URL", "Token"],
        ),
        (
            ProviderKind::Any,
            ["The identity provider: Redirect URI", "Provisioning (SCIM) › Base URL", "Token"],
        ),
    ] {
        let text = said(&ill(kind));
        for word in words {
            assert!(text.contains(word), "{kind}: no {word:?} in {text}");
        }
    }
}

#[test]
fn a_finding_about_saml_names_the_field_of_its_provider() {
    for (kind, words) in [
        (
            ProviderKind::Entra,
            ["Reply URL (Assertion Consumer Service URL)", "Identifier (Entity ID)", "Signing Algorithm"],
        ),
        (ProviderKind::Keycloak, ["Valid redirect URIs", "Client ID", "Signature algorithm"]),
        (ProviderKind::Any, ["ACS URL", "Entity ID", "Signature algorithm"]),
    ] {
        let [issuer, sso_url, metadata_url] = kind.facts().saml.examples;
        let facts = of_saml::facts(|saml| {
            saml.connection.name = "Sign-in".to_owned();
            saml.connection.issuer = issuer.to_owned();
            saml.connection.sso_url = sso_url.to_owned();
            saml.connection.metadata_url = metadata_url.to_owned();
            for (reason, detail) in of_saml::REFUSED {
                saml.history.add_refused_by_saml(reason, detail, NOW - SECOND);
            }
            for sight in [
                SightingKind::SamlMetadataUnread,
                SightingKind::SamlLoop,
                SightingKind::SamlNoGroups,
                SightingKind::SamlJoinedGroups,
                SightingKind::SamlNoUid,
                SightingKind::SamlLogoutRefused,
                SightingKind::SignInBegan,
            ] {
                see_of(&mut saml.history, sight, "destination: x", NOW - 3_600 * SECOND);
            }
            saml.connection.metadata_read_at = None;
        });
        let text = said(&facts);
        assert!(!text.contains("Okta"), "{kind}: {text}");
        for word in words {
            assert!(text.contains(word), "{kind}: no {word:?} in {text}");
        }
    }
}
