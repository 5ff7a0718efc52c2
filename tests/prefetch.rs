//! A prefetch has no effect (RFC 9110 §9.2.1): pages that use a ticket or begin or end something respond 503 to it, which browsers
//! discard, and the real visit works.

use rstest::rstest;
use vestibule_simulator::Browser;
use vestibule_store::providers::setup_links;

use crate::{
    oauth::flow::Party,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

/// Headers of prefetching browsers: Chromium since 2023, also for prerendering and through a proxy; older Chromium and Safari;
/// Firefox; previews of Safari.
const AHEAD: [(&str, &str); 7] = [
    ("sec-purpose", "prefetch"),
    ("sec-purpose", "prefetch;prerender"),
    ("sec-purpose", "prefetch;anonymous-client-ip"),
    ("purpose", "prefetch"),
    ("purpose", "Prefetch"),
    ("x-moz", "prefetch"),
    ("x-purpose", "preview"),
];

/// Prefetches the URL with each kind of header, with this browser's cookies.
async fn fetch_ahead(house: &House, browser: &Browser, url: &str) {
    let names = ["vestibule_login", "vestibule_session", "vestibule_arrival", "vestibule_setup"];
    let cookies: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{name}={}", browser.cookie(url, name)?))).collect();
    for (name, value) in AHEAD {
        let request = house.http.get(url).header("cookie", cookies.join("; ")).header(name, value);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 503, "{name}: {value} at {url}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{url}");
        for header in ["set-cookie", "location"] {
            assert!(!answer.headers().contains_key(header), "{header} at {url}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn fetching_ahead_begins_no_sign_in_and_uses_up_no_callback(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    fetch_ahead(&house, &browser, &room.login_url()).await;
    let away = browser.get(&room.login_url()).await.unwrap();
    let elsewhere = Browser::new().unwrap();
    let back = elsewhere.sign_in_to_okta(&away, &ada).await.unwrap().url;
    fetch_ahead(&house, &browser, back.as_str()).await;
    let page = browser.get(back.as_str()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn fetching_ahead_uses_up_no_ticket(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("REGION__APP_URL", "http://localhost:{port}")]).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let app = house.api.replace("127.0.0.1", "localhost");
    let (browser, _) = room.sign_in(&ada).await;
    // The transfer to the app host, hop by hop.
    let ask = format!("{app}/auth/arrive?return_to={app}/account");
    fetch_ahead(&house, &browser, &ask).await;
    let arrival = house.http.get(&ask).send().await.unwrap();
    let ticket = arrival.headers()["location"].to_str().unwrap().to_owned();
    let arrival = arrival.headers()["set-cookie"].to_str().unwrap();
    browser.set_cookie(&app, arrival);
    fetch_ahead(&house, &browser, &ticket).await;
    let session = browser.cookie(&house.api, "vestibule_session").unwrap();
    let request = house.http.get(&ticket).header("cookie", format!("vestibule_session={session}"));
    let land = request.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    assert!(land.contains("ticket="), "{land}");
    fetch_ahead(&house, &browser, &land).await;
    let page = browser.get(&land).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    // The ticket of a test sign-in.
    let page = browser.get(&format!("{app}/integrations/okta/setup/test")).await.unwrap();
    let begin = browser.press(&page, "Test sign-in", &[]).await.unwrap();
    let link = begin.links().into_iter().find(|link| link.text == "Continue to Okta").unwrap().href;
    fetch_ahead(&house, &browser, &link.replace("&amp;", "&")).await;
    let report = browser.follow(&begin, "Continue to Okta").await.unwrap();
    assert!(report.text().contains("A sign-in would succeed"), "{}", report.text());
}

#[rstest]
#[actix_web::test]
async fn fetching_ahead_opens_no_set_up_link(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let plain = house.write(move |conn| setup_links::issue(conn, &workspace, now).unwrap()).await;
    let link = house.url(&format!("/setup/{plain}"));
    let browser = Browser::new().unwrap();
    fetch_ahead(&house, &browser, &link).await;
    let page = browser.get(&link).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn fetching_ahead_signs_nobody_out_and_gives_no_code(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let body = app.tokens(&house, &browser, "openid").await;
    let hint = body["id_token"].as_str().unwrap();
    fetch_ahead(&house, &browser, &house.url(&format!("/oauth/logout?id_token_hint={hint}"))).await;
    assert_eq!(room.check(&browser).await, 200);
    fetch_ahead(&house, &browser, &app.url(&house, &[])).await;
    let scim = format!("/api/okta/scim/oauth/authorize?client_id={}", room.client);
    fetch_ahead(&house, &browser, &house.url(&scim)).await;
    // A page without effects may be prefetched.
    let session = browser.cookie(&house.api, "vestibule_session").unwrap();
    let request = house.http.get(house.url("/account")).header("sec-purpose", "prefetch");
    let answer = request.header("cookie", format!("vestibule_session={session}")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}
