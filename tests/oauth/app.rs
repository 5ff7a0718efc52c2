//! An app signs people in through the service (OpenID Connect): the whole flow, and how its tokens end.

use rstest::rstest;
use serde_json::json;
use vestibule_core::ids;
use vestibule_simulator::{Browser, SubjectFormat};
use vestibule_store::{oauth::grants, safeguards::sweep};

use super::{
    SECOND, assert_error, count,
    flow::{Party, id_token, somebody, userinfo},
    read, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_person_signs_in_to_an_app_on_the_way(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.administrator(&house, "Ada").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = Browser::new().unwrap();
    let scope = [("scope", "openid profile email roles"), ("nonce", "once")];
    let page = browser.get(&app.url(&house, &scope)).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &person).await.unwrap();
    assert!(page.url.as_str().starts_with(&app.redirect_uri), "{} {}", page.url, page.text());
    assert_eq!(page.query("state").as_deref(), Some("known"));
    assert_eq!(page.query("iss").as_deref(), Some(house.api.as_str()), "RFC 9207");
    let (status, body) = app.exchange(&house, &page.query("code").unwrap()).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("Bearer")), "{body}");
    assert_eq!(body["scope"], "openid profile email roles");

    let claims = id_token(&house, &body).await;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(house.api), &json!(app.client_id)));
    assert_eq!((&claims["nonce"], &claims["team_id"]), (&json!("once"), &json!(room.workspace)));
    assert_eq!((&claims["email"], &claims["email_verified"]), (&json!(person.login), &json!(true)));
    assert_eq!((&claims["roles"], &claims["epoch"]), (&json!(["admin"]), &json!(1)), "{claims}");
    assert_eq!((&claims["given_name"], &claims["name"]), (&json!("Ada"), &json!("Ada Family")));
    for name in ["sub", "sid", "auth_time", "at_hash", "iat", "exp"] {
        assert!(!claims[name].is_null(), "{name} in {claims}");
    }
    let (status, told) = userinfo(&house, &text(&body, "access_token")).await;
    assert_eq!((status, &told["sub"], &told["email"]), (200, &claims["sub"], &claims["email"]));
    assert_eq!(room.check_token(&text(&body, "access_token")).await, 200);

    let (status, renewed) = app.renew(&house, &text(&body, "refresh_token")).await;
    assert_eq!(status, 200, "{renewed}");
    let again = id_token(&house, &renewed).await;
    assert_eq!((&again["sub"], &again["auth_time"]), (&claims["sub"], &claims["auth_time"]));
    assert_eq!(again.get("nonce"), None, "OpenID Connect Core §12.2");
    assert_eq!(count(&house, &room, "grant_given").await, 1);
}

#[rstest]
#[actix_web::test]
async fn an_app_of_every_workspace_goes_by_e_mail(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.person("Ada").await;
    let app = Party::register(&house, &ids::DEPLOYMENT, "app", "client_secret").await;
    let browser = Browser::new().unwrap();
    let page = app.visit(&house, &browser, &[]).await;
    assert_eq!(page.url.path(), "/auth");
    let page = browser.press(&page, "Continue", &[("email", &person.login)]).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &person).await.unwrap();
    let (status, body) = app.exchange(&house, &page.query("code").unwrap()).await;
    assert_eq!((status, &body["scope"]), (200, &json!("openid")), "{body}");
    let claims = id_token(&house, &body).await;
    assert_eq!(claims["team_id"], room.workspace.as_str());
    assert_eq!(claims.get("email"), None, "not asked for: {claims}");
}

#[rstest]
#[actix_web::test]
async fn another_workspace_s_session_does_not_do(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let browser = somebody(&house, &other).await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let page = app.visit(&house, &browser, &[]).await;
    assert!(page.text().contains("You are signed in to Other"), "{}", page.text());
    let page = browser.press(&page, "Sign in to Acme", &[]).await.unwrap();
    assert!(page.url.as_str().starts_with(room.okta.issuer()), "{}", page.url);
    let page = app.visit(&house, &browser, &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
}

#[rstest]
#[actix_web::test]
async fn silence_and_freshness_are_kept_to(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let nobody = Browser::new().unwrap();
    let page = app.visit(&house, &nobody, &[("prompt", "none")]).await;
    assert!(page.url.as_str().starts_with(&app.redirect_uri), "{}", page.url);
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert_eq!(page.query("iss").as_deref(), Some(house.api.as_str()));
    assert_eq!(page.query("state").as_deref(), Some("known"));

    let person = room.person("Ada").await;
    let (browser, _) = room.sign_in(&person).await;
    app.code(&house, &browser, &[("prompt", "none")]).await;
    house.clock.advance(600 * SECOND);
    room.okta.move_clock(600);
    app.code(&house, &browser, &[("max_age", "3600")]).await;
    let page = app.visit(&house, &browser, &[("prompt", "none"), ("max_age", "60")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    for wish in [("prompt", "login"), ("max_age", "60"), ("max_age", "0")] {
        house.clock.advance(600 * SECOND);
        room.okta.move_clock(600);
        let before = room.check(&browser).await;
        let page = app.visit(&house, &browser, &[wish]).await;
        assert_eq!(before, 200);
        assert!(page.form_with_field("identifier").is_ok(), "{wish:?} {} {}", page.url, page.text());
        let page = browser.sign_in_to_okta(&page, &person).await.unwrap();
        let code = page.query("code").unwrap_or_else(|| panic!("{wish:?} {} {}", page.url, page.text()));
        let (_, body) = app.exchange(&house, &code).await;
        let auth_time = id_token(&house, &body).await["auth_time"].as_i64().unwrap();
        assert!(house.state.now() / SECOND - auth_time < 60, "{wish:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn what_an_app_was_given_ends_with_the_session(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let bound = app.tokens(&house, &browser, "openid").await;
    let lasting = app.tokens(&house, &browser, "openid offline_access").await;
    let between = app.code(&house, &browser, &[]).await;
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
    assert_eq!(userinfo(&house, &text(&bound, "access_token")).await.0, 401);
    assert_error(app.renew(&house, &text(&bound, "refresh_token")).await, 400, "invalid_grant");
    assert_error(app.exchange(&house, &between).await, 400, "invalid_grant");
    assert_eq!(userinfo(&house, &text(&lasting, "access_token")).await.0, 200);
    assert_eq!(app.renew(&house, &text(&lasting, "refresh_token")).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn signing_in_again_keeps_what_apps_were_given(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid").await;
    browser.get(&room.login_url()).await.unwrap();
    assert_eq!(userinfo(&house, &text(&body, "access_token")).await.0, 200);
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(userinfo(&house, &text(&body, "access_token")).await.0, 401);
}

#[rstest]
#[actix_web::test]
async fn a_session_that_ran_out_refreshes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid").await;
    house.clock.advance(13 * 3600 * SECOND);
    assert_error(app.renew(&house, &text(&body, "refresh_token")).await, 400, "invalid_grant");
}

#[rstest]
#[actix_web::test]
async fn sweeping_takes_what_ended_and_leaves_what_lives(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    app.tokens(&house, &browser, "openid").await;
    let lasting = app.tokens(&house, &browser, "openid offline_access").await;
    for days in [1, 3] {
        house.clock.advance(days * 24 * 3600 * SECOND);
        let (workspace, now) = (room.workspace.clone(), house.state.now());
        house.write(move |conn| sweep::expired(conn, now).unwrap()).await;
        let rows = house.write(move |conn| grants::list(conn, &workspace).unwrap().len()).await;
        assert_eq!(rows, 1, "the one that lasts, after {days} days");
    }
    assert_eq!(app.renew(&house, &text(&lasting, "refresh_token")).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_universal_logout_ends_everything_an_app_was_given(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid offline_access").await;
    let between = app.code(&house, &browser, &[]).await;
    let person = room.okta.people().into_iter().next().unwrap();
    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    assert_eq!(userinfo(&house, &text(&body, "access_token")).await.0, 401);
    assert_error(app.renew(&house, &text(&body, "refresh_token")).await, 400, "invalid_grant");
    assert_error(app.exchange(&house, &between).await, 400, "invalid_grant");
}

#[rstest]
#[actix_web::test]
async fn a_replaced_refresh_token_is_taken_for_theft_after_its_grace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid").await;
    let first = text(&body, "refresh_token");
    let (_, second) = app.renew(&house, &first).await;
    assert_eq!(app.renew(&house, &first).await.0, 200, "an answer may get lost");
    house.clock.advance(121 * SECOND);
    assert_error(app.renew(&house, &first).await, 400, "invalid_grant");
    assert_error(app.renew(&house, &text(&second, "refresh_token")).await, 400, "invalid_grant");
    assert_eq!(userinfo(&house, &text(&second, "access_token")).await.0, 401);
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
}

#[rstest]
#[actix_web::test]
async fn a_client_gives_back_its_own_and_nobody_else_s(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let other = Party::register(&house, &room.workspace, "app", "none").await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid").await;
    let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
    let revoke = async |party: &Party, token: &str| {
        let mut form = vec![("token", token), ("client_id", party.client_id.as_str())];
        form.extend(party.secret.as_deref().map(|secret| ("client_secret", secret)));
        house.http.post(house.url("/oauth/revoke")).form(&form).send().await.unwrap().status().as_u16()
    };
    for token in [access.as_str(), refresh.as_str(), "x", "vat_", room.token.as_str()] {
        assert_eq!(revoke(&other, token).await, 200, "as unknown as what never was");
    }
    assert_eq!(userinfo(&house, &access).await.0, 200);
    assert_eq!(revoke(&app, &access).await, 200);
    assert_eq!(userinfo(&house, &access).await.0, 401);
    let (status, renewed) = app.renew(&house, &refresh).await;
    assert_eq!(status, 200, "the grant lives: {renewed}");
    assert_eq!(revoke(&app, &text(&renewed, "refresh_token")).await, 200);
    assert_eq!(userinfo(&house, &text(&renewed, "access_token")).await.0, 401);
    assert_error(app.renew(&house, &refresh).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
    let form = [("token", "x"), ("client_id", app.client_id.as_str())];
    let request = house.http.post(house.url("/oauth/revoke")).form(&form);
    assert_error(read(request.send().await.unwrap()).await, 401, "invalid_client");
}
