//! Each fault of a SAML connection is found with the field to change, and no longer after it is corrected.

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{SamlBinding, Unsolicited},
    time::SECOND,
};
use vestibule_store::{
    db::json::Json,
    providers::{
        saml_certificates::SamlCertificate,
        saml_connections::{AttributeNames, SamlConnection},
    },
};
use vestibule_web::observe::sightings::SightingKind;

use super::{super::history::DAY, Saml};
use crate::provider::doctor::{
    Facts, Finding, Weight, findings,
    tests::{NOW, see_of, used, well},
};

const CONNECTION: &str = "0193abcd-0000-7000-8000-00000000000a";

fn saml() -> Saml {
    let connection = SamlConnection {
        workspace_id: WorkspaceId::from_stored("w"),
        connection_id: ConnectionId::from_stored(CONNECTION),
        name: "Okta".to_owned(),
        is_default: true,
        issuer: "http://www.okta.com/exk1".to_owned(),
        sso_url: "https://acme.okta.example/app/acme/exk1/sso/saml".to_owned(),
        sso_binding: SamlBinding::Redirect,
        slo_url: String::new(),
        slo_binding: SamlBinding::Redirect,
        slo_response_url: String::new(),
        metadata_url: "https://acme.okta.example/app/exk1/sso/saml/metadata".to_owned(),
        metadata_read_at: Some(NOW - DAY),
        trusts_metadata: false,
        signs_requests: false,
        entity_id: String::new(),
        enabled: true,
        jit: false,
        unsolicited: Unsolicited::Start,
        attributes: Json::new(AttributeNames::default()),
        okta_org: String::new(),
        app_instance_id: String::new(),
        issuer_changed_at: None,
        created_at: 1,
        updated_at: 1,
    };
    Saml {
        connection,
        certificates: vec![certificate("aa", 400, true)],
        history: used(),
        acs_url: "https://api.example.com/api/okta/saml/acs/w-1".to_owned(),
        slo_url: "https://api.example.com/api/okta/saml/slo/w-1".to_owned(),
        entity_id: "https://api.example.com/api/okta/saml/metadata/w-1".to_owned(),
    }
}

/// A certificate that ends in so many days.
fn certificate(fingerprint: &str, days: i64, trusted: bool) -> SamlCertificate {
    SamlCertificate {
        workspace_id: WorkspaceId::from_stored("w"),
        connection_id: ConnectionId::from_stored(CONNECTION),
        fingerprint: fingerprint.to_owned(),
        certificate: String::new(),
        not_after: (NOW + days * DAY) / SECOND + 1,
        trusted_at: trusted.then_some(1),
        warned_days: None,
        created_at: NOW - DAY,
    }
}

/// A workspace with a SAML connection only, which works.
pub(crate) fn facts(change: impl FnOnce(&mut Saml)) -> Facts {
    let mut facts = well();
    let mut saml = saml();
    change(&mut saml);
    facts.oidc.clear();
    facts.saml = vec![saml];
    facts
}

/// Refused sign-ins, each with a finding of its own.
pub(crate) const REFUSED: [(&str, &str); 12] = [
    ("saml_response", "signature: the signature matches none of the certificates"),
    ("saml_response", "signed: nothing is signed"),
    ("saml_response", "algorithms: SHA-1"),
    ("saml_response", "audience: the assertion is for x, not for y"),
    ("saml_response", "destination: the response is for x, not for y"),
    ("saml_response", "issuer: x"),
    ("saml_response", "name_id: the NameID is transient"),
    ("saml_response", "status: Responder"),
    ("saml_response", "in_response_to: x"),
    ("saml_response", "decryption: x"),
    ("unsolicited", ""),
    ("not_fresh", "x"),
];

/// The one finding there must be.
#[track_caller]
fn only(facts: &Facts) -> Finding {
    let mut found = findings(facts);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Everything that a finding says.
fn words(finding: &Finding) -> String {
    finding.json().to_string()
}

#[test]
fn who_is_well_hears_nothing() {
    assert_eq!(findings(&facts(|_| {})), []);
}

#[test]
fn each_refused_response_names_the_field_in_okta() {
    for (reason, detail, id, word) in [
        (
            "saml_response",
            "signature: the signature matches none of the 2 configured certificates",
            "saml_signature",
            "SAML Signing Certificates",
        ),
        (
            "saml_response",
            "digest: the content was changed after it was signed",
            "saml_changed",
            "on its way",
        ),
        ("saml_response", "signed: nothing is signed", "saml_unsigned", "Assertion Signature"),
        ("saml_response", "algorithms: SHA-1", "saml_algorithms", "RSA-SHA256"),
        (
            "saml_response",
            "audience: the assertion is for x, not for y",
            "saml_audience",
            "/api/okta/saml/metadata/w-1",
        ),
        (
            "saml_response",
            "destination: the response is for x, not for y",
            "saml_acs",
            "/api/okta/saml/acs/w-1",
        ),
        (
            "saml_response",
            "confirmation: the Recipient is x, not y",
            "saml_acs",
            "Use this for Recipient URL",
        ),
        ("saml_response", "confirmation: the confirmation ended at 1: here it is 2", "saml_clock", "clock"),
        (
            "saml_response",
            "conditions: the assertion is good from 1: here it is 2",
            "saml_clock",
            "good from 1: here it is 2",
        ),
        ("saml_response", "issuer: x", "saml_issuer", "Identity Provider Issuer"),
        ("saml_response", "name_id: the NameID is transient", "saml_name_id", "Name ID format"),
        ("saml_response", "status: Responder", "saml_status", "Assignments"),
        ("saml_response", "in_response_to: x", "saml_request", "Identity Provider Single Sign-On URL"),
        ("saml_response", "decryption: x", "saml_encryption", "Assertion Encryption"),
        ("saml_response", "root: x", "saml_response", "Requests"),
        ("unsolicited", "", "saml_unsolicited", "Unsolicited responses"),
        ("not_fresh", "x", "saml_force_authn", "Honor Force Authentication"),
        ("not_provisioned", "", "not_provisioned", "Assignments"),
        ("domain_not_verified", "", "domain_not_verified", "TXT record"),
    ] {
        let mut facts = facts(|saml| {
            saml.history.add_refused_by_saml(reason, detail, NOW - SECOND);
        });
        let found = only(&facts);
        assert_eq!(found.id, id, "{reason} {detail}");
        assert!(words(&found).contains(word), "{id}: no {word:?} in {found:?}");
        assert!(
            found.saw.starts_with("Okta: ") && found.saw.contains("(once in the last week)"),
            "{}",
            found.saw
        );
        assert_eq!(found.at, Some(NOW - SECOND));
        // A later sign-in shows that the settings are right; a finding about one person stays.
        facts.saml[0].history.signed_in = Some(NOW);
        let is_of_person = ["not_fresh", "not_provisioned", "domain_not_verified"].contains(&reason);
        assert_eq!(findings(&facts).len(), usize::from(is_of_person), "{id}");
    }
    assert_eq!(
        findings(&facts(|saml| {
            saml.history.add_refused_by_saml("spent", "", NOW);
        })),
        [],
        "nothing to change"
    );
}

#[test]
fn a_rotated_certificate_that_waits_is_named() {
    let facts = facts(|saml| {
        saml.certificates.push(certificate("bb", 3000, false));
        saml.history.add_refused_by_saml("saml_response", "signature: the signature does not fit", NOW);
        saml.history.add_refused_by_saml("saml_response", "signature: the signature does not fit", NOW);
    });
    let found = findings(&facts);
    let ids: Vec<_> = found.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["saml_signature", "saml_certificate_waiting"]);
    assert!(found[0].saw.contains("2 times"), "{}", found[0].saw);
    for finding in &found {
        assert!(finding.change.iter().any(|change| change.value.as_deref() == Some("bb")), "{finding:?}");
    }
}

#[test]
fn certificates_are_watched() {
    assert_eq!(only(&facts(|saml| saml.certificates.clear())).id, "saml_no_certificate");
    for (days, weight) in [
        (91, None),
        (90, Some(Weight::Note)),
        (31, Some(Weight::Note)),
        (30, Some(Weight::Warn)),
        (8, Some(Weight::Warn)),
        (7, Some(Weight::Bad)),
        (-1, Some(Weight::Bad)),
    ] {
        let mut facts = facts(|saml| saml.certificates = vec![certificate("aa", days, true)]);
        assert_eq!(findings(&facts).first().map(|finding| finding.weight), weight, "{days}");
        if weight.is_some() {
            assert_eq!(only(&facts).id, "saml_certificate_ending");
        }
        // A certificate that ends later exists.
        facts.saml[0].certificates.push(certificate("bb", 400, true));
        assert_eq!(findings(&facts), [], "{days}");
    }
}

#[test]
fn metadata_that_could_not_be_read_is_told_until_it_is_asked_for_again() {
    let mut facts = facts(|_| {});
    let detail = "the metadata could not be read: 404";
    see_of(&mut facts.saml[0].history, SightingKind::SamlMetadataUnread, detail, NOW - SECOND);
    let found = only(&facts);
    assert_eq!(
        (found.id, found.saw.as_str()),
        ("saml_metadata", "Okta: the metadata could not be read: 404.")
    );
    facts.saml[0].connection.metadata_read_at = Some(NOW);
    assert_eq!(findings(&facts), []);
}

#[test]
fn an_app_embed_link_is_named() {
    let mut facts = facts(|_| {});
    see_of(&mut facts.saml[0].history, SightingKind::SamlLoop, "", NOW - SECOND);
    let found = only(&facts);
    assert_eq!(found.id, "saml_loop");
    assert!(words(&found).contains("App Embed Link") && words(&found).contains("/sso/saml"), "{found:?}");
    facts.saml[0].history.signed_in = Some(NOW);
    assert_eq!(findings(&facts), []);
}

#[test]
fn attributes_that_do_not_come_are_told() {
    let names = AttributeNames {
        groups: Some("groups".to_owned()),
        uid: Some("UID".to_owned()),
        ..AttributeNames::default()
    };
    let mut facts = facts(|saml| saml.connection.attributes = Json::new(names));
    for (sight, id, word) in [
        (SightingKind::SamlNoGroups, "saml_no_groups", "Filter"),
        (SightingKind::SamlJoinedGroups, "saml_joined_groups", "treated as one group"),
        (SightingKind::SamlNoUid, "saml_no_uid", "Attribute Mappings"),
    ] {
        see_of(&mut facts.saml[0].history, sight, "", NOW - SECOND);
        let found = only(&facts);
        assert!(found.id == id && words(&found).contains(word), "{found:?}");
        facts.saml[0].history.sightings.clear();
    }
    see_of(&mut facts.saml[0].history, SightingKind::SamlNoGroups, "", NOW - SECOND);
    see_of(&mut facts.saml[0].history, SightingKind::SamlGroups, "", NOW);
    assert_eq!(findings(&facts), [], "groups come now");
    facts.saml[0].connection.attributes = Json::new(AttributeNames::default());
    facts.saml[0].history.sightings.remove(SightingKind::SamlGroups.name());
    assert_eq!(findings(&facts), [], "nobody asks for groups");
}

#[test]
fn a_connection_that_is_off_and_a_person_who_is_away_are_told() {
    let mut off = facts(|saml| saml.connection.enabled = false);
    assert_eq!((only(&off).id, only(&off).weight), ("saml_off", Weight::Warn));
    off.oidc = well().oidc;
    assert_eq!(only(&off).weight, Weight::Note, "people have another way in");
    let mut away = facts(|_| {});
    see_of(&mut away.saml[0].history, SightingKind::SignInBegan, "", NOW - DAY);
    assert_eq!((only(&away).id, only(&away).weight), ("saml_not_back", Weight::Bad));
    see_of(&mut away.saml[0].history, SightingKind::SignInCameBack, "", NOW - DAY);
    assert_eq!(findings(&away), []);
    away.domains.clear();
    assert_eq!(only(&away).id, "no_domain");
}
