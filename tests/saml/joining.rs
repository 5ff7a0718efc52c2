//! Matches people: a person who signs in by SAML gets the user that SCIM provisioned, and a stranger does not.

use rstest::rstest;
use vestibule_core::sets::UidField;
use vestibule_simulator::{
    AttributeStatement, Expression, GroupAttributeStatement, GroupFilter, SamlMisbehavior,
};
use vestibule_store::providers::saml_connections::AttributeNames;

use super::{SamlRoom, assert_refused, assert_signed_in, doctor::finding};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// The number of users.
async fn users(acme: &SamlRoom) -> serde_json::Value {
    acme.room.scim("GET", "/Users?count=0", None).await.1["totalResults"].clone()
}

#[rstest]
#[actix_web::test]
async fn the_uid_joins_saml_and_scim(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(UidField::ExternalId, UidField::UserName)] field: UidField,
) {
    let house = House::start(backend).await;
    let value = if field == UidField::ExternalId { Expression::Id } else { Expression::Login };
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| {
            // A NameID that matches no user.
            okta.name_id_format = vestibule_simulator::NameIdFormat::Persistent;
            okta.application_username = vestibule_simulator::ApplicationUsername::Custom(Expression::Id);
            okta.attributes = vec![AttributeStatement::new("UID", value)];
        },
        |here| {
            here.jit = Some(true);
            here.attributes = Some(AttributeNames {
                uid: Some("UID".to_owned()),
                uid_is: Some(field),
                ..AttributeNames::default()
            });
        },
    )
    .await;
    let ada = acme.person("Ada").await;
    let before = users(&acme).await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    assert_eq!(users(&acme).await, before, "one person, no duplicate");
}

#[rstest]
#[actix_web::test]
async fn just_in_time_creates_a_person_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| {
            okta.attributes = vec![
                AttributeStatement::new("firstName", Expression::FirstName),
                AttributeStatement::new("lastName", Expression::LastName),
                AttributeStatement::new("email", Expression::Email),
            ];
            okta.group_attributes =
                vec![GroupAttributeStatement::new("groups", GroupFilter::StartsWith("App ".to_owned()))];
        },
        |here| {
            here.jit = Some(true);
            here.attributes =
                Some(AttributeNames { groups: Some("groups".to_owned()), ..AttributeNames::default() });
        },
    )
    .await;
    let ada = acme.room.okta.add_person("ada@acme.example", "Ada", "Lovelace");
    acme.room.okta.assign_quietly(&acme.app, &ada);
    for name in ["App One, Two", "App Three", "Other"] {
        let group = acme.room.okta.add_group(name);
        acme.room.okta.add_member(&group, &ada);
    }
    for _ in 0..2 {
        let (browser, page) = acme.sign_in(&ada).await;
        assert_signed_in(&house, &browser, &page);
    }
    let (_, body) = acme.room.scim("GET", "/Users", None).await;
    assert_eq!(body["totalResults"], 1, "{body}");
    let user = &body["Resources"][0];
    assert_eq!(user["userName"], "ada@acme.example", "{body}");
    assert_eq!(
        (&user["name"]["givenName"], &user["name"]["familyName"]),
        (&"Ada".into(), &"Lovelace".into())
    );
    let groups = acme.events(&house).await.into_iter().find(|(kind, _)| kind == "groups_claimed").unwrap().1;
    assert!(
        groups.contains("App One, Two") && groups.contains("App Three") && !groups.contains("Other"),
        "{groups}"
    );
}

#[rstest]
#[actix_web::test]
async fn who_is_unknown_is_told_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let bob = acme.room.okta.add_person("bob@acme.example", "Bob", "Builder");
    let eve = acme.room.okta.add_person("eve@elsewhere.example", "Eve", "Stranger");
    for (person, words) in [(bob, "not provisioned"), (eve, "not provisioned")] {
        acme.room.okta.assign_quietly(&acme.app, &person);
        let (browser, page) = acme.sign_in(&person).await;
        assert_refused(&house, &browser, &page, 403, words);
    }
}

#[rstest]
#[actix_web::test]
async fn a_look_alike_joins_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(&house, "Acme", |_| {}, |here| here.jit = Some(true)).await;
    acme.room.user("mike@acme.example").await;
    // Each is a separate account in Okta, but has the same key as `mike@acme.example` here.
    for login in ["mi\u{212a}e@acme.example", "\u{1d426}ike@acme.example"] {
        let person = acme.room.okta.add_person(login, "Mallory", "M");
        acme.room.okta.assign_quietly(&acme.app, &person);
        let (browser, page) = acme.sign_in(&person).await;
        assert_refused(&house, &browser, &page, 403, "not provisioned");
        // The same with OpenID Connect.
        acme.room.okta.assign_quietly(&acme.room.app, &person);
        let (browser, page) = acme.room.sign_in(&person).await;
        assert_refused(&house, &browser, &page, 403, "not provisioned");
    }
    let mike = acme.room.okta.add_person("mike@acme.example", "Mike", "M");
    acme.room.okta.assign_quietly(&acme.app, &mike);
    let (browser, page) = acme.sign_in(&mike).await;
    assert_signed_in(&house, &browser, &page);
}

#[rstest]
#[actix_web::test]
async fn another_spelling_of_the_name_makes_no_second_person(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(&house, "Acme", |_| {}, |here| here.jit = Some(true)).await;
    let ada = acme.person("Ada").await;
    let before = users(&acme).await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // Okta sends the NameID in another letter case: a second identity of a person who has one, which only an administrator can link.
    acme.room.okta.tamper_saml(SamlMisbehavior::NameIdInUpperCase).unwrap();
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "An administrator has to let you in");
    assert!(!page.text().contains("ADA"), "the page does not say whom the name resembles: {}", page.text());
    assert_eq!(users(&acme).await, before);
    // Administrators get the difference in the event.
    let (kind, data) = acme.events(&house).await.remove(0);
    assert_eq!(kind, "sign_in_refused");
    assert!(data.contains("other_spelling") && data.contains("letter case alone"), "{data}");
    let found = finding(&house, &acme, "saml_spelling").await.unwrap();
    assert!(found.contains("Application username"), "{found}");
}
