//! The page on which an administrator approves Okta's SCIM client: who may see it, its text, its form.

use rstest::rstest;
use vestibule_core::ids;
use vestibule_simulator::{Browser, OAuthSettings, ScimAuth, ScimSettings};

use super::{SECOND, approve, authorize_url, client, count, furnished, read, redirect_uri, scim, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Saves the room's app with OAuth provisioning, as on the Provisioning page of Okta.
fn enable_oauth(house: &House, room: &Room, client: (&str, &str), basic: bool, scopes: &[&str]) {
    let settings = OAuthSettings {
        authorize_url: house.url("/api/okta/scim/oauth/authorize"),
        token_url: house.url("/api/okta/scim/oauth/token"),
        client_id: client.0.to_owned(),
        client_secret: client.1.to_owned(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        basic,
    };
    room.okta.enable_provisioning(&room.app, ScimSettings::new(&room.scim, ScimAuth::OAuth(settings)));
}

#[rstest]
#[actix_web::test]
async fn okta_is_let_in_by_an_administrator_who_signs_in_on_the_way(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let administrator = room.administrator(&house, "Ada").await;
    for basic in [false, true] {
        let scopes = ["scim.read", "scim.write", "entitlements.read"];
        enable_oauth(&house, &room, (&room.client, &room.client_secret), basic, &scopes);
        let browser = Browser::new().unwrap();
        let page = browser.get(&room.okta.authenticate_url(&room.app).unwrap()).await.unwrap();
        let page = browser.sign_in_to_okta(&page, &administrator).await.unwrap();
        assert_eq!((page.status, page.url.path()), (200, "/api/okta/scim/oauth/authorize"));
        let page = browser.press(&page, "Approve", &[]).await.unwrap();
        assert!(page.text().contains("Authenticated"), "{}", page.text());
        assert!(room.okta.is_authenticated(&room.app));
        room.okta.test_connection(&room.app).await.unwrap();
        let name = if basic { "basic" } else { "post" };
        let person = room.okta.add_person(&format!("{name}@acme.example"), name, "Family");
        room.okta.assign(&room.app, &person).await.unwrap();
        assert!(room.okta.scim_id(&room.app, &person).is_some());
        room.okta.discover_roles(&room.app).await.unwrap();
    }
    assert_eq!(count(&house, &room, "client_approved").await, 2);
    assert_eq!(count(&house, &room, "grant_given").await, 2);
}

#[rstest]
#[actix_web::test]
async fn okta_refreshes_by_itself_when_its_token_has_run_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    enable_oauth(&house, &room, (&room.client, &room.client_secret), false, &[]);
    approve(&browser, &room.okta.authenticate_url(&room.app).unwrap()).await;
    for _ in 0..2 {
        house.clock.advance(2 * 3600 * SECOND);
        room.okta.move_clock(7200);
        let exchanges = room.okta.test_connection(&room.app).await.unwrap();
        assert!(exchanges.iter().any(|exchange| exchange.sent == "refresh the token"), "{exchanges:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn the_page_says_in_plain_words_what_is_approved_and_where_the_answer_goes(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let page = browser.get(&authorize_url(&house, &room, &[("scope", "scim.read")])).await.unwrap();
    let text = page.text();
    for words in [
        "Okta asks to manage people in Acme",
        "You are signed in as Ada Family",
        "Read people and groups",
        "127.0.0.1",
        "This approval belongs to the workspace",
    ] {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
    assert!(!text.contains("delete"), "only what was asked: {text}");
    let buttons: Vec<String> =
        page.forms().iter().flat_map(|form| form.buttons.clone()).map(|button| button.text).collect();
    assert_eq!(buttons.iter().filter(|text| *text == "Approve").count(), 1, "{buttons:?}");
    // A browser checks the redirect after the form against the policy.
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action 'self' {}", room.okta.issuer())), "{policy}");
}

#[rstest]
#[actix_web::test]
async fn a_state_comes_back_exactly(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let state = "a b+c&d=e#f%20é\"'<>;/?:@~\u{1f511}";
    let page = approve(&browser, &authorize_url(&house, &room, &[("state", state)])).await;
    assert_eq!(page.query("state").as_deref(), Some(state));
    let page = approve(&browser, &authorize_url(&house, &room, &[("state", "")])).await;
    assert_eq!(page.query("state"), None);
}

#[rstest]
#[actix_web::test]
async fn cancel_tells_okta_that_nobody_approved(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let page = browser.get(&authorize_url(&house, &room, &[])).await.unwrap();
    let page = browser.follow(&page, "Cancel").await.unwrap();
    assert!(page.url.as_str().starts_with(&redirect_uri(&room)), "{}", page.url);
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(page.query("state").as_deref(), Some("known"));
    assert_eq!(count(&house, &room, "client_approved").await, 0);
}

#[rstest]
#[actix_web::test]
async fn a_member_can_t_approve(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let member = room.person("Bob").await;
    let (browser, _) = room.sign_in(&member).await;
    let page = browser.get(&authorize_url(&house, &room, &[])).await.unwrap();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("Only an administrator can approve this"), "{}", page.text());
    assert!(page.text().contains("Acme") && page.text().contains("Bob Family"), "{}", page.text());
    assert!(page.form_with_button("Approve").is_err());
}

#[rstest]
#[actix_web::test]
async fn an_administrator_of_another_workspace_is_sent_to_the_client_s_own_sign_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, acme, _) = furnished(backend).await;
    let other = house.room("Other").await;
    let stranger = other.administrator(&house, "Eve").await;
    let (browser, _) = other.sign_in(&stranger).await;
    let page = browser.get(&authorize_url(&house, &acme, &[])).await.unwrap();
    let page = browser.press(&page, "Sign in to Acme", &[]).await.unwrap();
    assert!(page.url.as_str().starts_with(acme.okta.issuer()), "{}", page.url);
    assert!(page.form_with_field("identifier").is_ok());
}

#[rstest]
#[actix_web::test]
async fn the_client_all_customers_share_serves_the_workspace_of_whoever_approves(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let administrator = other.administrator(&house, "Ada").await;
    let (shared, secret) = client(&house, &ids::DEPLOYMENT, "scim", &redirect_uri(&other)).await;
    enable_oauth(&house, &other, (&shared.client_id, &secret), true, &["scim.read", "scim.write"]);

    let browser = Browser::new().unwrap();
    let page = browser.get(&other.okta.authenticate_url(&other.app).unwrap()).await.unwrap();
    assert_eq!(page.url.path(), "/auth", "{}", page.text());
    let page = browser.press(&page, "Continue", &[("email", &administrator.login)]).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &administrator).await.unwrap();
    assert!(page.text().contains("asks to manage people in Other"), "{}", page.text());
    let page = browser.press(&page, "Approve", &[]).await.unwrap();
    assert!(page.text().contains("Authenticated"), "{}", page.text());
    other.okta.test_connection(&other.app).await.unwrap();

    let url = authorize_url(&house, &other, &[("client_id", &shared.client_id)]);
    let code = approve(&browser, &url).await.query("code").unwrap();
    let uri = redirect_uri(&other);
    let form =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", uri.as_str())];
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
    let request = request.basic_auth(&shared.client_id, Some(&secret));
    let (status, body) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    let access = text(&body, "access_token");
    assert_eq!(scim(&house, &other, &access).await, 200);
    assert_ne!(scim(&house, &acme, &access).await, 200, "not the other customer's people");
}

#[rstest]
#[actix_web::test]
async fn a_form_that_is_not_this_session_s_approves_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let page = browser.get(&authorize_url(&house, &room, &[])).await.unwrap();
    let another = room.administrator(&house, "Eve").await;
    let (stranger, _) = room.sign_in(&another).await;
    let foreign = stranger.get(&authorize_url(&house, &room, &[])).await.unwrap();
    let foreign = foreign.form_with_button("Approve").unwrap().value("csrf").unwrap().to_owned();
    for csrf in ["", "x", foreign.as_str()] {
        let page = browser.press(&page, "Approve", &[("csrf", csrf)]).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains("Nothing was approved"), "{}", page.text());
    }
    let page = Browser::new().unwrap().press(&page, "Approve", &[]).await.unwrap();
    assert!(
        page.form_with_field("identifier").is_ok(),
        "without a session it is the sign-in: {}",
        page.text()
    );
    assert_eq!(count(&house, &room, "client_approved").await, 0);
}

#[rstest]
#[actix_web::test]
async fn what_the_form_sends_is_checked_as_what_the_address_said(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let page = browser.get(&authorize_url(&house, &room, &[("scope", "scim.read")])).await.unwrap();
    let tampered =
        browser.press(&page, "Approve", &[("redirect_uri", "https://evil.example/")]).await.unwrap();
    assert_eq!((tampered.status, tampered.url.path()), (400, "/api/okta/scim/oauth/authorize"));
    let tampered = browser.press(&page, "Approve", &[("client_id", "vclient_x")]).await.unwrap();
    assert_eq!(tampered.status, 400);
    let tampered = browser.press(&page, "Approve", &[("scope", "everything")]).await.unwrap();
    assert_eq!(tampered.query("error").as_deref(), Some("invalid_scope"));
    assert_eq!(count(&house, &room, "client_approved").await, 0);
}
