//! What a client's metadata demands of authentications: `require_auth_time` and `default_max_age` (OpenID Connect Registration §2), as the
//! operator sets them, as a client registers them, and in a metadata document.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    access::clients::{self as admin_clients, ClientChange},
};
use vestibule_core::ids::ClientId;
use vestibule_simulator::{Browser, Misbehavior};
use vestibule_store::oauth::clients;

use super::{
    SECOND, assert_error,
    described::Documents,
    flow::{Party, id_token, somebody},
    mcp::register,
    step_up::{assert_asked_anew, untold},
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Changes what the client demands.
async fn demand(house: &House, party: &Party, default_max_age: Option<i64>, requires_auth_time: bool) {
    let (client_id, now) = (ClientId::sent(&party.client_id), house.state.now());
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            let change = ClientChange {
                default_max_age: Some(default_max_age),
                requires_auth_time: Some(requires_auth_time),
                ..ClientChange::default()
            };
            admin_clients::change(conn, &Actor::cli(now), client, change, true).unwrap();
        })
        .await;
}

/// Moves the clocks of the service and of the provider.
fn wait(house: &House, room: &Room, seconds: i64) {
    house.clock.advance(seconds * SECOND);
    room.okta.move_clock(seconds);
}

#[rstest]
#[actix_web::test]
async fn an_app_that_requires_auth_time_gets_it_or_no_code(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    demand(&house, &app, None, true).await;
    // Nobody is signed in: the provider is asked for the time, and not to authenticate anew.
    let ada = room.person("Grace").await;
    let browser = Browser::new().unwrap();
    let page = app.visit(&house, &browser, &[]).await;
    assert_eq!(page.query("prompt"), None, "{}", page.url);
    assert_eq!(page.query("max_age").as_deref(), Some("2147483647"), "{}", page.url);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    let (_, body) = app.exchange(&house, &page.query("code").unwrap()).await;
    let at = id_token(&house, &body).await["auth_time"].as_i64().unwrap();
    // An authentication of long ago is sufficient.
    wait(&house, &room, 3 * 3600);
    let body = app.tokens(&house, &browser, "openid").await;
    assert_eq!(id_token(&house, &body).await["auth_time"], json!(at));

    // A session whose provider never said the time is not.
    let browser = untold(&room).await;
    let page = app.visit(&house, &browser, &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"), "{}", page.url);
    let page = app.visit(&house, &browser, &[]).await;
    assert_asked_anew(&room, &page);
    let ada = room.okta.people().last().unwrap().clone();
    room.okta.tamper(Misbehavior::NoAuthTime);
    let refused = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!((refused.status, refused.url.path()), (403, "/api/okta/oidc/callback"), "{}", refused.text());
    let page = app.visit(&house, &browser, &[]).await;
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    let code = page.query("code").unwrap_or_else(|| panic!("{} {}", page.url, page.text()));
    let (_, body) = app.exchange(&house, &code).await;
    assert!(id_token(&house, &body).await["auth_time"].is_i64());
}

#[rstest]
#[actix_web::test]
async fn what_was_given_before_the_switch_gets_no_id_token_without_auth_time(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = untold(&room).await;
    let body = app.tokens(&house, &browser, "openid").await;
    assert_eq!(id_token(&house, &body).await.get("auth_time"), None);
    let code = app.code(&house, &browser, &[("scope", "openid")]).await;
    demand(&house, &app, None, true).await;
    let refresh = text(&body, "refresh_token");
    for refused in [app.exchange(&house, &code).await, app.renew(&house, &refresh).await] {
        assert!(text(&refused.1, "error_description").contains("auth_time"), "{}", refused.1);
        assert_error(refused, 400, "invalid_grant");
    }
    // The refusal used nothing up.
    demand(&house, &app, None, false).await;
    let (status, body) = app.renew(&house, &refresh).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(id_token(&house, &body).await.get("auth_time"), None);
}

#[rstest]
#[actix_web::test]
async fn a_default_age_counts_for_requests_without_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    demand(&house, &app, Some(600), false).await;
    let browser = somebody(&house, &room).await;
    app.code(&house, &browser, &[]).await;
    wait(&house, &room, 700);
    let page = app.visit(&house, &browser, &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"), "{}", page.url);
    assert_asked_anew(&room, &app.visit(&house, &browser, &[]).await);
    // The request's own max_age overrides it, in both directions.
    app.code(&house, &browser, &[("max_age", "3600")]).await;
    assert_asked_anew(&room, &app.visit(&house, &browser, &[("max_age", "0")]).await);
    let page = app.visit(&house, &Browser::new().unwrap(), &[]).await;
    assert_eq!(page.query("max_age").as_deref(), Some("600"), "{}", page.url);
    demand(&house, &app, None, false).await;
    app.code(&house, &browser, &[]).await;
}

#[rstest]
#[actix_web::test]
async fn a_client_registers_its_demands(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("OAUTH__REGISTRATION", "true")]).await;
    let room = house.room("Acme").await;
    let said = |name: &str, value: Value| {
        let uri = house.url("/callback");
        let mut said = json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "none" });
        said[name] = value;
        said
    };
    for (name, value) in [
        ("default_max_age", json!("600")),
        ("default_max_age", json!(-1)),
        ("default_max_age", json!(31_536_001)),
        ("require_auth_time", json!("true")),
    ] {
        let refused = register(&house, said(name, value)).await;
        assert!(text(&refused.1, "error_description").starts_with(name), "{}", refused.1);
        assert_error(refused, 400, "invalid_client_metadata");
    }
    let (_, plain) = register(&house, said("require_auth_time", json!(false))).await;
    assert!(plain.get("require_auth_time").is_none() && plain.get("default_max_age").is_none(), "{plain}");
    let mut both = said("default_max_age", json!(600));
    both["require_auth_time"] = json!(true);
    let (status, body) = register(&house, both).await;
    let demands = (&body["default_max_age"], &body["require_auth_time"]);
    assert_eq!((status, demands), (201, (&json!(600), &json!(true))), "{body}");
    let redirect_uri = house.url("/callback");
    let tool = Party { client_id: text(&body, "client_id"), secret: None, redirect_uri };
    let browser = somebody(&house, &room).await;
    let page = tool.visit(&house, &browser, &[]).await;
    assert!(page.form_with_button("Approve").is_ok(), "{}", page.text());
    wait(&house, &room, 700);
    assert_asked_anew(&room, &tool.visit(&house, &browser, &[]).await);
    let page = tool.visit(&house, &browser, &[("max_age", "3600")]).await;
    assert!(page.form_with_button("Approve").is_ok(), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_document_has_demands_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let documents = Documents::start(&house.url("/callback"));
    let browser = somebody(&house, &room).await;
    *documents.more.lock().unwrap() = json!({ "default_max_age": 600 });
    let tool = documents.client(&house, "/good/one.json");
    tool.approved(&house, &browser, &[]).await;
    wait(&house, &room, 700);
    assert_asked_anew(&room, &tool.visit(&house, &browser, &[]).await);
    // The stored client follows its document.
    *documents.more.lock().unwrap() = json!({});
    wait(&house, &room, 3600);
    tool.approved(&house, &browser, &[]).await;
    *documents.more.lock().unwrap() = json!({ "default_max_age": "600" });
    let page = documents.client(&house, "/good/two.json").visit(&house, &browser, &[]).await;
    assert_eq!(page.status, 400);
    assert!(page.text().contains("default_max_age must be"), "{}", page.text());
}
