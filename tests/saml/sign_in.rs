//! A sign-in that starts here: to Okta with a request, and back with a response to it.

use rstest::rstest;
use vestibule_simulator::Browser;
use vestibule_store::providers::saml_connections;

use super::{SamlRoom, assert_refused, assert_signed_in, session_cookie};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_provisioned_person_signs_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    assert_eq!(acme.room.check(&browser).await, 200);
    let events = acme.events(&house).await;
    assert_eq!(events[0].0, "signed_in", "{events:?}");
    assert!(events[0].1.contains(r#""by":"name""#), "{events:?}");
    assert_eq!(events[1].0, "identity_linked", "{events:?}");
    // The identity is known from now on.
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    assert!(acme.events(&house).await[0].1.contains(r#""by":"identity""#));
}

#[rstest]
#[actix_web::test]
async fn a_deep_link_survives_the_trip(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let login = format!("{}&target_link_uri={}", acme.login, "/account%3Fa%3D1");
    let page = acme.up_to_response(&browser, &login, &ada).await;
    let page = browser.post_saml(&page).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/account?a=1"), "{}", page.text());
    let elsewhere = format!("{}&target_link_uri=https%3A%2F%2Fevil.example%2F", acme.login);
    let page = Browser::new().unwrap().get(&elsewhere).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn the_default_connection_serves_addresses_that_name_none(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let plain = house.url(&format!("/api/okta/oidc/login?team_id={}", acme.room.workspace));
    // If there is an OpenID Connect connection, SAML is used only if the URL names it.
    let page = Browser::new().unwrap().get(&plain).await.unwrap();
    assert!(page.saml_form().is_err() && page.query("response_type").is_some(), "{}", page.url);
    let workspace = acme.room.workspace.clone();
    house.write(move |conn| saml_connections::clear_default(conn, &workspace).unwrap()).await;
    acme.change(&house, |connection| connection.is_default = true).await;
    let browser = Browser::new().unwrap();
    let page = acme.up_to_response(&browser, &plain, &ada).await;
    assert_signed_in(&house, &browser, &browser.post_saml(&page).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn going_back_leads_where_the_sign_in_led(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let page = browser.post_saml(&response).await.unwrap();
    assert_signed_in(&house, &browser, &page);
    let cookie = session_cookie(&house, &browser);
    let page = browser.post_saml(&response).await.unwrap();
    assert_signed_in(&house, &browser, &page);
    assert_eq!(session_cookie(&house, &browser), cookie);
}

#[rstest]
#[actix_web::test]
async fn another_browser_uses_nothing_up(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    for began_a_login in [false, true] {
        let stranger = Browser::new().unwrap();
        if began_a_login {
            stranger.get(&acme.login).await.unwrap();
        }
        let page = stranger.post_saml(&response).await.unwrap();
        assert_refused(&house, &stranger, &page, 400, "This sign-in began elsewhere");
    }
    assert_signed_in(&house, &browser, &browser.post_saml(&response).await.unwrap());
    // The response is used up now, for every browser.
    let again = Browser::new().unwrap();
    let page = again.post_saml(&response).await.unwrap();
    assert_eq!(session_cookie(&house, &again), None, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn eight_posts_at_once_give_one_session(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let posts = (0..8).map(|_| browser.post_saml(&response));
    for page in futures_util::future::join_all(posts).await {
        let page = page.unwrap();
        assert!([200, 400].contains(&page.status), "{} {}", page.status, page.text());
    }
    assert_eq!(acme.room.check(&browser).await, 200);
    let signed_in = acme.events(&house).await.iter().filter(|(kind, _)| kind == "signed_in").count();
    assert_eq!(signed_in, 1);
}

#[rstest]
#[actix_web::test]
async fn a_ticket_and_a_login_are_over_in_time(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    house.clock.advance(11 * 60 * super::SECOND);
    let page = browser.post_saml(&response).await.unwrap();
    assert_eq!(page.status, 403, "the assertion is old: {}", page.text());
    acme.room.okta.move_clock(11 * 60);
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    assert_signed_in(&house, &browser, &browser.post_saml(&response).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn the_metadata_names_our_addresses(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme =
        SamlRoom::with(&house, "Acme", |_| {}, |here| here.entity_id = Some("urn:acme:sp".to_owned())).await;
    let path = format!("/api/okta/saml/metadata/{}", acme.room.workspace);
    let answer = house.http.get(house.url(&path)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/samlmetadata+xml");
    let xml = answer.text().await.unwrap();
    assert!(xml.contains(&format!(r#"entityID="{}""#, house.url(&path))), "{xml}");
    assert!(xml.contains(&format!(r#"Location="{}""#, acme.acs)), "{xml}");
    let own = house.url(&format!("{path}?connection={}", acme.connection));
    let xml = house.http.get(own).send().await.unwrap().text().await.unwrap();
    assert!(xml.contains(r#"entityID="urn:acme:sp""#), "{xml}");
    for missing in
        ["/api/okta/saml/metadata/0193abcd-0000-7000-8000-00000000000f", "/api/okta/saml/metadata/acme"]
    {
        assert_eq!(house.http.get(house.url(missing)).send().await.unwrap().status(), 404, "{missing}");
    }
}
