//! What all pages have in common: headers, references, and the pages of 404 and 405.

use rstest::rstest;
use vestibule_simulator::{Browser, Page};

use super::{furnished, listed};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn an_address_of_nothing_is_answered_in_its_own_tongue(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let browser = Browser::new().unwrap();
    for path in ["/nothing", "/auth/nothing", "/account/tokens/x", "/assets/other.css", "/%00"] {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert_eq!(
            (page.status, page.header("content-type")),
            (404, Some("text/html; charset=utf-8")),
            "{path}"
        );
        let reference = page.header("x-request-id").unwrap();
        assert!(page.text().contains(&format!("Reference {reference}")), "{}", page.text());
        assert!(page.text().contains("There is nothing at this address"), "{}", page.text());
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/okta", "/oauth/nothing", "/.well-known/nothing"] {
        let answer = house.http.get(house.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["error"], "not_found");
    }
}

#[rstest]
#[actix_web::test]
async fn a_method_an_address_does_not_take_is_405(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    for (method, path, allow, html) in [
        ("POST", "/account", "GET, HEAD", true),
        ("DELETE", "/auth", "GET, HEAD, POST", true),
        ("GET", "/auth/sign-out", "POST", true),
        ("GET", "/account/tokens", "POST", true),
        ("PUT", "/integrations/okta", "GET, HEAD", true),
        ("GET", "/account/sessions/end-all", "POST", true),
        ("POST", "/people", "GET, HEAD", true),
        ("DELETE", "/setup/done", "GET, HEAD, POST", true),
        ("DELETE", "/api/okta/oidc/login", "GET, POST", false),
        ("POST", "/api/okta/oidc/callback", "GET", false),
        ("DELETE", "/api/okta/scim/oauth/authorize", "GET, POST", false),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = house.http.request(method, house.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allow, "{path}");
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, if html { "text/html; charset=utf-8" } else { "application/json" }, "{path}");
    }
}

/// Asserts that the page is not stored, has safe headers and runs only our scripts.
#[track_caller]
fn assert_framed(page: &Page) {
    let at = page.url.path().to_owned();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.header(name), Some(value), "{at}");
    }
    assert!(page.header("x-request-id").is_some_and(|id| id.len() > 8), "{at}");
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|found| found == part), "{at}: no {part} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{at}: {policy}");
    // The policy blocks these, so the page must not contain them.
    for dead in ["<style", " style=", " onclick=", " onsubmit=", "javascript:"] {
        assert!(!page.html.contains(dead), "{at}: {dead}");
    }
    assert_eq!(
        page.html.matches("<script").count(),
        page.html.matches("<script src=\"/assets/").count(),
        "{at}"
    );
    assert!(page.html.starts_with("<!doctype html>") && page.html.contains("<html lang=\"en\">"), "{at}");
    assert_eq!(page.html.matches("<h1").count(), 1, "{at} has one heading");
    assert!(page.text().starts_with("Skip to the content"), "{at}");
    assert!(page.title().len() > " · Vestibule".len(), "{at}");
}

#[rstest]
#[actix_web::test]
async fn every_page_is_framed_alike(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, account) = furnished(backend, true).await;
    assert_framed(&account);
    let stranger = Browser::new().unwrap();
    for path in [
        "/auth",
        "/auth?signed_out=1",
        "/nothing",
        "/setup/nothing",
        "/setup",
        "/auth/arrive",
        "/api/okta/oidc/login",
        "/auth/sign-out",
    ] {
        assert_framed(&stranger.get(&house.url(path)).await.unwrap());
    }
    let uri = room.okta.scim_redirect_uri(&room.app);
    let asked = format!(
        "/api/okta/scim/oauth/authorize?response_type=code&client_id={}&redirect_uri={uri}",
        room.client
    );
    for path in ["/integrations/okta", "/account", "/people", &asked, "/api/okta/scim/oauth/authorize"] {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert_framed(&page);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("form-action 'self'"), "{policy}");
    }
    let page = browser.press(&account, "Create API token", &[("name", "x")]).await.unwrap();
    assert_framed(&page);
}

#[rstest]
#[actix_web::test]
async fn a_form_from_elsewhere_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, account) = furnished(backend, true).await;
    let (stranger, _) = room.sign_in(&room.person("Eve").await).await;
    let foreign = stranger.get(&house.url("/account")).await.unwrap();
    let foreign = foreign.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    let settings = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    for csrf in ["", "x", foreign.as_str()] {
        let page = browser.press(&account, "Sign out", &[("csrf", csrf)]).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains("You are still signed in"), "{}", page.text());
        let fields = [("csrf", csrf), ("name", "stolen")];
        let page = browser.press(&account, "Create API token", &fields).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains("Nothing was changed"), "{}", page.text());
        let fields = [("csrf", csrf), ("client_id", "0oastolen")];
        let page = browser.press(&settings, "Save and check", &fields).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text());
    }
    let account = browser.get(&house.url("/account")).await.unwrap();
    assert_eq!((account.url.path(), listed(&account)), ("/account", 0));
    let settings = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    assert!(!settings.html.contains("0oastolen"));
}

#[rstest]
#[actix_web::test]
async fn who_comes_too_often_gets_a_page_that_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let limits = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "1"),
        ("RATE_LIMITS__ADDRESS_BURST", "2"),
    ];
    let house = House::start_with(backend, &limits).await;
    for _ in 0..2 {
        assert_eq!(house.http.get(house.url("/auth")).send().await.unwrap().status().as_u16(), 200);
    }
    let response = house.http.get(house.url("/auth")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 429);
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    assert!(response.text().await.unwrap().contains("Too many requests"));
    let request = house.http.post(house.url("/api/okta/scim/oauth/token"));
    assert_eq!(crate::support::answer(request).await.1["error"], "too_many_requests");
}

#[rstest]
#[actix_web::test]
async fn the_root_leads_to_the_first_page_of_whoever_asks(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let (member, _) = room.sign_in(&room.person("Mia").await).await;
    for (browser, path) in [(Browser::new().unwrap(), "/auth"), (member, "/account"), (admin, "/overview")] {
        let page = browser.get(&house.url("/")).await.unwrap();
        assert_eq!((page.status, page.url.path()), (200, path));
    }
}

#[actix_web::test]
async fn a_refusal_keeps_the_navigation_of_a_signed_in_person() {
    let (house, _, browser, _) = furnished(Sqlite, true).await;
    for path in ["/people/x", "/webhooks/x", "/requests/x", "/receipts/x"] {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert_eq!(page.status, 404, "{path}");
        assert!(
            page.html.contains("aria-label=\"Main\"") && page.text().contains("Acme"),
            "{path}: {}",
            page.text()
        );
    }
    let page = Browser::new().unwrap().get(&house.url("/nothing")).await.unwrap();
    assert!(!page.html.contains("aria-label=\"Main\""));
}

#[actix_web::test]
async fn a_browser_has_the_theme_that_its_person_chose() {
    let (house, _, browser, account) = furnished(Sqlite, true).await;
    assert!(!account.html.contains("data-theme"));
    for (theme, attribute) in
        [("dark", Some("dark")), ("light", Some("light")), ("x", None), ("system", None)]
    {
        let page = browser.press(&account, "Save the theme", &[("theme", theme)]).await.unwrap();
        assert_eq!((page.status, page.url.path()), (200, "/account"));
        for path in ["/account", "/people", "/nothing", "/people/x"] {
            let page = browser.get(&house.url(path)).await.unwrap();
            let found = page.html.split("data-theme=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
            assert_eq!(found, attribute, "{path} of {theme}");
        }
    }
}
