//! Secrets in every part of a request: none of them is in a stored row.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_simulator::{Browser, SubjectFormat};
use vestibule_store::access::secrets::{self, Kind};

use super::kept;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A typical password.
const PLANTED: &str = "Zirkon-hunter2-Zirkon";

/// Returns SCIM requests with a password at every possible place.
fn with_passwords(id: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let patch = |operation: Value| Some(json!({ "schemas": [PATCH], "Operations": [operation] }));
    let one = format!("/Users/{id}");
    let mut all = vec![
        (
            "POST",
            "/Users".to_owned(),
            Some(json!({ "schemas": [USER], "userName": "p@acme.example", "password": PLANTED })),
        ),
        (
            "POST",
            "/Users".to_owned(),
            Some(json!({ "schemas": [USER], "userName": "q@acme.example", "PassWord": [PLANTED] })),
        ),
        ("POST", "/Users".to_owned(), Some(json!({ "userName": 7, "password": PLANTED }))),
        (
            "PUT",
            one.clone(),
            Some(json!({ "schemas": [USER], "userName": "ada@acme.example", "password": PLANTED })),
        ),
        (
            "PUT",
            one.clone(),
            Some(json!({ "schemas": [USER], "userName": "x", "nested": { "client_secret": PLANTED } })),
        ),
        (
            "POST",
            "/Users/.search".to_owned(),
            Some(json!({ "filter": format!("password eq \"{PLANTED}\"") })),
        ),
    ];
    for operation in [
        json!({ "op": "replace", "path": "password", "value": PLANTED }),
        json!({ "op": "replace", "path": "PASSWORD", "value": [{ "value": PLANTED }] }),
        json!({ "op": "replace", "path": format!("{USER}:password"), "value": PLANTED }),
        json!({ "op": "replace", "value": { "password": PLANTED } }),
        json!({ "op": "add", "value": { format!("{USER}:password"): PLANTED } }),
        json!({ "op": "remove", "path": format!("emails[password eq \"{PLANTED}\"]") }),
        json!({ "op": "remove", "path": format!("password[{PLANTED}") }),
        json!({ "op": "nonsense", "path": "password", "value": PLANTED }),
        json!({ "op": "add", "path": "password", "value": { "token": { "deep": [PLANTED] } } }),
    ] {
        all.push(("PATCH", one.clone(), patch(operation.clone())));
        all.push(("POST", "/Bulk".to_owned(), Some(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "PATCH", "path": one, "data": { "schemas": [PATCH], "Operations": [operation] } }],
        }))));
    }
    for filter in [
        format!("password eq \"{PLANTED}\""),
        format!("password eq {PLANTED}"),
        format!("password eq \"{PLANTED}"),
        format!("not (urn:x:y:password co \"{PLANTED}\") and userName pr"),
        format!("passwords[value eq \"{PLANTED}\"]"),
    ] {
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        all.push(("GET", format!("/Users?filter={filter}"), None));
        all.push(("GET", format!("/Users?cursor={filter}&access_token={PLANTED}&Password={PLANTED}"), None));
    }
    all
}

async fn assert_nowhere(house: &House, room: &Room, planted: &[String]) {
    let rows = kept(house, room).await;
    assert!(!rows.is_empty());
    for row in rows {
        let text = format!("{row:?}");
        for secret in planted {
            assert!(!text.contains(secret.as_str()), "{secret} stands in {text}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn a_password_in_a_scim_request_is_nowhere(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let requests = with_passwords(&id);
    let count = requests.len();
    for (method, path, body) in requests {
        room.scim(method, &path, body).await;
    }
    assert_eq!(kept(&house, &room).await.len(), count + 1);
    assert_nowhere(&house, &room, &[PLANTED.to_owned(), "hunter2".to_owned()]).await;
}

#[rstest]
#[actix_web::test]
async fn what_opens_something_is_nowhere_whatever_place_it_stands_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let mut planted = vec![room.token.clone(), room.client_secret.clone()];
    planted.push(browser.cookie(&house.api, "vestibule_session").unwrap());
    planted.push(room.app.client_secret.clone());
    for kind in
        [Kind::Code, Kind::Access, Kind::Refresh, Kind::Api, Kind::State, Kind::Client, Kind::Provisioning]
    {
        planted.push(secrets::issue(kind, &room.workspace).unwrap().plain);
    }
    let jwt = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3gifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    planted.push(jwt.to_owned());
    planted.push("plain-verifier-0123456789-0123456789-0123456789".to_owned());
    for one in planted.clone() {
        // Secrets in paths, in names and values of queries, in headers, in SCIM documents and SCIM filters.
        let encoded = one.replace('_', "%5F");
        for path in [
            format!("/Users/{one}"),
            format!("/Users/{encoded}"),
            format!("/{one}"),
            format!("/Users?{one}=1"),
            format!("/Users?filter={one}&x={one}"),
        ] {
            // Some secrets have neither a special prefix nor a special place, so they look like an id.
            if !one.starts_with("plain") && one != room.app.client_secret {
                room.scim("GET", &path, None).await;
            }
        }
        let user = json!({ "schemas": [USER], "userName": "r@acme.example", "token": one, "password": one });
        room.scim("POST", "/Users", Some(user)).await;
        for scheme in ["Bearer ", "Basic ", "", "Digest "] {
            let request = house
                .http
                .get(format!("{}/Users", room.scim))
                .header("authorization", format!("{scheme}{one}"));
            answer(request).await;
        }
        // Secrets in every sensitive parameter of the OAuth and sign-in endpoints.
        let form: Vec<(&str, &str)> = [
            "code",
            "refresh_token",
            "code_verifier",
            "client_assertion",
            "state",
            "nonce",
            "token",
            "password",
        ]
        .map(|name| (name, one.as_str()))
        .into_iter()
        .chain([
            ("grant_type", "authorization_code"),
            ("client_id", &room.client),
            ("client_secret", &room.client_secret),
        ])
        .collect();
        for without in ["none", "client_assertion"] {
            let form: Vec<_> = form.iter().filter(|(name, _)| *name != without).collect();
            answer(house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form)).await;
        }
        let asked = [
            ("response_type", "code"),
            ("client_id", &room.client),
            ("redirect_uri", &room.okta.scim_redirect_uri(&room.app)),
            ("state", &one),
            ("code_challenge", &one),
            ("nonce", &one),
            ("code_challenge_method", "plain"),
        ];
        let url =
            reqwest::Url::parse_with_params(&house.url("/api/okta/scim/oauth/authorize"), asked).unwrap();
        house.http.get(url).send().await.unwrap();
        let login = house.url(&format!(
            "/api/okta/oidc/login?team_id={}&login_hint={one}&target_link_uri={one}",
            room.workspace
        ));
        house.http.get(login).send().await.unwrap();
        let traveller = Browser::new().unwrap();
        let page = traveller.get(&room.login_url()).await.unwrap();
        let state = page.query("state").unwrap();
        traveller
            .get(&house.url(&format!("/api/okta/oidc/callback?state={state}&code={one}&iss={one}")))
            .await
            .unwrap();
        planted.push(state);
        let traveller = Browser::new().unwrap();
        let state = traveller.get(&room.login_url()).await.unwrap().query("state").unwrap();
        let shapeless = one.starts_with("plain") || one == room.app.client_secret;
        let error = if shapeless { "access_denied" } else { one.as_str() };
        let back = format!(
            "/api/okta/oidc/callback?state={state}&error={error}&error_description={one}&code_verifier={one}"
        );
        traveller.get(&house.url(&back)).await.unwrap();
        let logout = house.http.post(house.url("/api/okta/universal-logout")).bearer_auth(&one);
        answer(logout.json(&json!({ "sub_id": { "format": "opaque", "id": one } }))).await;
    }
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    // Parts of a secret are not stored either: no forty letters of one.
    let parts = planted.iter().flat_map(|one| [one.clone(), one.chars().skip(8).take(40).collect()]);
    assert_nowhere(&house, &room, &parts.collect::<Vec<String>>()).await;
}
