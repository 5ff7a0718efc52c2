//! The provider's metadata is read again: a new certificate is known in time, and the expiry of an old one is reported.

use rstest::rstest;
use vestibule_admin::provider::saml_connection::{SamlSettings, expiry, provider_metadata};
use vestibule_saml::certificate::Certificate;
use vestibule_store::{providers::saml_certificates, trail::events::Cause};

use super::{SECOND, SamlRoom, assert_refused, assert_signed_in, provider, save};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const DAY: i64 = 24 * 3600 * SECOND;

/// A workspace whose connection follows its provider's metadata.
pub(super) async fn following(house: &House, trusts: bool) -> SamlRoom {
    let acme = SamlRoom::new(house, "Acme").await;
    let settings = SamlSettings {
        name: "Okta".to_owned(),
        provider: Some(provider(&acme.room, &acme.app)),
        metadata_url: Some(acme.room.okta.saml_instructions(&acme.app).unwrap().metadata_url),
        trusts_metadata: Some(trusts),
        ..SamlSettings::default()
    };
    save(house, &acme.room, settings).await;
    acme
}

#[rstest]
#[actix_web::test]
async fn a_certificate_that_signs_from_now_on_is_fetched(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = following(&house, true).await;
    let ada = acme.person("Ada").await;
    let next = acme.room.okta.generate_saml_certificate(&acme.app).unwrap();
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &next));
    // The metadata was read a moment ago, so it is not read again yet.
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "certificate");
    house.clock.advance(61 * SECOND);
    acme.room.okta.move_clock(61);
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    let events = acme.events(&house).await;
    let read = events.iter().find(|(kind, _)| kind == "saml_certificates_read").unwrap();
    assert!(read.1.contains(r#""waiting":[]"#) && !read.1.contains(r#""trusted":[]"#), "{read:?}");
}

#[rstest]
#[actix_web::test]
async fn a_stranger_causes_no_flood_of_requests(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = following(&house, true).await;
    house.clock.advance(DAY / 2);
    acme.room.okta.move_clock(DAY / 2 / SECOND);
    let ada = acme.person("Ada").await;
    for _ in 0..3 {
        acme.room.okta.tamper_saml(vestibule_simulator::SamlMisbehavior::ForeignKey).unwrap();
        let (browser, page) = acme.sign_in(&ada).await;
        assert_refused(&house, &browser, &page, 403, "certificate");
    }
    let (workspace, id) = (acme.room.workspace.clone(), acme.connection.clone());
    let connection = house
        .write(move |conn| vestibule_store::providers::saml_connections::find(conn, &workspace, &id).unwrap())
        .await;
    let again = provider_metadata::read(&house.state, &connection.unwrap(), Cause::cli()).await;
    assert_eq!(again, Ok(None), "the first of the three has read it");
}

#[rstest]
#[actix_web::test]
async fn a_new_certificate_may_wait_for_an_administrator(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = following(&house, false).await;
    let ada = acme.person("Ada").await;
    let next = acme.room.okta.generate_saml_certificate(&acme.app).unwrap();
    assert!(acme.room.okta.activate_saml_certificate(&acme.app, &next));
    house.clock.advance(2 * DAY);
    acme.room.okta.move_clock(2 * DAY / SECOND);
    provider_metadata::read_due(&house.state).await.unwrap();
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "certificate");
    let events = acme.events(&house).await;
    let read = events.iter().find(|(kind, _)| kind == "saml_certificates_read").unwrap();
    assert!(read.1.contains(r#""trusted":[]"#), "{read:?}");
    // Saving the settings again makes the certificate trusted.
    save(
        &house,
        &acme.room,
        SamlSettings {
            name: "Okta".to_owned(),
            provider: Some(provider(&acme.room, &acme.app)),
            ..SamlSettings::default()
        },
    )
    .await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
}

#[rstest]
#[actix_web::test]
async fn the_end_of_a_certificate_is_reported_four_times(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let pem = acme.room.okta.saml_instructions(&acme.app).unwrap().certificate;
    let certificate: &Certificate = &vestibule_saml::certificate::parse_pasted(&pem).unwrap()[0];
    let end = certificate.not_after() * SECOND;
    let mut reported = Vec::new();
    for days in [100, 89, 88, 31, 29, 6, 5, 1, 0, -1] {
        let now = end - days * DAY - SECOND;
        let due = house.state.read(move |conn| expiry::due(conn, "us", now)).await.unwrap();
        for ending in due {
            reported.push(days);
            house.write(move |conn| expiry::record(conn, &ending, now).unwrap()).await;
        }
    }
    assert_eq!(reported, [89, 29, 6, 0]);
    let (kind, data) = acme.events(&house).await.remove(0);
    assert_eq!(kind, "saml_certificate_ending");
    assert!(data.contains(r#""days":0"#) && data.contains(&certificate.fingerprint()), "{data}");
    // The row has the last reported threshold.
    let connection = acme.connection.clone();
    let workspace = acme.room.workspace.clone();
    let rows = house
        .write(move |conn| {
            let connection =
                vestibule_store::providers::saml_connections::find(conn, &workspace, &connection)
                    .unwrap()
                    .unwrap();
            saml_certificates::list(conn, &connection).unwrap()
        })
        .await;
    assert_eq!(rows[0].warned_days, Some(1));
}
