//! MCP clients: registered by the operator, by themselves, or by a metadata document; a person approves each on a page that names
//! the client.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::{self, ClientId};
use vestibule_simulator::{Browser, SubjectFormat};
use vestibule_store::{
    oauth::{clients, unused},
    safeguards::sweep,
};

use super::{
    assert_error, client, count,
    flow::{Party, somebody, userinfo},
    read, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

const RESOURCE: &str = "https://mcp.example/mcp";

#[rstest]
#[actix_web::test]
async fn a_person_approves_a_client_and_its_token_is_for_one_resource(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    let browser = somebody(&house, &room).await;
    let page = tool.visit(&house, &browser, &[("resource", RESOURCE)]).await;
    let words = page.text();
    for said in ["The Product asks to act for you in Acme", "Ada Family", RESOURCE, "127.0.0.1", "(MCP)"] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains(&house.api), "{policy}");
    let told = browser.follow(&page, "Cancel").await.unwrap();
    assert_eq!(told.query("error").as_deref(), Some("access_denied"));
    assert_eq!(told.query("iss").as_deref(), Some(house.api.as_str()));
    let stranger = room.person("Bob").await;
    let (other, _) = room.sign_in(&stranger).await;
    for csrf in [
        "x",
        other
            .get(&tool.url(&house, &[]))
            .await
            .unwrap()
            .form_with_button("Approve")
            .unwrap()
            .value("csrf")
            .unwrap(),
    ] {
        assert_eq!(browser.press(&page, "Approve", &[("csrf", csrf)]).await.unwrap().status, 403);
    }
    // Each authorization needs an approval, so `prompt=none` fails.
    let silent = tool.visit(&house, &browser, &[("prompt", "none")]).await;
    assert_eq!(silent.query("error").as_deref(), Some("consent_required"));
    // RFC 8252 §7.3: the port of a loopback redirect URI may differ.
    let registered = tool.redirect_uri.clone();
    tool.redirect_uri = "http://127.0.0.1:9/callback".to_owned();
    let page = tool.visit(&house, &browser, &[("resource", RESOURCE)]).await;
    assert!(page.form_with_button("Approve").is_ok(), "{}", page.text());
    tool.redirect_uri = registered;

    let code = tool.approved(&house, &browser, &[("resource", RESOURCE)]).await;
    let (status, body) = tool.exchange_with(&house, &code, &[("resource", RESOURCE)]).await;
    assert_eq!((status, &body["scope"], body.get("id_token")), (200, &json!("mcp"), None), "{body}");
    assert_eq!(count(&house, &room, "client_approved").await, 1);
    assert_eq!(userinfo(&house, &text(&body, "access_token")).await.0, 401, "for another server");

    let (server, secret) = client(&house, &ids::DEPLOYMENT, "service", "https://mcp.example/").await;
    let access = text(&body, "access_token");
    let introspect = house.http.post(house.url("/oauth/introspect")).form(&[("token", &access)]);
    let (_, told) = answer(introspect.basic_auth(&server.client_id, Some(&secret))).await;
    assert_eq!(
        (&told["active"], &told["aud"], &told["iss"]),
        (&json!(true), &json!(RESOURCE), &json!(house.api))
    );
    assert_eq!((&told["client_id"], &told["scope"]), (&json!(tool.client_id), &json!("mcp")), "{told}");

    assert_eq!(room.check_token(&access).await, 401, "it is for the MCP server, not for the app");

    // The grant survives a sign-out in the browser; a Universal Logout ends it.
    let page = browser.get(&house.url("/account")).await.unwrap();
    assert!(page.text().contains("Connected apps") && page.text().contains("The Product"), "{}", page.text());
    browser.press(&page, "Sign out", &[]).await.unwrap();
    let (status, body) = tool.renew(&house, &text(&body, "refresh_token")).await;
    assert_eq!(status, 200, "{body}");
    let person = room.okta.people().into_iter().find(|person| person.login.starts_with("ada")).unwrap();
    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    assert!(!lives(&house, &text(&body, "access_token")).await);
    assert_error(tool.renew(&house, &text(&body, "refresh_token")).await, 400, "invalid_grant");
}

/// Returns whether a token is active, by introspection as an MCP server does it.
async fn lives(house: &House, access: &str) -> bool {
    let (server, secret) = client(house, &ids::DEPLOYMENT, "service", "https://mcp.example/").await;
    let introspect = house.http.post(house.url("/oauth/introspect")).form(&[("token", access)]);
    answer(introspect.basic_auth(&server.client_id, Some(&secret))).await.1["active"] == true
}

/// Serves one document on a new port and returns its URL.
pub fn publish(document: impl Fn(&str) -> Value + Send + Clone + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/client.json", listener.local_addr().unwrap());
    let said = document(&url);
    let server = actix_web::HttpServer::new(move || {
        let said = said.clone();
        let serve = move || {
            let said = said.clone();
            async move { actix_web::HttpResponse::Ok().json(said) }
        };
        actix_web::App::new().route("/client.json", actix_web::web::get().to(serve))
    });
    actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().run());
    url
}

#[rstest]
#[actix_web::test]
async fn a_client_is_known_by_the_address_that_describes_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let redirect_uri = house.url("/callback");
    let uri = redirect_uri.clone();
    let url =
        publish(move |url| json!({ "client_id": url, "client_name": "Claude", "redirect_uris": [uri] }));
    let tool = Party { client_id: url.clone(), secret: None, redirect_uri };
    // Without a session, no document is fetched.
    let page = tool.visit(&house, &Browser::new().unwrap(), &[]).await;
    assert_eq!((page.url.path(), page.status), ("/auth", 200), "{}", page.text());
    let browser = somebody(&house, &room).await;
    let page = tool.visit(&house, &browser, &[]).await;
    let words = page.text();
    assert!(words.contains("Claude asks to act for you") && words.contains(&url), "{words}");
    let page = tool.visit(&house, &browser, &[("redirect_uri", "https://evil.example/cb")]).await;
    assert_eq!((page.status, page.hops.len()), (400, 1));
    let code = tool.approved(&house, &browser, &[]).await;
    let (status, body) = tool.exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(tool.renew(&house, &text(&body, "refresh_token")).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_description_that_does_not_fit_is_not_believed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let redirect_uri = house.url("/callback");
    let uri = redirect_uri.clone();
    let other = publish(
        move |_| json!({ "client_id": "https://claude.example/client.json", "client_name": "Claude", "redirect_uris": [uri] }),
    );
    let gone = other.replace("client.json", "nothing.json");
    for client_id in [other.as_str(), &gone, "http://127.0.0.1:1/client.json", "https://claude.example/../x"]
    {
        let tool =
            Party { client_id: client_id.to_owned(), secret: None, redirect_uri: redirect_uri.clone() };
        let page = tool.visit(&house, &browser, &[]).await;
        assert_eq!((page.status, page.hops.len()), (400, 1), "{client_id} {}", page.text());
    }
    let house = House::start_with(backend, &[("OAUTH__CLIENT_METADATA_DOCUMENTS", "false")]).await;
    let (_, told) = house.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(told["client_id_metadata_document_supported"], false);
    let tool = Party { client_id: other, secret: None, redirect_uri };
    let page = tool.visit(&house, &Browser::new().unwrap(), &[]).await;
    assert!(page.status == 400 && page.text().contains("switched off"), "{}", page.text());
    assert_error(tool.renew(&house, "x").await, 401, "invalid_client");
}

pub async fn register(house: &House, said: Value) -> (u16, Value) {
    read(house.http.post(house.url("/oauth/register")).json(&said).send().await.unwrap()).await
}

#[rstest]
#[actix_web::test]
async fn a_client_registers_itself_where_that_is_switched_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let refused = register(&house, json!({ "redirect_uris": ["https://a.example/cb"] })).await;
    assert_error(refused, 403, "access_denied");
    assert_eq!(house.get("/.well-known/openid-configuration").await.1.get("registration_endpoint"), None);

    let house = House::start_with(backend, &[("OAUTH__REGISTRATION", "true")]).await;
    let room = house.room("Acme").await;
    let (_, told) = house.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(told["registration_endpoint"], house.url("/oauth/register"));
    let browser = somebody(&house, &room).await;
    let redirect_uri = house.url("/callback");
    for (method, with_secret) in [("none", false), ("client_secret_post", true)] {
        let (status, body) = register(&house, json!({
            "client_name": "Inspector", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        })).await;
        assert_eq!((status, body["client_secret"].is_string()), (201, with_secret), "{body}");
        let secret = body["client_secret"].as_str().map(str::to_owned);
        let tool = Party { client_id: text(&body, "client_id"), secret, redirect_uri: redirect_uri.clone() };
        let page = tool.visit(&house, &browser, &[]).await;
        assert!(page.text().contains("registered itself under the name it chose"), "{}", page.text());
        let code = tool.approved(&house, &browser, &[]).await;
        assert_eq!(tool.exchange(&house, &code).await.0, 200);
    }
    for (said, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://evil.example/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["https://a.example/#x"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [redirect_uri], "grant_types": ["password"] }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [redirect_uri], "response_types": ["token"] }), "invalid_client_metadata"),
        (json!({ "redirect_uris": [redirect_uri], "client_name": "\u{202e}" }), "invalid_client_metadata"),
        (
            json!({ "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "tls_client_auth" }),
            "invalid_client_metadata",
        ),
        (json!([]), "invalid_client_metadata"),
    ] {
        assert_error(register(&house, said).await, 400, error);
    }
}

#[rstest]
#[actix_web::test]
async fn a_person_takes_back_what_they_approved(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let code = tool.approved(&house, &browser, &[]).await;
    let (_, body) = tool.exchange(&house, &code).await;
    let of_session = app.tokens(&house, &browser, "openid").await;
    let of_bob = {
        let bob = room.person("Bob").await;
        room.sign_in(&bob).await.0
    };

    let page = browser.get(&house.url("/account")).await.unwrap();
    let forms = page.forms();
    let ends: Vec<_> = forms.iter().filter(|form| form.action.contains("/account/apps/")).collect();
    assert_eq!(ends.len(), 1, "what ends with the session is not listed: {}", page.text());
    // Bob's page does not list the grant of another person.
    let page_of_bob = of_bob.get(&house.url("/account")).await.unwrap();
    let csrf = page_of_bob.forms().iter().find_map(|form| form.value("csrf").map(str::to_owned)).unwrap();
    of_bob.submit(&page_of_bob, ends[0], &[("csrf", &csrf)]).await.unwrap();
    assert!(lives(&house, &text(&body, "access_token")).await);

    let page = browser.submit(&page, ends[0], &[]).await.unwrap();
    assert!(!page.text().contains("The Product"), "{}", page.text());
    assert!(!lives(&house, &text(&body, "access_token")).await);
    assert_error(tool.renew(&house, &text(&body, "refresh_token")).await, 400, "invalid_grant");
    assert_eq!(userinfo(&house, &text(&of_session, "access_token")).await.0, 200);
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
}

#[rstest]
#[actix_web::test]
async fn what_nobody_uses_is_forgotten(#[values(Sqlite, Postgres)] backend: Backend) {
    const DAY: i64 = 24 * 3600 * vestibule_core::time::SECOND;
    let house = House::start_with(backend, &[("OAUTH__REGISTRATION", "true")]).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let redirect_uri = house.url("/callback");
    let mut tools = Vec::new();
    for _ in 0..2 {
        let (_, body) = register(
            &house,
            json!({ "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none" }),
        )
        .await;
        tools.push(Party {
            client_id: text(&body, "client_id"),
            secret: None,
            redirect_uri: redirect_uri.clone(),
        });
    }
    let (used, never) = (&tools[0], &tools[1]);
    let code = used.approved(&house, &browser, &[]).await;
    let (_, body) = used.exchange(&house, &code).await;
    let by_hand = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    let clear = async |days: i64| {
        house.clock.advance(days * DAY);
        let now = house.state.now();
        house
            .write(move |conn| {
                sweep::expired(conn, now).unwrap();
                let idle = unused::find(conn, now).unwrap();
                unused::remove(conn, &idle).unwrap()
            })
            .await
    };
    assert_eq!(clear(6).await, 0, "it may yet be approved");
    assert_eq!(clear(2).await, 1);
    let known = async |tool: &Party| {
        let client_id = tool.client_id.clone();
        house.write(move |conn| clients::find(conn, &ClientId::sent(&client_id)).unwrap().is_some()).await
    };
    assert_eq!((known(used).await, known(never).await, known(&by_hand).await), (true, false, true));
    let (status, body) = used.renew(&house, &text(&body, "refresh_token")).await;
    assert_eq!(status, 200, "{body}");
    // A refresh token expires after 180 unused days; then the grant ends and the client is deleted.
    assert_eq!(clear(179).await, 0);
    assert_eq!(clear(2).await, 1);
    assert_eq!(clear(0).await, 1, "whom nothing is granted any more goes the next time");
    assert_eq!((known(used).await, known(&by_hand).await), (false, true));
    assert_error(used.renew(&house, &text(&body, "refresh_token")).await, 401, "invalid_client");
}
