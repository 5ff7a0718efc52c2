//! Tests of `/api/check` with the requests of proxies: any method and path, with the headers that proxies always send.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids;
use vestibule_simulator::Browser;
use vestibule_store::people::users;

use crate::{
    oauth::flow::{Party, id_token, somebody, userinfo},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

const TOLD: [&str; 5] = [
    "x-vestibule-user",
    "x-vestibule-workspace",
    "x-vestibule-roles",
    "x-vestibule-entitlements",
    "x-vestibule-scope",
];

#[rstest]
#[actix_web::test]
async fn a_proxy_may_ask_by_any_method_and_path(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    for path in ["/api/check", "/api/check/", "/api/check/things/4711?a=1&b=%2F", "/api/check//x/../y"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let asked =
                || house.http.request(Method::from_bytes(method.as_bytes()).unwrap(), house.url(path));
            let answer =
                asked().header("cookie", &cookie).header("x-vestibule-roles", "owner").send().await.unwrap();
            assert_eq!(answer.status(), 200, "{method} {path}");
            for name in TOLD {
                assert!(answer.headers().contains_key(name), "{method} {path} tells {name}");
            }
            assert_eq!(answer.headers()["x-vestibule-roles"], "member");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            let answer = asked().header("x-vestibule-user", "evil").send().await.unwrap();
            assert_eq!(answer.status(), 401, "{method} {path}");
            assert!(TOLD.iter().all(|name| !answer.headers().contains_key(*name)), "{method} {path}");
        }
    }
    assert_eq!(house.http.get(house.url("/api/checks")).send().await.unwrap().status(), 404);
}

/// An access token of an MCP client.
async fn mcp_token(house: &House, tool: &Party, browser: &Browser, asked: &[(&str, &str)]) -> String {
    let code = tool.approved(house, browser, asked).await;
    let (status, body) = tool.exchange(house, &code).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

#[rstest]
#[actix_web::test]
async fn an_mcp_token_does_not_pass(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    for resource in ["", house.api.as_str(), "https://mcp.example/mcp"] {
        let token = mcp_token(&house, &tool, &browser, &[("resource", resource)]).await;
        assert_eq!(room.check_token(&token).await, 401, "for resource {resource:?}");
    }
    let of_app = app.tokens(&house, &browser, "openid").await;
    assert_eq!(room.check_token(of_app["access_token"].as_str().unwrap()).await, 200);
    assert_eq!(room.check(&browser).await, 200);
}

#[rstest]
#[actix_web::test]
async fn an_mcp_token_passes_by_a_scope_that_the_operator_named(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let settings = [("OAUTH__MCP_SCOPES", "mcp files:read"), ("OAUTH__CHECK_SCOPES", "files:read other")];
    let house = House::start_with(backend, &settings).await;
    let room = house.room("Acme").await;
    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    let browser = somebody(&house, &room).await;
    let here = house.api.clone();
    for (scope, resource, expected) in [
        ("mcp", "", 401),
        ("files:read", "", 200),
        ("mcp files:read", here.as_str(), 200),
        ("mcp files:read", "https://mcp.example/mcp", 401),
    ] {
        let token = mcp_token(&house, &tool, &browser, &[("scope", scope), ("resource", resource)]).await;
        let request = house.http.get(house.url("/api/check")).bearer_auth(&token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{scope} for {resource:?}");
        if expected == 200 {
            assert_eq!(response.headers()["x-vestibule-scope"], scope);
        }
    }
}

/// The email members that an app and a proxy get: (ID token, userinfo, check by session, check by token).
async fn told_of_email(house: &House, room: &Room, app: &Party, browser: &Browser) -> Vec<Value> {
    let tokens = app.tokens(house, browser, "openid email").await;
    let access = tokens["access_token"].as_str().unwrap();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let by_session = answer(house.http.get(house.url("/api/check")).header("cookie", cookie)).await.1;
    let by_token = answer(house.http.get(house.url("/api/check")).bearer_auth(access)).await.1;
    assert_eq!(by_session["workspace"], room.workspace.as_str());
    [id_token(house, &tokens).await, userinfo(house, access).await.1, by_session, by_token]
        .map(|told| json!([told["email"], told["email_verified"]]))
        .to_vec()
}

#[rstest]
#[actix_web::test]
async fn an_email_is_told_with_whether_it_is_verified(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let told = told_of_email(&house, &room, &app, &browser).await;
    assert_eq!(told, vec![json!(["ada@acme.example", true]); 4]);
    for email in ["ada@elsewhere.example", "ada@sub.acme.example"] {
        let (workspace, now) = (room.workspace.clone(), house.state.now());
        house
            .write(move |conn| {
                let user = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
                let before = users::get_locked(conn, &workspace, &user.user_id).unwrap();
                let mut user = before.clone();
                user.email = Some(email.to_owned());
                users::save(conn, &before, &mut user, None, now).unwrap();
            })
            .await;
        let told = told_of_email(&house, &room, &app, &browser).await;
        assert_eq!(told, vec![json!([email, false]); 4]);
    }
}
