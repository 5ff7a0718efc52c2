//! A session from first to last request: sign-out, expiry, end of access, and signing in again.

use rstest::rstest;
use vestibule_simulator::{Browser, Misbehavior, Page, SubjectFormat};

use super::{MINUTE, SECOND, assert_refused, session_cookie};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

#[rstest]
#[actix_web::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = room.sign_in(&ada).await;
    let (elsewhere, _) = room.sign_in(&ada).await;
    let cookie = session_cookie(&house, &browser).unwrap();
    let page = browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/auth"));
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert_eq!(session_cookie(&house, &browser), None);
    assert_eq!(room.check(&browser).await, 401);

    let thief = Browser::new().unwrap();
    thief.set_cookie(&house.api, &format!("vestibule_session={cookie}; Path=/"));
    assert_eq!(room.check(&thief).await, 401, "the cookie replayed");
    let page = thief.get(&house.url("/account")).await.unwrap();
    assert_eq!(page.url.path(), "/auth", "{}", page.text());
    assert_eq!(room.check(&elsewhere).await, 200, "another browser of the same person");
}

#[rstest]
#[actix_web::test]
async fn signing_out_without_a_session_shows_the_same_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let answer = house
        .http
        .post(house.url("/auth/sign-out"))
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], house.url("/auth?signed_out=1").as_str());
}

#[rstest]
#[actix_web::test]
async fn a_session_runs_out_after_its_hours(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("SIGN_IN__SESSION_HOURS", "2")]).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    house.clock.advance(119 * MINUTE);
    assert_eq!(room.check(&browser).await, 200);
    house.clock.advance(MINUTE + SECOND);
    assert_eq!(room.check(&browser).await, 401);
    let page = browser.get(&house.url("/account")).await.unwrap();
    assert_eq!(page.url.path(), "/auth");
}

#[rstest]
#[actix_web::test]
async fn what_is_no_session_is_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let cookie = session_cookie(&house, &browser).unwrap();
    let other_kind = cookie.replacen("vsess_", "vapi_", 1);
    let cut = &cookie[..cookie.len() - 1];
    for value in ["", "x", cut, &other_kind, &format!("{cookie}x"), "%00"] {
        let request = house.http.get(house.url("/api/check"));
        let request = request.header("cookie", format!("vestibule_session={value}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{value}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    }
    // The cookie's text is refused as a bearer token; the cookie is refused with an invalid bearer token.
    assert_eq!(room.check_token(&cookie).await, 401);
    let request = house.http.get(house.url("/api/check")).bearer_auth("vapi_dead");
    let request = request.header("cookie", format!("vestibule_session={cookie}"));
    assert_eq!(request.send().await.unwrap().status(), 401);
}

/// Ends all access of Ada as Okta does, while her browser is still signed in to Okta, and begins a new sign-in. Returns
/// the page at which Okta asks for the password again.
async fn ended(house: &House, room: &Room) -> (Browser, Page) {
    let ada = room.okta.people().into_iter().next().unwrap();
    let (browser, _) = room.sign_in(&ada).await;
    house.clock.advance(5 * SECOND);
    room.okta.move_clock(5);
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
    house.clock.advance(5 * SECOND);
    room.okta.move_clock(5);
    let page = browser.get(&room.login_url()).await.unwrap();
    assert!(page.form_with_field("identifier").is_ok(), "Okta's old session suffices: {}", page.text());
    assert_eq!(page.query("prompt").as_deref(), Some("login"));
    assert_eq!(page.query("max_age").as_deref(), Some("0"));
    (browser, page)
}

#[rstest]
#[actix_web::test]
async fn after_a_universal_logout_a_person_really_signs_in_again(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = ended(&house, &room).await;
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(room.check(&browser).await, 200);
    // From now on Okta's session is sufficient again.
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_okta_that_does_not_ask_anew_lets_nobody_in_after_a_universal_logout(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    let (browser, page) = ended(&house, &room).await;
    room.okta.tamper(Misbehavior::StaleAuthTime);
    let page = browser.get(page.url.as_str()).await.unwrap();
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("You have to sign in to Okta again"), "{}", page.text());
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_request_for_a_fresh_sign_in_can_t_be_softened_on_the_way(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    let (browser, page) = ended(&house, &room).await;
    // The user of the browser can remove these parameters from the URL; Okta then responds from its old session.
    let mut url = page.url.clone();
    let kept: Vec<(String, String)> = page.url.query_pairs().into_owned().collect();
    let kept = kept.iter().filter(|(name, _)| name != "prompt" && name != "max_age");
    url.query_pairs_mut().clear().extend_pairs(kept);
    let page = browser.get(url.as_str()).await.unwrap();
    assert_eq!(page.status, 403, "{}", page.text());
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn an_answer_without_auth_time_is_not_fresh(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = ended(&house, &room).await;
    room.okta.tamper(Misbehavior::NoAuthTime);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("You have to sign in to Okta again"), "{}", page.text());
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn no_page_on_the_way_has_a_secret_in_its_address(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let away = browser.get(&room.login_url()).await.unwrap();
    let page = browser.sign_in_to_okta(&away, &ada).await.unwrap();
    let session = session_cookie(&house, &browser).unwrap();
    for hop in away.hops.iter().chain(&page.hops) {
        for secret in [session.as_str(), "vsess_", "verifier", &room.app.client_secret] {
            assert!(!hop.url.contains(secret), "{}", hop.url);
        }
    }
    assert_eq!(page.url.query(), None);
    assert!(!page.html.contains(&session) && !page.html.contains("vsess_"));
    let stranger = Browser::new().unwrap();
    assert_refused(
        &house,
        &stranger,
        &stranger.get(&house.url("/api/okta/oidc/callback")).await.unwrap(),
        400,
        &[],
    );
}
