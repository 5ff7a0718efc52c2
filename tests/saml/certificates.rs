//! Rotation of the provider's certificate.

use rstest::rstest;
use vestibule_admin::provider::saml_connection::SamlSettings;
use vestibule_saml::certificate::parse_pasted;
use vestibule_store::providers::{saml_certificates, saml_connections};

use super::{SamlRoom, assert_refused, assert_signed_in, provider, save};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_rotation_fails_no_sign_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let next = acme.room.okta.generate_saml_certificate(&acme.app).unwrap();
    let both = acme.room.okta.saml_certificates(&acme.app);
    let both: String = both.iter().map(|row| row.certificate.as_str()).collect();
    // Both certificates are pasted at once, before the new one signs.
    let settings = |pasted: &str| SamlSettings {
        name: "Okta".to_owned(),
        provider: Some(vestibule_admin::provider::saml_connection::SamlProvider {
            certificates: parse_pasted(pasted).unwrap(),
            ..provider(&acme.room, &acme.app)
        }),
        ..SamlSettings::default()
    };
    save(&house, &acme.room, settings(&both)).await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &next));
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // The old certificate is removed; a response that its key signs is refused.
    let old = acme.room.okta.saml_certificates(&acme.app).into_iter().find(|row| !row.active).unwrap();
    let new = acme.room.okta.saml_instructions(&acme.app).unwrap().certificate;
    save(&house, &acme.room, settings(&new)).await;
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &old.id));
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "certificate");
}

#[rstest]
#[actix_web::test]
async fn a_certificate_that_is_taken_away_on_the_way_signs_nobody_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = vestibule_simulator::Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let message = response.saml_form().unwrap().value("SAMLResponse").unwrap().to_owned();
    let answer = house.http.post(&acme.acs).form(&[("SAMLResponse", message)]).send().await.unwrap();
    let arrive = answer.headers()["location"].to_str().unwrap().to_owned();
    let (workspace, id) = (acme.room.workspace.clone(), acme.connection.clone());
    house
        .write(move |conn| {
            let connection = saml_connections::find(conn, &workspace, &id).unwrap().unwrap();
            for row in saml_certificates::list(conn, &connection).unwrap() {
                saml_certificates::remove(conn, &connection, &row.fingerprint).unwrap();
            }
        })
        .await;
    let page = browser.get(&arrive).await.unwrap();
    assert_refused(&house, &browser, &page, 400, "settings changed meanwhile");
}

#[rstest]
#[actix_web::test]
async fn the_event_names_the_certificates(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let events = acme.events(&house).await;
    let fingerprint = &acme.room.okta.saml_certificates(&acme.app)[0].fingerprint;
    assert_eq!(events[0].0, "saml_connection_changed");
    assert!(events[0].1.contains(&format!(r#""certificates_added":["{fingerprint}"]"#)), "{events:?}");
    assert!(events[0].1.contains(r#""created":true"#), "{events:?}");
}
