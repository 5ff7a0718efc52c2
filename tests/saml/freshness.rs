//! After an end of access a sign-in counts only if Okta was asked to authenticate the person again, because the AuthnInstant of its
//! assertions is not the time of the authentication (saml-facts §1.1).

use rstest::rstest;
use serde_json::json;
use vestibule_core::sets::UidField;
use vestibule_simulator::{
    ApplicationUsername, AttributeStatement, Browser, Expression, NameIdFormat, SamlMisbehavior,
    SubjectFormat,
};
use vestibule_store::providers::saml_connections::AttributeNames;

use super::{SECOND, SamlRoom, assert_refused, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn whose_access_ended_authenticates_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    acme.room.okta.universal_logout(&acme.room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(acme.room.check(&browser).await, 401);
    house.clock.advance(SECOND);
    acme.room.okta.move_clock(1);

    // Okta sends the first response from its session. The response is not accepted, and Okta is asked to authenticate again.
    let response = browser.get(&acme.login).await.unwrap();
    assert!(response.saml_form().is_ok(), "{}", response.text());
    let asked = browser.post_saml(&response).await.unwrap();
    assert!(asked.form_with_field("identifier").is_ok(), "{} {}", asked.url, asked.text());
    assert_eq!(acme.room.check(&browser).await, 401);
    let response = browser.sign_in_to_okta(&asked, &ada).await.unwrap();
    let page = browser.post_saml(&response).await.unwrap();
    assert_signed_in(&house, &browser, &page);

    // A second later, the session at Okta does not suffice either.
    house.clock.advance(SECOND);
    let page = browser.get(&acme.login).await.unwrap();
    let page = browser.post_saml(&page).await.unwrap();
    assert!(page.form_with_field("identifier").is_ok(), "{} {}", page.url, page.text());
}

#[rstest]
#[actix_web::test]
async fn who_was_deleted_is_found_by_the_uid(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(UidField::ExternalId, UidField::UserName)] field: UidField,
) {
    let house = House::start(backend).await;
    let by_id = field == UidField::ExternalId;
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| {
            // Neither the NameID nor a name was known here before.
            okta.name_id_format = NameIdFormat::Persistent;
            okta.application_username = ApplicationUsername::Custom(Expression::FirstName);
            let value = if by_id { Expression::Id } else { Expression::Login };
            okta.attributes = vec![AttributeStatement::new("UID", value)];
        },
        |here| {
            let attributes = AttributeNames {
                uid: Some("UID".to_owned()),
                uid_is: Some(field),
                ..AttributeNames::default()
            };
            here.attributes = Some(attributes);
        },
    )
    .await;
    let ada = acme.person("Ada").await;
    let id = acme.room.okta.scim_id(&acme.room.app, &ada).unwrap();
    assert_eq!(acme.room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    let again = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": if by_id { "other@acme.example" } else { &ada.login },
        "externalId": by_id.then_some(&ada.id),
        "active": true,
    });
    assert_eq!(acme.room.scim("POST", "/Users", Some(again)).await.0, 201);
    house.clock.advance(SECOND);
    acme.room.okta.move_clock(1);
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let asked = browser.post_saml(&response).await.unwrap();
    assert!(asked.form_with_field("identifier").is_ok(), "{} {}", asked.url, asked.text());
    let response = browser.sign_in_to_okta(&asked, &ada).await.unwrap();
    let page = browser.post_saml(&response).await.unwrap();
    assert_signed_in(&house, &browser, &page);
}

#[rstest]
#[actix_web::test]
async fn a_month_later_it_is_over(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    acme.room.okta.universal_logout(&acme.room.app, &ada, SubjectFormat::Email).await.unwrap();
    let month = 31 * 24 * 3600;
    house.clock.advance(month * SECOND);
    acme.room.okta.move_clock(month);
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
}

#[rstest]
#[actix_web::test]
async fn who_asks_for_a_new_sign_in_gets_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    for more in ["&prompt=login", "&max_age=60"] {
        let page = browser.get(&format!("{}{more}", acme.login)).await.unwrap();
        assert!(page.form_with_field("identifier").is_ok(), "{more}: {} {}", page.url, page.text());
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        assert_signed_in(&house, &browser, &browser.post_saml(&page).await.unwrap());
    }
}

#[rstest]
#[actix_web::test]
async fn the_age_that_a_workspace_demands_is_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let (_, page) = acme.sign_in(&ada).await;
    assert_eq!(page.status, 200);
    house.clock.advance(120 * SECOND);
    // Okta's clock does not move, so its instants are before our request.
    for more in ["&max_age=60", "&prompt=login"] {
        acme.room.okta.tamper_saml(SamlMisbehavior::IgnoredForceAuthn).unwrap();
        let browser = Browser::new().unwrap();
        let response = acme.up_to_response(&browser, &format!("{}{more}", acme.login), &ada).await;
        let page = browser.post_saml(&response).await.unwrap();
        assert_refused(&house, &browser, &page, 403, "You have to sign in to Okta again");
    }
}
