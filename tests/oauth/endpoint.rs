//! The token endpoint: every malformed request gets OAuth's error, and no response is cached.

use reqwest::Response;
use rstest::rstest;

use super::{assert_error, client, furnished, read, redirect_uri};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(house: &House, content_type: &str, basic: Option<(&str, &str)>, body: String) -> Response {
    let mut request = house.http.post(house.url("/api/okta/scim/oauth/token")).body(body);
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    if let Some((user, password)) = basic {
        request = request.basic_auth(user, Some(password));
    }
    request.send().await.unwrap()
}

#[rstest]
#[actix_web::test]
async fn a_malformed_token_request_is_told_what_is_wrong(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    let known = Some((room.client.as_str(), room.client_secret.as_str()));
    let large = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(70_000));
    for (content_type, body, status, error) in [
        ("application/json", "{\"grant_type\":\"authorization_code\"}".to_owned(), 415, "invalid_request"),
        ("", "grant_type=refresh_token".to_owned(), 415, "invalid_request"),
        (FORM, large, 413, "invalid_request"),
        (FORM, String::new(), 400, "invalid_request"),
        (FORM, "grant_type=".to_owned(), 400, "invalid_request"),
        (FORM, "grant_type=refresh_token&grant_type=refresh_token".to_owned(), 400, "invalid_request"),
        (FORM, "grant_type=refresh_token&refresh_token=%00".to_owned(), 400, "invalid_request"),
        (FORM, "grant_type=password&username=a&password=b".to_owned(), 400, "unsupported_grant_type"),
        (FORM, "grant_type=%3Cscript%3E".to_owned(), 400, "unsupported_grant_type"),
        (FORM, "grant_type=authorization_code".to_owned(), 400, "invalid_grant"),
        (FORM, "grant_type=refresh_token".to_owned(), 400, "invalid_grant"),
        (
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            "grant_type=x".to_owned(),
            400,
            "unsupported_grant_type",
        ),
    ] {
        let response = post(&house, content_type, known, body).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_error(read(response).await, status, error);
    }
}

#[rstest]
#[actix_web::test]
async fn who_is_not_the_client_is_asked_to_authenticate(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    let (client, secret) = (room.client.as_str(), room.client_secret.as_str());
    let pair =
        |id: &str, secret: &str| format!("grant_type=refresh_token&client_id={id}&client_secret={secret}");
    for (basic, body) in [
        (None, "grant_type=refresh_token".to_owned()),
        (None, format!("grant_type=refresh_token&client_id={client}")),
        (None, pair(client, "wrong")),
        (None, pair("wrong", secret)),
        (None, pair("", secret)),
        (Some((client, "wrong")), "grant_type=refresh_token".to_owned()),
        (Some((client, "")), "grant_type=refresh_token".to_owned()),
        (Some(("wrong", secret)), "grant_type=refresh_token".to_owned()),
        (Some((client, secret)), "grant_type=refresh_token&client_id=other".to_owned()),
    ] {
        let response = post(&house, FORM, basic, body.clone()).await;
        let challenge = response.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert!(challenge.starts_with("Basic"), "{challenge}");
        let (status, answer) = read(response).await;
        assert_eq!((status, &answer["error"]), (401, &"invalid_client".into()), "{body}");
        assert!(!answer.to_string().contains(secret));
    }
    let doubled = post(&house, FORM, Some((client, secret)), pair(client, "other")).await;
    assert_error(read(doubled).await, 400, "invalid_request");
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).header("content-type", FORM);
    let request = request.bearer_auth(&room.token).body("grant_type=refresh_token");
    assert_error(read(request.send().await.unwrap()).await, 401, "invalid_client");
}

#[rstest]
#[actix_web::test]
async fn a_client_of_another_kind_is_not_served(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    let (app, secret) = client(&house, &room.workspace, "app", &redirect_uri(&room)).await;
    let basic = Some((app.client_id.as_str(), secret.as_str()));
    let response = post(&house, FORM, basic, "grant_type=refresh_token&refresh_token=x".to_owned()).await;
    assert_error(read(response).await, 400, "unauthorized_client");
}

#[rstest]
#[actix_web::test]
async fn the_token_endpoint_takes_posts_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    for path in ["/api/okta/scim/oauth/token", "/oauth/introspect"] {
        let (status, body) = house.get(path).await;
        assert_eq!((status, &body["error"]), (405, &"method_not_allowed".into()));
    }
}
