//! Responses without a request, as from the tile on Okta's dashboard.

use rstest::rstest;
use vestibule_core::sets::Unsolicited;
use vestibule_simulator::{Browser, SamlMisbehavior};

use super::{SamlRoom, assert_refused, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn the_tile_starts_a_sign_in_of_our_own(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let tile = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    let response = acme.up_to_response(&browser, &tile, &ada).await;
    // The response is not accepted: the browser is sent to Okta again, with a request.
    let second = browser.post_saml(&response).await.unwrap();
    assert!(second.saml_message().unwrap().contains("InResponseTo"), "{}", second.text());
    assert_eq!(acme.room.check(&browser).await, 401);
    assert_signed_in(&house, &browser, &browser.post_saml(&second).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn where_they_are_off_they_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(&house, "Acme", |_| {}, |here| here.unsolicited = Some(Unsolicited::Off)).await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let tile = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    let response = acme.up_to_response(&browser, &tile, &ada).await;
    let page = browser.post_saml(&response).await.unwrap();
    assert_refused(&house, &browser, &page, 403, "Start from the app");
}

#[rstest]
#[actix_web::test]
async fn where_they_are_accepted_they_count_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| okta.default_relay_state = Some("/account?tile=1".to_owned()),
        |here| here.unsolicited = Some(Unsolicited::Accept),
    )
    .await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let tile = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    let response = acme.up_to_response(&browser, &tile, &ada).await;
    let page = browser.post_saml(&response).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, Some("tile=1")), "{}", page.text());
    let thief = Browser::new().unwrap();
    let page = thief.post_saml(&response).await.unwrap();
    assert_refused(&house, &thief, &page, 400, "This sign-in is over");
}

#[rstest]
#[actix_web::test]
async fn a_relay_state_never_leads_elsewhere(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| okta.default_relay_state = Some("https://evil.example/".to_owned()),
        |here| here.unsolicited = Some(Unsolicited::Accept),
    )
    .await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let tile = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    let response = acme.up_to_response(&browser, &tile, &ada).await;
    assert_signed_in(&house, &browser, &browser.post_saml(&response).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn a_provider_that_reads_no_request_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let link = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    acme.change(&house, move |connection| connection.sso_url = link).await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let response = browser.post_saml(&response).await.unwrap();
    assert!(response.saml_form().is_ok(), "{}", response.text());
    let page = browser.post_saml(&response).await.unwrap();
    assert_refused(&house, &browser, &page, 502, "does not read our request");
}

#[rstest]
#[actix_web::test]
async fn an_answer_without_its_request_is_unsolicited(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(&house, "Acme", |_| {}, |here| here.unsolicited = Some(Unsolicited::Off)).await;
    let ada = acme.person("Ada").await;
    acme.room.okta.tamper_saml(SamlMisbehavior::NoInResponseTo).unwrap();
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "Start from the app");
}
