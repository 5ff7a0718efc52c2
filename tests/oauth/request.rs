//! The authorization request: errors on a page without a redirect, and errors that return to the client.

use rstest::rstest;

use super::{authorize_url, client, code, exchange, furnished, redirect_uri, text};
use crate::support::Backend::{self, Postgres, Sqlite};

#[rstest]
#[actix_web::test]
async fn who_is_not_known_to_ask_gets_a_page_and_no_redirect(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let uri = redirect_uri(&room);
    let (app, _) = client(&house, &room.workspace, "app", &uri).await;
    let mut unknown = room.client.clone();
    unknown.replace_range(unknown.len() - 4.., "AAAA");
    let foreign = "https://ct1-bootstrap.clouditude.com/admin/app/cpc/vestibule_test_1/oauth/callback";
    let changes: [&[(&str, &str)]; 12] = [
        &[("client_id", "")],
        &[("client_id", "nonsense")],
        &[("client_id", "vclient_é")],
        &[("client_id", &unknown)],
        &[("client_id", &app.client_id)],
        &[("redirect_uri", "")],
        &[("redirect_uri", foreign)],
        &[("redirect_uri", "javascript:alert(1)")],
        &[("redirect_uri", &format!("{uri}/"))],
        &[("redirect_uri", &format!("{uri}?x=1"))],
        &[("redirect_uri", &uri.replace("127.0.0.1", "localhost"))],
        &[("redirect_uri", &uri.to_uppercase())],
    ];
    for changes in changes {
        let page = browser.get(&authorize_url(&house, &room, changes)).await.unwrap();
        assert_eq!((page.status, page.hops.len()), (400, 1), "{changes:?} {}", page.text());
        let text = page.text();
        assert!(text.contains("Okta's request is invalid") && text.contains("Reference "), "{text}");
        assert!(page.form_with_button("Approve").is_err());
    }
    let twice = format!("{}&client_id={}", authorize_url(&house, &room, &[]), room.client);
    let page = browser.get(&twice).await.unwrap();
    assert_eq!((page.status, page.hops.len()), (400, 1), "{}", page.text());
    assert!(page.text().contains("is repeated"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_known_client_is_told_what_does_not_fit(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let rows: [(&[(&str, &str)], &str); 9] = [
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("scope", "admin openid")], "invalid_scope"),
        (&[("scope", "scim.reader")], "invalid_scope"),
        (&[("code_challenge", challenge)], "invalid_request"),
        (&[("code_challenge", challenge), ("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request"),
        (&[("code_challenge_method", "S256")], "invalid_request"),
    ];
    for (changes, error) in rows {
        let page = browser.get(&authorize_url(&house, &room, changes)).await.unwrap();
        assert!(page.url.as_str().starts_with(&redirect_uri(&room)), "{changes:?} {}", page.text());
        assert_eq!(page.query("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(page.query("state").as_deref(), Some("known"), "{changes:?}");
        assert!(page.query("error_description").is_some_and(|text| text.len() > 10), "{changes:?}");
        assert_eq!(page.query("code"), None);
    }
}

#[rstest]
#[actix_web::test]
async fn scopes_are_read_however_administrators_write_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let all = "scim.read scim.write entitlements.read";
    for (asked, granted) in [
        ("", all),
        ("scim.read, scim.write, entitlements.read", all),
        ("entitlements.read scim.write scim.read", all),
        ("scim.read,scim.write", "scim.read scim.write"),
        ("scim.read+scim.write", "scim.read scim.write"),
        ("scim.read offline_access", "scim.read"),
        (" scim.write  scim.write ", "scim.write"),
        ("offline_access", all),
    ] {
        let code = code(&house, &room, &browser, &[("scope", asked)]).await;
        let (status, body) = exchange(&house, &room, &code).await;
        assert_eq!((status, text(&body, "scope").as_str()), (200, granted), "{asked:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_scope_is_what_the_token_may(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[("scope", "scim.read")]).await;
    let (_, body) = exchange(&house, &room, &code).await;
    let access = text(&body, "access_token");
    let users = format!("{}/Users", room.scim);
    assert_eq!(house.http.get(&users).bearer_auth(&access).send().await.unwrap().status(), 200);
    let request = house.http.post(&users).bearer_auth(&access);
    let request = request.header("content-type", "application/scim+json");
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x@acme.example"}"#;
    assert_eq!(request.body(body).send().await.unwrap().status(), 403);
}
