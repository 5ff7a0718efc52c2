//! Every valid form of Okta's response signs in.

use rstest::rstest;
use vestibule_core::sets::SamlBinding;
use vestibule_simulator::{AttributeStatement, Expression, NameIdFormat, SamlMisbehavior};

use super::{SamlRoom, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn whatever_is_signed_signs_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    for fault in [None, Some(SamlMisbehavior::OnlyResponseSigned), Some(SamlMisbehavior::OnlyAssertionSigned)]
    {
        if let Some(fault) = fault.clone() {
            acme.room.okta.tamper_saml(fault).unwrap();
        }
        let (browser, page) = acme.sign_in(&ada).await;
        assert_signed_in(&house, &browser, &page);
    }
}

#[rstest]
#[actix_web::test]
async fn attributes_and_formats_of_the_name_differ(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    for format in [NameIdFormat::Unspecified, NameIdFormat::EmailAddress, NameIdFormat::Persistent] {
        let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
        settings.name_id_format = format;
        settings.attributes = vec![AttributeStatement::new("Email", Expression::Email)];
        acme.room.okta.update_saml(&acme.app, settings);
        let (browser, page) = acme.sign_in(&ada).await;
        assert_signed_in(&house, &browser, &page);
    }
}

#[rstest]
#[actix_web::test]
async fn a_request_may_go_by_post(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    acme.change(&house, |connection| connection.sso_binding = SamlBinding::Post).await;
    let browser = vestibule_simulator::Browser::new().unwrap();
    let page = browser.get(&acme.login).await.unwrap();
    assert!(page.text().contains("Continue to sign in"), "{}", page.text());
    let page = browser.post_saml(&page).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_signed_in(&house, &browser, &browser.post_saml(&page).await.unwrap());
}
