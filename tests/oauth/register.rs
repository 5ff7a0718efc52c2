//! Dynamic client registration (RFC 7591): which metadata is registered, and what is refused with which reason.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::{self, ClientId};
use vestibule_store::oauth::clients;

use super::{
    assert_error, client,
    flow::{Party, somebody},
    mcp::register,
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

async fn open(backend: Backend) -> House {
    House::start_with(backend, &[("OAUTH__REGISTRATION", "true")]).await
}

#[rstest]
#[actix_web::test]
async fn redirect_uris_are_refused_one_by_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = open(backend).await;
    let (status, body) = register(&house, json!({
        "client_name": "Editor",
        "redirect_uris": [
            "http://127.0.0.1/callback", "cursor://anysphere.cursor-mcp/oauth/callback", "https://editor.example/cb",
            "https://editor.example/cb#x", "http://editor.example/cb", 7, "http://127.0.0.1/callback",
        ],
        "token_endpoint_auth_method": "none",
    })).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["redirect_uris"], json!(["http://127.0.0.1/callback", "https://editor.example/cb"]));
    let refused = body["refused_redirect_uris"].as_array().unwrap();
    let reasons: Vec<_> =
        refused.iter().map(|one| (one["redirect_uri"].clone(), text(one, "reason"))).collect();
    for (place, (uri, words)) in [
        (json!("cursor://anysphere.cursor-mcp/oauth/callback"), "com.example.app"),
        (json!("https://editor.example/cb#x"), "fragment"),
        (json!("http://editor.example/cb"), "https"),
        (json!(7), "string"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(reasons[place].0, uri);
        assert!(reasons[place].1.contains(words), "{:?}", reasons[place]);
    }
    assert_eq!(reasons.len(), 4);
    // A scheme from the refused registrations is not a redirect URI of the client.
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let redirect_uri = "cursor://anysphere.cursor-mcp/oauth/callback".to_owned();
    let tool = Party { client_id: text(&body, "client_id"), secret: None, redirect_uri };
    let page = tool.visit(&house, &browser, &[]).await;
    assert_eq!((page.status, page.hops.len()), (400, 1), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_registration_without_a_good_redirect_uri_is_told_each_reason(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = open(backend).await;
    let refused =
        register(&house, json!({ "redirect_uris": ["javascript:alert(1)", "http://editor.example/cb"] }))
            .await;
    let words = text(&refused.1, "error_description");
    assert_error(refused, 400, "invalid_redirect_uri");
    for part in ["javascript:alert(1)", "com.example.app", "http://editor.example/cb", "https"] {
        assert!(words.contains(part), "no {part:?} in {words}");
    }
    let many: Vec<Value> = (0..21).map(|n| json!(format!("https://editor.example/{n}"))).collect();
    assert_error(register(&house, json!({ "redirect_uris": many })).await, 400, "invalid_redirect_uri");
}

#[rstest]
#[actix_web::test]
async fn the_method_that_a_client_asks_for_is_answered(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = open(backend).await;
    for (asked, answered) in [
        (json!("client_secret_post"), "client_secret_post"),
        (json!("client_secret_basic"), "client_secret_basic"),
        (json!("none"), "none"),
        (Value::Null, "client_secret_basic"),
    ] {
        let mut said = json!({ "redirect_uris": ["https://editor.example/cb"] });
        if !asked.is_null() {
            said["token_endpoint_auth_method"] = asked;
        }
        let (status, body) = register(&house, said).await;
        assert_eq!((status, &body["token_endpoint_auth_method"]), (201, &json!(answered)), "{body}");
        assert_eq!(body["client_secret"].is_string(), answered != "none");
    }
}

#[rstest]
#[actix_web::test]
async fn the_policy_of_the_consent_page_names_no_host_that_it_cannot_write(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    for (redirect_uri, expected) in [
        ("https://editor.example:8443/cb", "https://editor.example:8443"),
        ("https://b\u{fc}cher.example/cb", "https://xn--bcher-kva.example"),
        ("https://editor.example;sandbox/cb", "https:"),
        ("https://editor.example,sandbox/cb", "https:"),
        ("http://[::1]:9/cb", "http:"),
        ("com.example.app://host%3bsandbox/cb", "com.example.app:"),
    ] {
        let (tool, _) = client(&house, &ids::DEPLOYMENT, "mcp", redirect_uri).await;
        let tool = Party {
            client_id: tool.client_id.into_string(),
            secret: None,
            redirect_uri: redirect_uri.to_owned(),
        };
        let page = tool.visit(&house, &browser, &[]).await;
        assert_eq!(page.status, 200, "{redirect_uri} {}", page.text());
        let policy = page.header("content-security-policy").unwrap();
        let forms = policy.split("; ").find_map(|directive| directive.strip_prefix("form-action ")).unwrap();
        assert_eq!(forms, format!("'self' {expected}"), "{redirect_uri}");
        assert!(!policy.contains("sandbox") && !policy.contains(','), "{policy}");
    }
}

#[rstest]
#[actix_web::test]
async fn the_metadata_of_an_ai_client_switches_nothing_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = open(backend).await;
    let profile = "urn:ietf:params:oauth:grant-profile:id-jag";
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let codes = ["authorization_code", "refresh_token"];
    let said = |profiles: Value, grant_types: &[&str]| {
        let uris = ["https://agent.example/cb"];
        json!({ "redirect_uris": uris, "grant_types": grant_types, "authorization_grant_profiles_supported": profiles })
    };
    // draft-ietf-oauth-identity-assertion-authz-grant-04 §8: the profile needs both grant types.
    for (profiles, grant_types, words) in [
        (json!(profile), &[codes[0], exchange, bearer][..], "array of texts"),
        (json!([1]), &[codes[0], exchange, bearer], "array of texts"),
        (json!([profile]), &codes, "needs the grant types"),
        (json!([profile]), &[codes[0], bearer], "needs the grant types"),
        (json!([profile]), &[codes[0], exchange, bearer, "password"], "must be of"),
        (json!([]), &[codes[0], bearer], "must be of authorization_code, refresh_token"),
        (json!(["urn:example:other"]), &[codes[0], bearer], "must be of authorization_code, refresh_token"),
    ] {
        let refused = register(&house, said(profiles.clone(), grant_types)).await;
        assert!(text(&refused.1, "error_description").contains(words), "{profiles} {}", refused.1);
        assert_error(refused, 400, "invalid_client_metadata");
    }
    let (status, body) = register(&house, said(json!([profile]), &[codes[0], exchange, bearer])).await;
    // The response names what is registered: the grant types that the client may use, and no profile.
    assert_eq!((status, &body["grant_types"]), (201, &json!(codes)), "{body}");
    assert!(body.get("authorization_grant_profiles_supported").is_none(), "{body}");
    let (_, metadata) = house.get("/.well-known/oauth-authorization-server").await;
    assert!(metadata.get("authorization_grant_profiles_supported").is_none(), "{metadata}");
    let agent = Party {
        client_id: text(&body, "client_id"),
        secret: Some(text(&body, "client_secret")),
        redirect_uri: "https://agent.example/cb".to_owned(),
    };
    let form = [("grant_type", bearer), ("assertion", "x")];
    assert_error(agent.ask(&house, &form).await, 400, "unauthorized_client");
    let form = [("grant_type", exchange), ("subject_token", "x")];
    assert_error(agent.ask(&house, &form).await, 400, "unauthorized_client");
    // What the client says is visible to the operator, whose switch counts.
    let client_id = ClientId::sent(&agent.client_id);
    let client = house.write(move |conn| clients::find(conn, &client_id).unwrap().unwrap()).await;
    assert!(client.supports_cross_app().unwrap() && !client.cross_app);
}
