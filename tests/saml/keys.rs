//! Our own keys: signed requests, encrypted assertions, rotation.

use rstest::rstest;
use secrecy::ExposeSecret;
use vestibule_core::sets::SamlBinding;
use vestibule_simulator::{AssertionEncryption, ContentEncryption, KeyTransport};

use super::{SECOND, SamlRoom, assert_refused, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House,
};

const DAY: i64 = 24 * 3600 * SECOND;

/// `vestibule saml-key …` on the house's database.
fn command(house: &House) -> Deployment {
    let key = house.state.config().security.sealing_key.clone();
    Deployment::new(house.database_url(), &house.api).with("SECURITY__SEALING_KEY", key.expose_secret())
}

/// The certificates of our metadata as PEM, in the order of the signing keys.
pub(super) async fn certificates(house: &House, acme: &SamlRoom) -> Vec<String> {
    let url = house.url(&format!("/api/okta/saml/metadata/{}", acme.room.workspace));
    let xml = house.http.get(url).send().await.unwrap().text().await.unwrap();
    let signing = xml.split(r#"use="signing""#).skip(1);
    let bodies = signing.filter_map(|rest| rest.split("X509Certificate>").nth(1)?.split('<').next());
    bodies.map(|body| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")).collect()
}

#[rstest]
#[actix_web::test]
async fn an_encrypted_assertion_signs_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let own = certificates(&house, &acme).await.remove(0);
    for (content, transport, accepted) in [
        (ContentEncryption::Aes256Gcm, KeyTransport::RsaOaep, true),
        (ContentEncryption::Aes128Gcm, KeyTransport::RsaOaep, true),
        (ContentEncryption::Aes256Cbc, KeyTransport::RsaOaep, true),
        (ContentEncryption::Aes256Gcm, KeyTransport::Rsa15, false),
    ] {
        let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
        let mut encryption = AssertionEncryption::new(&own);
        (encryption.content, encryption.key_transport) = (content, transport);
        settings.assertion_encryption = Some(encryption);
        acme.room.okta.update_saml(&acme.app, settings);
        let (browser, page) = acme.sign_in(&ada).await;
        if accepted {
            assert_signed_in(&house, &browser, &page);
        } else {
            assert_refused(&house, &browser, &page, 403, "decryption");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn requests_are_signed_where_the_provider_insists(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(SamlBinding::Redirect, SamlBinding::Post)] binding: SamlBinding,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    settings.signature_certificate = Some(certificates(&house, &acme).await.remove(0));
    settings.signed_requests = true;
    acme.room.okta.update_saml(&acme.app, settings);
    // Okta refuses an unsigned request with its own page.
    let page = vestibule_simulator::Browser::new().unwrap().get(&acme.login).await.unwrap();
    assert!(page.form_with_field("identifier").is_err(), "{}", page.text());
    acme.change(&house, move |connection| {
        (connection.signs_requests, connection.sso_binding) = (true, binding);
    })
    .await;
    let browser = vestibule_simulator::Browser::new().unwrap();
    let page = browser.get(&acme.login).await.unwrap();
    let page = match binding {
        SamlBinding::Redirect => page,
        SamlBinding::Post => browser.post_saml(&page).await.unwrap(),
    };
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_signed_in(&house, &browser, &browser.post_saml(&page).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn a_key_is_published_before_it_signs(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let first = certificates(&house, &acme).await;
    assert_eq!(first.len(), 1);
    let command = command(&house);
    let keys = command.run(&["saml-key", "rotate"], "");
    assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&"next".into(), &"current".into()), "{keys}");
    assert_eq!(command.command(&["saml-key", "rotate"], "").status.code(), Some(1));
    let both = certificates(&house, &acme).await;
    assert_eq!((both.len(), &both[1]), (2, &first[0]));
    // The new key signs now, and the former one still decrypts.
    house.clock.advance(31 * DAY);
    acme.room.okta.move_clock(31 * DAY / SECOND);
    let ada = acme.person("Ada").await;
    let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    settings.assertion_encryption = Some(AssertionEncryption::new(&first[0]));
    acme.room.okta.update_saml(&acme.app, settings);
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // A leaked key is removed at once.
    command.run(&["saml-key", "rotate", "--now"], "");
    let left = certificates(&house, &acme).await;
    assert!(left.len() == 1 && !both.contains(&left[0]));
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "decryption");
}
