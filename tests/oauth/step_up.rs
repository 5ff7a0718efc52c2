//! Step-up for an app: `prompt=login` and `max_age` are satisfied only by the right person, in the right browser, with a time
//! from the provider (OpenID Connect Core §2 and §3.1.2.1).

use rstest::rstest;
use vestibule_simulator::{Browser, Misbehavior, Page};

use super::{
    SECOND,
    flow::{Party, id_token},
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Signs in a person while the provider sends no `auth_time`.
pub(super) async fn untold(room: &Room) -> Browser {
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    room.okta.tamper(Misbehavior::NoAuthTime);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(room.check(&browser).await, 200);
    browser
}

/// Asserts that the provider asks the person to authenticate again (`prompt=login`).
#[track_caller]
pub(super) fn assert_asked_anew(room: &Room, page: &Page) {
    assert!(page.url.as_str().starts_with(room.okta.issuer()), "{} {}", page.url, page.text());
    assert!(page.form_with_field("identifier").is_ok(), "{}", page.text());
    assert_eq!(page.query("prompt").as_deref(), Some("login"), "{}", page.url);
}

/// Returns the authorization URL to which the browser returns after the new authentication, with the sealed time in it.
fn way_back(page: &Page) -> String {
    let hop = page.hops.iter().find(|hop| hop.url.contains("/api/okta/oidc/login?")).unwrap();
    let url = url::Url::parse(&hop.url).unwrap();
    let target = url.query_pairs().find(|(name, _)| name == "target_link_uri").unwrap().1.into_owned();
    assert!(target.contains("sent_at="), "{target}");
    target
}

#[rstest]
#[actix_web::test]
async fn one_browser_s_step_up_satisfies_no_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let (mallory, ada) = (room.person("Mallory").await, room.person("Ada").await);
    let (browser, _) = room.sign_in(&mallory).await;
    for wish in [("prompt", "login"), ("max_age", "0")] {
        house.clock.advance(2 * SECOND);
        room.okta.move_clock(2);
        let page = app.visit(&house, &browser, &[wish]).await;
        assert_asked_anew(&room, &page);
        let link = way_back(&page);
        house.clock.advance(2 * SECOND);
        room.okta.move_clock(2);
        // Ada signs in as usual and opens Mallory's link.
        let (hers, _) = room.sign_in(&ada).await;
        house.clock.advance(2 * SECOND);
        room.okta.move_clock(2);
        let page = hers.get(&link).await.unwrap();
        assert_eq!(page.query("code"), None, "{wish:?} {}", page.url);
        assert_asked_anew(&room, &page);
    }
}

#[rstest]
#[actix_web::test]
async fn a_step_up_satisfies_no_other_request(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = app.visit(&house, &browser, &[("prompt", "login"), ("state", "first")]).await;
    let link = way_back(&page);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    // The seal is valid only for the request it was made for.
    let page = browser.get(&link.replace("state=first", "state=second")).await.unwrap();
    assert_eq!(page.query("code"), None, "{}", page.url);
    assert_asked_anew(&room, &page);
}

#[rstest]
#[actix_web::test]
async fn an_authentication_time_that_nobody_told_is_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = untold(&room).await;
    // Without `max_age` the claim is optional and absent.
    let body = app.tokens(&house, &browser, "openid").await;
    assert_eq!(id_token(&house, &body).await.get("auth_time"), None);
    // With `max_age`, the time of our own clock is not sufficient.
    let page = app.visit(&house, &browser, &[("max_age", "3600"), ("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"), "{}", page.url);
    let page = app.visit(&house, &browser, &[("max_age", "3600")]).await;
    assert_asked_anew(&room, &page);
    // With `max_age` the provider must send `auth_time` (OpenID Connect Core §3.1.2.1).
    assert_eq!(page.query("max_age").as_deref(), Some("0"));
    let ada = room.okta.people()[0].clone();
    room.okta.tamper(Misbehavior::NoAuthTime);
    let refused = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!((refused.status, refused.url.path()), (403, "/api/okta/oidc/callback"), "{}", refused.text());
    assert!(refused.text().contains("You have to sign in to Okta again"), "{}", refused.text());
    let page = app.visit(&house, &browser, &[("max_age", "3600")]).await;
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    let code = page.query("code").unwrap_or_else(|| panic!("{} {}", page.url, page.text()));
    let (_, body) = app.exchange(&house, &code).await;
    assert!(id_token(&house, &body).await["auth_time"].is_i64());
}

#[rstest]
#[actix_web::test]
async fn the_provider_is_asked_with_the_max_age_that_the_app_asks(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let ada = room.person("Ada").await;
    for (wish, prompt, max_age) in [
        (("max_age", "600"), None, Some("600")),
        (("max_age", "0"), None, Some("0")),
        (("prompt", "login"), Some("login"), Some("0")),
        (("nonce", "n"), None, None),
    ] {
        let browser = Browser::new().unwrap();
        let page = app.visit(&house, &browser, &[wish]).await;
        assert_eq!(page.query("prompt").as_deref(), prompt, "{wish:?} {}", page.url);
        assert_eq!(page.query("max_age").as_deref(), max_age, "{wish:?} {}", page.url);
        // One new authentication is sufficient.
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        let code = page.query("code").unwrap_or_else(|| panic!("{wish:?} {} {}", page.url, page.text()));
        let (_, body) = app.exchange(&house, &code).await;
        assert!(id_token(&house, &body).await["auth_time"].is_i64(), "{wish:?}");
    }
    // A provider that omits the time is refused.
    let browser = Browser::new().unwrap();
    let page = app.visit(&house, &browser, &[("max_age", "600")]).await;
    room.okta.tamper(Misbehavior::NoAuthTime);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!((page.status, page.url.path()), (403, "/api/okta/oidc/callback"), "{}", page.text());
}
