//! A link to another workspace's sign-in does not switch a signed-in person without asking, at the start and at the callback.
//! Others continue without a question.

use rstest::rstest;
use vestibule_simulator::{Browser, Page};

use super::{session_cookie, way_back, who};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const BUTTON: &str = "Sign in to Other";

/// Asserts that the page asks for a confirmation and that Ada is still signed in to Acme.
async fn assert_asked(house: &House, browser: &Browser, page: &Page, acme: &Room) {
    assert_eq!((page.status, page.url.path().starts_with("/api/okta/oidc/")), (200, true), "{}", page.text());
    for words in ["You are signed in to Acme", "ada@acme.example", "Sign in to Other instead?"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(who(house, browser).await["workspace"], acme.workspace.as_str());
}

#[rstest]
#[actix_web::test]
async fn who_is_signed_in_elsewhere_is_asked_before_they_are_signed_over(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let (ada, eve) = (acme.person("Ada").await, other.person("Eve").await);
    // The browser is already signed in to Other's provider, which answers without a password.
    let (browser, _) = other.sign_in(&eve).await;
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    let page = browser.get(&acme.login_url()).await.unwrap();
    browser.sign_in_to_okta(&page, &ada).await.unwrap();
    let cookie = session_cookie(&house, &browser);

    let link = format!("{}&target_link_uri=/account%3Fx%3D1", other.login_url());
    for _ in 0..2 {
        let page = browser.get(&link).await.unwrap();
        assert_asked(&house, &browser, &page, &acme).await;
        assert_eq!(session_cookie(&house, &browser), cookie);
    }
    let page = browser.get(&link).await.unwrap();
    let stayed = browser.follow(&page, "Stay in Acme").await.unwrap();
    assert_eq!((stayed.status, stayed.url.path()), (200, "/account"));
    // A form without the session's token leads to the question again.
    let page = browser.press(&page, BUTTON, &[("csrf", "wrong")]).await.unwrap();
    assert_asked(&house, &browser, &page, &acme).await;
    let page = browser.press(&page, BUTTON, &[]).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/account?x=1"), "{}", page.text());
    assert_eq!(who(&house, &browser).await["workspace"], other.workspace.as_str());
    assert_ne!(session_cookie(&house, &browser), cookie);
}

#[rstest]
#[actix_web::test]
async fn another_site_s_form_begins_nothing_past_the_question(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let (browser, _) = acme.sign_in(&acme.person("Ada").await).await;
    // OpenID Connect Core §4: the initiation may be a POST. A browser sends no cookie of ours with a form of another
    // site, so it is redirected to the same URL with a GET, which sends the cookie.
    let form = [("team_id", other.workspace.as_str()), ("target_link_uri", "/account")];
    let answer = house.http.post(house.url("/api/okta/oidc/login")).form(&form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    assert!(!answer.headers().contains_key("set-cookie"));
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&house.url("/api/okta/oidc/login?")), "{location}");
    let page = browser.get(location).await.unwrap();
    assert_asked(&house, &browser, &page, &acme).await;
}

#[rstest]
#[actix_web::test]
async fn a_session_that_began_on_the_way_is_asked_about_at_the_callback(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let (ada, eve) = (acme.person("Ada").await, other.person("Eve").await);
    let browser = Browser::new().unwrap();
    let back = way_back(&other, &browser, &eve).await;
    let page = browser.get(&acme.login_url()).await.unwrap();
    browser.sign_in_to_okta(&page, &ada).await.unwrap();
    let page = browser.get(&back).await.unwrap();
    assert_asked(&house, &browser, &page, &acme).await;
    let page = browser.press(&page, BUTTON, &[]).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &eve).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(who(&house, &browser).await["workspace"], other.workspace.as_str());
}

#[rstest]
#[actix_web::test]
async fn agreeing_to_leave_one_session_leaves_no_later_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let (ada, eve) = (acme.person("Ada").await, other.person("Eve").await);
    let (browser, _) = acme.sign_in(&ada).await;
    let page = browser.get(&other.login_url()).await.unwrap();
    let away = browser.press(&page, BUTTON, &[]).await.unwrap();
    let stranger = Browser::new().unwrap();
    let back = stranger.sign_in_to_okta(&away, &eve).await.unwrap().url;
    // In the meantime Ada signs in again in the same browser.
    browser.get(&acme.login_url()).await.unwrap();
    let page = browser.get(back.as_str()).await.unwrap();
    assert_asked(&house, &browser, &page, &acme).await;
}

#[rstest]
#[actix_web::test]
async fn who_is_signed_in_nowhere_or_here_is_not_asked(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account");
    let page = browser.get(&acme.login_url()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    // A session that has ended does not count.
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out everywhere", &[]).await.unwrap();
    let page = browser.get(&other.login_url()).await.unwrap();
    assert!(page.url.as_str().starts_with(other.okta.issuer()), "{}", page.url);
}
