//! Scopes: clients request more than they may have, by habit or because the metadata lists it. They get what they may have and
//! are notified; `invalid_scope` is for requests with nothing left.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{ids, sets::ClientKind};
use vestibule_store::oauth::clients::{self, NewClient};

use super::{
    assert_error, authorize_url, code, exchange,
    flow::{Party, somebody},
    furnished, read, redirect_uri, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn whoever_asks_for_every_advertised_scope_gets_their_own(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let (_, metadata) = house.get("/.well-known/oauth-authorization-server").await;
    let advertised = metadata["scopes_supported"].as_array().unwrap();
    let advertised: Vec<_> = advertised.iter().map(|scope| scope.as_str().unwrap()).collect();
    let advertised = advertised.join(" ");

    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    for (asked, expected) in [
        (advertised.as_str(), "openid profile email roles offline_access"),
        ("openid profile email groups", "openid profile email"),
        ("openid scim.read", "openid"),
    ] {
        let body = app.tokens(&house, &browser, asked).await;
        assert_eq!(body["scope"], expected, "{asked}");
    }

    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    for (asked, expected) in
        [(advertised.as_str(), "mcp offline_access"), ("openid profile email mcp", "mcp")]
    {
        let page = tool.visit(&house, &browser, &[("scope", asked)]).await;
        let words = page.text();
        assert!(words.contains("(MCP)") && !words.contains("email address"), "{asked}: {words}");
        let code = tool.approved(&house, &browser, &[("scope", asked)]).await;
        let (status, body) = tool.exchange(&house, &code).await;
        assert_eq!((status, &body["scope"]), (200, &json!(expected)), "{asked}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_request_of_which_nothing_is_left_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    for (party, asked) in [
        (&app, "groups"),
        (&app, "mcp scim.read"),
        (&tool, "openid profile email"),
        (&tool, "openid offline_access"),
    ] {
        let page = party.visit(&house, &browser, &[("scope", asked)]).await;
        assert!(page.url.as_str().starts_with(&party.redirect_uri), "{asked} {}", page.text());
        assert_eq!(page.query("error").as_deref(), Some("invalid_scope"), "{asked}");
        let words = page.query("error_description").unwrap();
        assert!(words.contains("may ask for: "), "{words}");
    }
}

#[rstest]
#[actix_web::test]
async fn okta_s_scim_client_gets_of_what_it_asks_what_there_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    for (asked, expected) in
        [("scim.read admin", "scim.read"), ("openid,scim.read,scim.write,groups", "scim.read scim.write")]
    {
        let code = code(&house, &room, &browser, &[("scope", asked)]).await;
        let (status, body) = exchange(&house, &room, &code).await;
        assert_eq!((status, text(&body, "scope").as_str()), (200, expected), "{asked}");
    }
    let page = browser.get(&authorize_url(&house, &room, &[("scope", "admin openid")])).await.unwrap();
    assert!(page.url.as_str().starts_with(&redirect_uri(&room)), "{}", page.text());
    assert_eq!(page.query("error").as_deref(), Some("invalid_scope"));
}

#[rstest]
#[actix_web::test]
async fn a_service_gets_of_what_it_asks_what_it_has(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let (service, secret) = house
        .write(move |conn| {
            let new =
                NewClient { name: "Sync", scope: "scim.read api", ..NewClient::new(ClientKind::Service) };
            clients::register(conn, &workspace, &new, now).unwrap()
        })
        .await;
    let ask = async |scope: &str| {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let request = house.http.post(house.url("/oauth/token")).form(&form);
        read(request.basic_auth(&service.client_id, secret.as_deref()).send().await.unwrap()).await
    };
    let (status, body) = ask("api groups scim.write").await;
    assert_eq!((status, &body["scope"]), (200, &json!("api")), "{body}");
    assert_error(ask("scim.write groups").await, 400, "invalid_scope");
}
