//! Requests as libraries send them with their defaults: the answer as a posted form, and a nonce in place of PKCE.

use rstest::rstest;
use vestibule_core::ids::ClientId;
use vestibule_store::oauth::clients;

use super::{
    assert_error,
    flow::{Party, id_token, somebody},
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const NO_PKCE: [(&str, &str); 3] =
    [("code_challenge", ""), ("code_challenge_method", ""), ("scope", "openid profile email")];

#[rstest]
#[actix_web::test]
async fn an_app_may_have_its_answer_posted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    // As ASP.NET Core asks.
    let page = app.visit(&house, &browser, &[("response_mode", "form_post"), ("nonce", "n")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let form = page.form_with_button("Continue").unwrap();
    assert_eq!((form.action.as_str(), form.method.as_str()), (app.redirect_uri.as_str(), "POST"));
    assert_eq!((form.value("state"), form.value("iss")), (Some("known"), Some(house.api.as_str())));
    let code = form.value("code").unwrap().to_owned();
    assert!(!page.url.as_str().contains(&code), "the code is in no URL");
    let (status, body) = app.exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(id_token(&house, &body).await["nonce"], "n");
    // Errors are posted, too.
    let page = app.visit(&house, &browser, &[("response_mode", "form_post"), ("prompt", "none login")]).await;
    let form = page.form_with_button("Continue").unwrap();
    assert_eq!((form.value("error"), form.value("state")), (Some("invalid_request"), Some("known")));
}

#[rstest]
#[actix_web::test]
async fn a_confidential_app_may_send_a_nonce_in_place_of_pkce(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let bare = |more: &[(&'static str, &'static str)]| [NO_PKCE.as_slice(), more].concat();
    let page = app.visit(&house, &browser, &bare(&[])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "no nonce");
    // As mozilla-django-oidc, omniauth_openid_connect and Spring Security ask.
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    let (status, body) = app.exchange_with(&house, &code, &[("code_verifier", "")]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(id_token(&house, &body).await["nonce"], "n");
    let refresh = text(&body, "refresh_token");
    assert_eq!(app.renew(&house, &refresh).await.0, 200);
    // A downgrade stays refused, in both directions.
    let code = app.code(&house, &browser, &[("scope", "openid"), ("nonce", "n")]).await;
    assert_error(app.exchange_with(&house, &code, &[("code_verifier", "")]).await, 400, "invalid_grant");
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_error(app.exchange(&house, &code).await, 400, "invalid_grant");
    // The operator may require PKCE, also for codes that are on their way.
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    let client_id = app.client_id.clone();
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            clients::set_switches(conn, &client, false, true).unwrap();
        })
        .await;
    assert_error(app.exchange_with(&house, &code, &[("code_verifier", "")]).await, 400, "invalid_grant");
    let page = app.visit(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
    // A public app never may.
    let public = Party::register(&house, &room.workspace, "app", "none").await;
    let page = public.visit(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}
