//! Requests of apps and MCP clients that must be refused, at the authorization endpoint and the token endpoint.

use rstest::rstest;
use vestibule_admin::{
    Actor,
    access::clients::{self as admin_clients, ClientChange},
};
use vestibule_core::ids::ClientId;
use vestibule_simulator::Browser;
use vestibule_store::oauth::clients;

use super::{
    assert_error,
    flow::{CHALLENGE, Party, VERIFIER, somebody, userinfo},
    read, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[rstest]
#[actix_web::test]
async fn who_is_not_known_to_ask_gets_a_page_and_no_redirect(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let uri = app.redirect_uri.clone();
    let changes: [&[(&str, &str)]; 9] = [
        &[("client_id", "")],
        &[("client_id", "nonsense")],
        &[("client_id", &room.client)],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[("redirect_uri", &format!("{uri}/"))],
        &[("redirect_uri", &format!("{uri}?x=1"))],
        &[("redirect_uri", "http://127.0.0.1:1/callback")],
        &[("redirect_uri", "javascript:alert(1)")],
    ];
    for changes in changes {
        let page = app.visit(&house, &Browser::new().unwrap(), changes).await;
        assert_eq!((page.status, page.hops.len()), (400, 1), "{changes:?} {}", page.text());
        assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    }
    for twice in ["client_id", "redirect_uri", "scope", "state", "resource"] {
        let url = format!("{}&scope=openid&{twice}=a&{twice}=b", app.url(&house, &[]));
        let page = Browser::new().unwrap().get(&url).await.unwrap();
        assert_eq!((page.status, page.hops.len()), (400, 1), "{twice} {}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn a_known_app_is_told_what_does_not_fit(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let rows: [(&[(&str, &str)], &str); 9] = [
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("scope", "scim.read")], "invalid_scope"),
        (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
        (&[("request_uri", "https://evil.example/r")], "request_uri_not_supported"),
        (&[("resource", "https://mcp.example/#x")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
    ];
    for (changes, error) in rows {
        let page = app.visit(&house, &Browser::new().unwrap(), changes).await;
        assert!(page.url.as_str().starts_with(&app.redirect_uri), "{changes:?} {}", page.text());
        assert_eq!(page.query("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(page.query("state").as_deref(), Some("known"), "{changes:?}");
        assert_eq!(page.query("iss").as_deref(), Some(house.api.as_str()), "{changes:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_code_is_for_one_client_one_address_one_verifier_and_one_use(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let other = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let code = async || app.code(&house, &browser, &[("resource", "https://api.example/v1")]).await;
    assert_error(other.exchange(&house, &code().await).await, 400, "invalid_grant");
    let wrong: [&[(&str, &str)]; 6] = [
        &[("code_verifier", "")],
        &[("code_verifier", CHALLENGE)],
        &[("code_verifier", "short")],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[("code", "vcode_x")],
    ];
    for more in wrong {
        assert_error(app.exchange_with(&house, &code().await, more).await, 400, "invalid_grant");
    }
    let elsewhere = [("resource", "https://api.example/v2")];
    assert_error(app.exchange_with(&house, &code().await, &elsewhere).await, 400, "invalid_target");

    let used = code().await;
    let (_, body) = app.exchange_with(&house, &used, &[("resource", "https://api.example/v1")]).await;
    let access = text(&body, "access_token");
    assert_eq!(userinfo(&house, &access).await.0, 401, "it is for another server");
    let refresh = text(&body, "refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_error(other.ask(&house, &form).await, 400, "invalid_grant");
    let wider = [&form[..], &[("scope", "email")]].concat();
    assert_error(app.ask(&house, &wider).await, 400, "invalid_scope");
    let foreign = [&form[..], &[("resource", "https://evil.example/")]].concat();
    assert_error(app.ask(&house, &foreign).await, 400, "invalid_target");
    assert_error(app.exchange(&house, &used).await, 400, "invalid_grant");
    // A second use of the code revokes the tokens issued for it.
    assert_error(app.ask(&house, &form).await, 400, "invalid_grant");
}

/// RFC 9700 §2.1: a redirect URI that the operator took away gets nothing any more, not even for a code that is on its way.
#[rstest]
#[actix_web::test]
async fn a_code_of_a_removed_redirect_uri_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let code = app.code(&house, &browser, &[]).await;
    let redirect_to = async |uri: &str| {
        let (client_id, now, uris) = (ClientId::sent(&app.client_id), house.state.now(), [uri.to_owned()]);
        house
            .write(move |conn| {
                let client = clients::find(conn, &client_id).unwrap().unwrap();
                let change = ClientChange { redirect_uris: Some(&uris), ..ClientChange::default() };
                admin_clients::change(conn, &Actor::cli(now), client, change, true).unwrap();
            })
            .await;
    };
    redirect_to("https://new.example/callback").await;
    assert_error(app.exchange(&house, &code).await, 400, "invalid_grant");
    assert_eq!(app.visit(&house, &browser, &[]).await.status, 400, "nor does anybody get there");
    redirect_to(&app.redirect_uri).await;
    let code = app.code(&house, &browser, &[]).await;
    assert_eq!(app.exchange(&house, &code).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_client_proves_itself_in_one_way_and_its_own(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let public = Party::register(&house, &room.workspace, "app", "none").await;
    let browser = somebody(&house, &room).await;
    let secret = app.secret.clone().unwrap();
    let url = house.url("/oauth/token");
    let form = |code: &str| {
        [
            ("grant_type", "authorization_code"),
            ("redirect_uri", app.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
            ("code", code),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    };
    let body = |more: &[(&str, &str)]| {
        let mut form = form("vcode_x");
        form.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form
    };
    let id = app.client_id.as_str();
    let post = |more: &[(&str, &str)]| house.http.post(&url).form(&body(more));
    for refused in [
        post(&[]),
        post(&[("client_id", id)]),
        post(&[("client_id", id), ("client_secret", "wrong")]),
        post(&[("client_id", &public.client_id), ("client_secret", &secret)]),
        post(&[("client_id", &public.client_id)]).basic_auth(id, Some(&secret)),
        post(&[]).basic_auth(id, Some("wrong")),
        post(&[("client_id", id)]).bearer_auth(&secret),
        post(&[("client_assertion", "x.y.z"), ("client_id", id)]),
    ] {
        assert_error(read(refused.send().await.unwrap()).await, 401, "invalid_client");
    }
    // RFC 6749 §2.3: a request must not use more than one method, even if both are valid.
    let assertion = [("client_assertion_type", ASSERTION), ("client_assertion", "x.y.z")];
    let post_and_assertion = [&assertion[..], &[("client_id", id), ("client_secret", &secret)]].concat();
    for refused in [
        post(&[("client_id", id), ("client_secret", &secret)]).basic_auth(id, Some(&secret)),
        post(&[("client_id", id), ("client_secret", "wrong")]).basic_auth(id, Some(&secret)),
        post(&[("client_id", id), ("client_secret", "wrong")]).basic_auth(id, Some("wrong")),
        post(&post_and_assertion),
        post(&assertion).basic_auth(id, Some(&secret)),
    ] {
        let answer = read(refused.send().await.unwrap()).await;
        let words = text(&answer.1, "error_description");
        assert_error(answer, 400, "invalid_request");
        assert!(words.contains("one method"), "{words}");
    }
    let code = app.code(&house, &browser, &[]).await;
    let request = house.http.post(&url).form(&form(&code)).basic_auth(id, Some(&secret));
    assert_eq!(read(request.send().await.unwrap()).await.0, 200);
    let code = public.code(&house, &browser, &[]).await;
    assert_eq!(public.exchange(&house, &code).await.0, 200, "PKCE is what it has");
    let twice = format!("grant_type=refresh_token&grant_type=refresh_token&client_id={}", public.client_id);
    let request = house.http.post(&url).header("content-type", "application/x-www-form-urlencoded");
    assert_error(read(request.body(twice).send().await.unwrap()).await, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn each_token_endpoint_serves_its_own(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = app.ask_at(&house, "/api/okta/scim/oauth/token", &form).await;
    assert_error(answer, 400, "unauthorized_client");
    assert_error(app.ask(&house, &[("grant_type", "password")]).await, 400, "unsupported_grant_type");
    assert_error(app.ask(&house, &[("grant_type", "client_credentials")]).await, 400, "unauthorized_client");
    assert_eq!(userinfo(&house, &room.token).await.0, 401, "no token of a person");
}
