//! An app signs its person out (OpenID Connect RP-Initiated Logout): when the person is asked, and where the browser is
//! redirected.

use rstest::rstest;
use url::Url;

use super::{
    SECOND, client, count,
    flow::{Party, somebody, userinfo},
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

fn logout_url(house: &House, parameters: &[(&str, &str)]) -> String {
    Url::parse_with_params(&house.url("/oauth/logout"), parameters).unwrap().into()
}

#[rstest]
#[actix_web::test]
async fn an_app_that_knows_the_session_signs_it_out_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let after = house.url("/signed-out");
    for by_post in [false, true] {
        let browser = match by_post {
            false => somebody(&house, &room).await,
            true => room.sign_in(&room.okta.people()[0]).await.0,
        };
        let body = app.tokens(&house, &browser, "openid").await;
        let hint = text(&body, "id_token");
        // The hint may be expired (§2).
        house.clock.advance(1200 * SECOND);
        let parameters = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", after.as_str()),
            ("state", "bye"),
        ];
        if by_post {
            // With a form of another site, the browser sends no cookie.
            let answer = house.http.post(house.url("/oauth/logout")).form(&parameters).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 303);
            assert_eq!(answer.headers()["location"], format!("{after}?state=bye"));
        } else {
            let page = browser.get(&logout_url(&house, &parameters)).await.unwrap();
            assert_eq!(page.url.as_str(), format!("{after}?state=bye"));
        }
        assert_eq!(room.check(&browser).await, 401, "{by_post}");
        assert_eq!(userinfo(&house, &text(&body, "access_token")).await.0, 401);
    }
    assert_eq!(count(&house, &room, "signed_out").await, 2);
}

#[rstest]
#[actix_web::test]
async fn without_a_hint_that_fits_the_person_is_asked(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let after = house.url("/signed-out");
    let browser = somebody(&house, &room).await;
    let bob = room.person("Bob").await;
    let (other, _) = room.sign_in(&bob).await;
    let foreign = text(&app.tokens(&house, &other, "openid").await, "id_token");
    let mut forged = foreign.clone();
    forged.replace_range(forged.len() - 6.., "AAAAAA");
    let id = app.client_id.as_str();
    for parameters in [
        &[][..],
        &[("client_id", id), ("post_logout_redirect_uri", &after)],
        &[("id_token_hint", &foreign), ("post_logout_redirect_uri", &after)],
        &[("id_token_hint", &forged)],
        &[("id_token_hint", "nonsense")],
    ] {
        let page = browser.get(&logout_url(&house, parameters)).await.unwrap();
        assert_eq!(page.status, 200, "{parameters:?} {}", page.text());
        let asked = browser.press(&page, "Sign out", &[("csrf", "x")]).await.unwrap();
        assert!(asked.form_with_button("Sign out").is_ok(), "asked again");
        assert_eq!((room.check(&browser).await, room.check(&other).await), (200, 200));
    }
    let page = browser
        .get(&logout_url(&house, &[("client_id", id), ("post_logout_redirect_uri", &after)]))
        .await
        .unwrap();
    let page = browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!((page.url.as_str(), room.check(&browser).await), (after.as_str(), 401));
}

#[rstest]
#[actix_web::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let (stranger, _) = client(&house, &room.workspace, "app", "https://b.example/cb").await;
    let browser = somebody(&house, &room).await;
    let hint = text(&app.tokens(&house, &browser, "openid").await, "id_token");
    let after = house.url("/signed-out");
    for parameters in [
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")],
        [("id_token_hint", &hint), ("post_logout_redirect_uri", &format!("{after}/"))],
        [("id_token_hint", &hint), ("client_id", &stranger.client_id)],
        [("client_id", &stranger.client_id), ("post_logout_redirect_uri", &after)],
        [("client_id", "nonsense"), ("post_logout_redirect_uri", &after)],
        [("state", "x"), ("post_logout_redirect_uri", &after)],
    ] {
        let page = browser.get(&logout_url(&house, &parameters)).await.unwrap();
        assert_eq!((page.status, page.hops.len()), (400, 1), "{parameters:?}");
        assert_eq!(room.check(&browser).await, 200);
    }
}
