//! The redirect from Okta: a login is used once, in time, by the browser that began it, from its issuer.

use rstest::rstest;
use url::Url;
use vestibule_simulator::Browser;

use super::{MINUTE, assert_refused, change_connection, session_cookie, way_back};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// Returns the URL with one parameter replaced or removed.
fn with(url: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(url).unwrap();
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.retain(|(found, _)| found != name);
    pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}

#[rstest]
#[actix_web::test]
async fn a_state_is_good_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&back).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert!(session_cookie(&house, &browser).is_some());
    // After a sign-out, or in another browser, the same URL is refused.
    let other = Browser::new().unwrap();
    let refused = other.get(&back).await.unwrap();
    assert_refused(&house, &other, &refused, 400, &["This sign-in began elsewhere"]);
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    let page = browser.get(&back).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["This sign-in is over"]);
}

#[rstest]
#[actix_web::test]
async fn a_callback_opened_again_leads_on_while_its_session_lives(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let link = format!("{}&target_link_uri=/account%3Fx%3D1", room.login_url());
    let away = browser.get(&link).await.unwrap();
    let stranger = Browser::new().unwrap();
    let back = stranger.sign_in_to_okta(&away, &ada).await.unwrap().url;
    let page = browser.get(back.as_str()).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/account?x=1"), "{}", page.text());
    let cookie = session_cookie(&house, &browser);
    // At first the cookie of the sign-in exists, then it has expired.
    for minutes in [0, 11] {
        house.clock.advance(minutes * MINUTE);
        let page = browser.get(back.as_str()).await.unwrap();
        assert_eq!(page.url.as_str(), house.url("/account?x=1"), "{}", page.text());
        assert_eq!(session_cookie(&house, &browser), cookie, "no new session");
    }
    let workspace = room.workspace.clone();
    let trail = house
        .write(move |conn| vestibule_store::trail::events::list(conn, &workspace, 0, 100).unwrap())
        .await;
    assert_eq!(trail.iter().filter(|event| event.kind == "signed_in").count(), 1);
    // The session in another browser comes from another sign-in.
    let (other, _) = room.sign_in(&room.person("Bob").await).await;
    let page = other.get(back.as_str()).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_callback_in_another_browser_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;

    let stranger = Browser::new().unwrap();
    let page = stranger.get(&back).await.unwrap();
    assert_refused(&house, &stranger, &page, 400, &["This sign-in began elsewhere", "Allow cookies"]);
    // The stranger has begun a separate sign-in.
    stranger.get(&room.login_url()).await.unwrap();
    let page = stranger.get(&back).await.unwrap();
    assert_refused(&house, &stranger, &page, 400, &["This sign-in is over"]);

    let page = browser.get(&back).await.unwrap();
    assert_eq!(page.url.path(), "/account", "a stranger ended nothing: {}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_sign_in_takes_ten_minutes_at_most(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    house.clock.advance(11 * MINUTE);
    let page = browser.get(&back).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["This sign-in is over", "ten minutes"]);
}

#[rstest]
#[actix_web::test]
async fn a_state_that_is_missing_or_not_ours_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let state = Url::parse(&back).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let cut = &state[..state.len() - 1];
    let other_kind = state.replacen("vstate_", "vsess_", 1);
    for garbled in [None, Some(""), Some("x"), Some("vstate_"), Some(cut), Some(other_kind.as_str())] {
        let page = browser.get(&with(&back, "state", garbled)).await.unwrap();
        assert_refused(&house, &browser, &page, 400, &["This sign-in link is not complete", "state"]);
    }
    let mut other = state.clone().into_bytes();
    let last = other.last_mut().unwrap();
    *last = if *last == b'A' { b'Q' } else { b'A' };
    let other = String::from_utf8(other).unwrap();
    let page = browser.get(&with(&back, "state", Some(&other))).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["This sign-in is over"]);
    let page = browser.get(&format!("{back}&state=twice")).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["is repeated"]);
    let page = browser.get(&back).await.unwrap();
    assert_eq!(page.url.path(), "/account", "nothing of it used the trip up: {}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_answer_without_code_or_with_an_error_signs_nobody_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&with(&back, "code", None)).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["neither code nor error"]);

    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&with(&back, "code", Some("not-a-code"))).await.unwrap();
    // RFC 6749 §5.2: `invalid_grant` is about the code, `invalid_client` is about the client's credentials.
    assert_refused(&house, &browser, &page, 502, &["Okta refused the sign-in code", "Sign-in redirect URIs"]);
    assert!(!page.text().contains("secret"), "{}", page.text());

    // Text that a stranger puts into `error_description` is escaped and shortened.
    let back = way_back(&room, &browser, &ada).await;
    let said = format!("<script>alert(1)</script>{}", "x".repeat(2000));
    let back = with(&back, "code", None);
    let failed = with(&with(&back, "error", Some("made_up")), "error_description", Some(&said));
    let page = browser.get(&failed).await.unwrap();
    assert_refused(&house, &browser, &page, 502, &["Okta could not sign you in", "made_up"]);
    assert!(!page.html.contains("<script>alert"), "{}", page.html);
    assert!(page.text().len() < 1200, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_issuer_in_the_answer_must_be_the_one_that_was_asked(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&with(&back, "iss", Some("https://elsewhere.okta.com"))).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["The answer came from another issuer"]);
    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&with(&back, "iss", Some(room.okta.issuer()))).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_connection_changed_on_the_way_ends_the_trip(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    change_connection(&house, &room, |connection| connection.enabled = false).await;
    let page = browser.get(&back).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["Okta settings changed meanwhile"]);

    change_connection(&house, &room, |connection| connection.enabled = true).await;
    let back = way_back(&room, &browser, &ada).await;
    change_connection(&house, &room, |connection| connection.client_id = "0oaother".to_owned()).await;
    let page = browser.get(&back).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["Okta settings changed meanwhile"]);
}

#[rstest]
#[actix_web::test]
async fn two_tabs_of_one_browser_both_come_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let (one, two) = (way_back(&room, &browser, &ada).await, way_back(&room, &browser, &ada).await);
    for back in [two, one] {
        let page = browser.get(&back).await.unwrap();
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        assert!(session_cookie(&house, &browser).is_some());
    }
}

#[rstest]
#[actix_web::test]
async fn the_session_s_cookie_is_kept_from_scripts_and_other_sites(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let binding = browser.cookie(&house.api, "vestibule_login").unwrap();
    let request = house.http.get(&back).header("cookie", format!("vestibule_login={binding}"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], house.url("/account").as_str());
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("vestibule_session=vsess_"), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(attributes.split("; ").any(|found| found == attribute), "no {attribute} in {attributes}");
    }
    assert!(!attributes.contains("Domain"), "{attributes}");
}

#[rstest]
#[actix_web::test]
async fn behind_https_every_cookie_belongs_to_the_host_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(
        backend,
        &[("REGION__API_URL", "https://api.example.com"), ("REGION__APP_URL", "https://app.example.com")],
    )
    .await;
    let room = house.room("Acme").await;
    let answer = house.http.get(room.login_url()).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-vestibule_login="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/"), "{cookie}");
    let away = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let redirect_uri = away.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
    assert_eq!(redirect_uri, "https://api.example.com/api/okta/oidc/callback");
}
