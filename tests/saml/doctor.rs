//! The doctor's findings about SAML connections, each caused by a real sign-in, and gone after the fault is corrected.

use rstest::rstest;
use serde_json::Value;
use vestibule_admin::provider::saml_connection::provider_metadata;
use vestibule_core::sets::Unsolicited;
use vestibule_simulator::{
    AttributeStatement, Browser, Expression, GroupAttributeStatement, GroupFilter, SamlMisbehavior as Fault,
};
use vestibule_store::{
    providers::saml_connections::{self, AttributeNames},
    trail::events::Cause,
    workspaces,
};

use super::{SECOND, SamlRoom, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// The findings of `vestibule doctor`.
async fn findings(house: &House, acme: &SamlRoom) -> Vec<Value> {
    let (workspace, state) = (acme.room.workspace.clone(), house.state.clone());
    let workspace = house.write(move |conn| workspaces::find(conn, &workspace, "us").unwrap().unwrap()).await;
    let report = vestibule_console::provider::doctor::report(&state, &workspace, false).await.unwrap();
    report["findings"].as_array().unwrap().clone()
}

/// The text of the finding with this id, if there is one.
pub(super) async fn finding(house: &House, acme: &SamlRoom, id: &str) -> Option<String> {
    let all = findings(house, acme).await;
    all.iter().find(|finding| finding["id"] == id).map(Value::to_string)
}

#[rstest]
#[actix_web::test]
async fn each_refused_response_has_a_finding(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    for (fault, id, words) in [
        (Fault::WrongAudience, "saml_audience", "/api/okta/saml/metadata/"),
        (Fault::WrongRecipient, "saml_acs", "/api/okta/saml/acs/"),
        (Fault::WrongDestination, "saml_acs", "Use this for Recipient URL"),
        (Fault::WrongIssuer, "saml_issuer", "Identity Provider Issuer"),
        (Fault::Unsigned, "saml_unsigned", "Assertion Signature"),
        (Fault::Sha1, "saml_algorithms", "RSA-SHA256"),
        (Fault::Expired, "saml_clock", ": here it is 20"),
        (Fault::ForeignKey, "saml_signature", "no metadata URL is saved"),
        (Fault::TransientNameId, "saml_name_id", "Name ID format"),
        (Fault::ErrorStatus, "saml_status", "Assignments"),
    ] {
        acme.room.okta.tamper_saml(fault.clone()).unwrap();
        acme.sign_in(&ada).await;
        let found = finding(&house, &acme, id).await.unwrap_or_else(|| panic!("{fault:?} has no {id}"));
        assert!(found.contains(words), "{fault:?}: no {words:?} in {found}");
        house.clock.advance(61 * SECOND);
        acme.room.okta.move_clock(61);
        let (browser, page) = acme.sign_in(&ada).await;
        assert_signed_in(&house, &browser, &page);
        assert_eq!(finding(&house, &acme, id).await, None, "{fault:?}: the next one was well");
        house.clock.advance(SECOND);
        acme.room.okta.move_clock(1);
    }
}

#[rstest]
#[actix_web::test]
async fn people_who_may_not_enter_are_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let stranger = acme.room.okta.add_person("stranger@acme.example", "No", "Body");
    acme.room.okta.assign_quietly(&acme.app, &stranger);
    let (_, page) = acme.sign_in(&stranger).await;
    assert_eq!(page.status, 403, "{}", page.text());
    let found = finding(&house, &acme, "not_provisioned").await.unwrap();
    assert!(found.contains("Assignments"), "{found}");
}

#[rstest]
#[actix_web::test]
async fn an_app_embed_link_as_sign_on_url_is_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let link = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    acme.change(&house, move |connection| connection.sso_url = link).await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let response = browser.post_saml(&response).await.unwrap();
    let page = browser.post_saml(&response).await.unwrap();
    assert!(page.text().contains("does not read our request"), "{}", page.text());
    let found = finding(&house, &acme, "saml_loop").await.unwrap();
    assert!(
        found.contains("App Embed Link") && found.contains("Identity Provider Single Sign-On URL"),
        "{found}"
    );
    // If unsolicited responses are refused, it counts as one of those.
    acme.change(&house, |connection| connection.unsolicited = Unsolicited::Off).await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    browser.post_saml(&response).await.unwrap();
    assert!(finding(&house, &acme, "saml_unsolicited").await.is_some());
}

#[rstest]
#[actix_web::test]
async fn metadata_that_can_t_be_read_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let url = acme.room.okta.saml_instructions(&acme.app).unwrap().metadata_url;
    // The metadata was read just now, so that the worker does not read it again.
    let now = house.state.now();
    acme.change(&house, move |connection| {
        connection.metadata_url = url;
        connection.metadata_read_at = Some(now);
    })
    .await;
    house.clock.advance(61 * SECOND);
    let read = || async {
        let (workspace, id) = (acme.room.workspace.clone(), acme.connection.clone());
        let connection =
            house.write(move |conn| saml_connections::find(conn, &workspace, &id).unwrap().unwrap()).await;
        provider_metadata::read(&house.state, &connection, Cause::cli()).await
    };
    acme.room.okta.tamper_saml(Fault::MetadataOfAnother).unwrap();
    let sentence = read().await.unwrap_err();
    let found = finding(&house, &acme, "saml_metadata").await.unwrap();
    assert!(found.contains("another issuer") && sentence.contains("another issuer"), "{found} {sentence}");
    house.clock.advance(61 * SECOND);
    read().await.unwrap();
    assert_eq!(finding(&house, &acme, "saml_metadata").await, None);
}

#[rstest]
#[actix_web::test]
async fn a_certificate_that_waits_is_named_with_its_fingerprint(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let url = acme.room.okta.saml_instructions(&acme.app).unwrap().metadata_url;
    acme.change(&house, move |connection| {
        connection.metadata_url = url;
        connection.trusts_metadata = false;
    })
    .await;
    let next = acme.room.okta.generate_saml_certificate(&acme.app).unwrap();
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &next));
    // Claresia: "Test login fails invalid_signature: Okta has rotated".
    let (_, page) = acme.sign_in(&ada).await;
    assert!(page.text().contains("waits to be trusted"), "{}", page.text());
    let waiting = finding(&house, &acme, "saml_certificate_waiting").await.unwrap();
    let refused = finding(&house, &acme, "saml_signature").await.unwrap();
    let waiting: Value = serde_json::from_str(&waiting).unwrap();
    let fingerprint = waiting["change"][0]["value"].as_str().unwrap();
    assert!(refused.contains(fingerprint) && refused.contains("waits to be trusted"), "{refused}");
}

#[rstest]
#[actix_web::test]
async fn attributes_that_do_not_come_are_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    acme.change(&house, |connection| {
        let names = AttributeNames {
            groups: Some("groups".to_owned()),
            uid: Some("UID".to_owned()),
            ..AttributeNames::default()
        };
        connection.attributes = vestibule_store::db::json::Json::new(names);
    })
    .await;
    let settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    // Claresia: "Groups don't appear". 5th Kind: a UID that does not come.
    acme.sign_in(&ada).await;
    assert!(finding(&house, &acme, "saml_no_groups").await.unwrap().contains("Filter"));
    assert!(finding(&house, &acme, "saml_no_uid").await.unwrap().contains("UID"));
    house.clock.advance(SECOND);
    let mut joined = settings.clone();
    let list = vec!["claresia-a".to_owned(), "claresia-b".to_owned()];
    joined.attributes = vec![AttributeStatement::new("groups", Expression::Array(list))];
    acme.room.okta.update_saml(&acme.app, joined);
    acme.sign_in(&ada).await;
    assert!(finding(&house, &acme, "saml_joined_groups").await.unwrap().contains("treated as one group"));
    house.clock.advance(SECOND);
    let mut right = settings;
    right.group_attributes =
        vec![GroupAttributeStatement::new("groups", GroupFilter::StartsWith("claresia-".to_owned()))];
    acme.room.okta.update_saml(&acme.app, right);
    let group = acme.room.okta.add_group("claresia-admins");
    acme.room.okta.add_member(&group, &ada);
    acme.sign_in(&ada).await;
    assert_eq!(finding(&house, &acme, "saml_no_groups").await, None);
    assert_eq!(finding(&house, &acme, "saml_joined_groups").await, None);
}
