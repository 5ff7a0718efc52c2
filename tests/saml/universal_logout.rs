//! Universal Logout for a SAML app: signed with the key of the assertions (saml-facts §1.4).

use rstest::rstest;
use vestibule_admin::provider::saml_connection::provider_metadata;
use vestibule_simulator::SubjectFormat;

use super::{SECOND, SamlRoom, assert_signed_in, metadata::following};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// Allows Universal Logout from the SAML app.
async fn connect(house: &House, acme: &SamlRoom) {
    let (org, app) = (acme.room.okta.issuer().to_owned(), acme.app.client_id.clone());
    acme.change(house, move |connection| (connection.okta_org, connection.app_instance_id) = (org, app))
        .await;
    acme.room.okta.enable_universal_logout(&acme.app, &house.url("/api/okta/universal-logout"));
}

#[rstest]
#[actix_web::test]
async fn the_app_ends_all_access(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(SubjectFormat::Email, SubjectFormat::IssSub)] format: SubjectFormat,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    connect(&house, &acme).await;
    acme.room.okta.universal_logout(&acme.app, &ada, format).await.unwrap();
    assert_eq!(acme.room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_certificate_that_waits_ends_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = following(&house, false).await;
    connect(&house, &acme).await;
    let ada = acme.person("Ada").await;
    let next = acme.room.okta.generate_saml_certificate(&acme.app).unwrap();
    let two_days = 2 * 24 * 3600;
    house.clock.advance(two_days * SECOND);
    acme.room.okta.move_clock(two_days);
    provider_metadata::read_due(&house.state).await.unwrap();
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // The new certificate is known from the metadata, but no administrator has trusted it.
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &next));
    let answer = acme.room.okta.universal_logout(&acme.app, &ada, SubjectFormat::Email).await;
    assert_eq!(answer.unwrap_err().exchanges[0].status, 401);
    assert_eq!(acme.room.check(&browser).await, 200);
}

#[rstest]
#[actix_web::test]
async fn another_workspaces_certificate_ends_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let globex = SamlRoom::new(&house, "Globex").await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // Acme's connection names Globex's app for Universal Logout, but trusts only the certificate of its own app.
    let (org, app) = (globex.room.okta.issuer().to_owned(), globex.app.client_id.clone());
    acme.change(&house, move |connection| (connection.okta_org, connection.app_instance_id) = (org, app))
        .await;
    globex.room.okta.enable_universal_logout(&globex.app, &house.url("/api/okta/universal-logout"));
    let eve = globex.room.okta.add_person("ada@acme.example", "Ada", "Family");
    globex.room.okta.assign_quietly(&globex.app, &eve);
    let answer = globex.room.okta.universal_logout(&globex.app, &eve, SubjectFormat::Email).await;
    assert_eq!(answer.unwrap_err().exchanges[0].status, 401);
    assert_eq!(acme.room.check(&browser).await, 200);
}
