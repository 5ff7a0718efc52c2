//! Operator keys: created at the command line, displayed once, with scope and expiry, valid for the management API only.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::OperatorScopes;
use vestibule_store::access::operator_keys;

use super::Machine;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, answer,
};

#[rstest]
#[actix_web::test]
async fn the_operator_makes_lists_and_revokes_keys(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let made = house
        .run(&["operator-key", "create", "--name", "Terraform", "--scope", "read", "--expires-in", "30"], "");
    assert!(made["key"].as_str().unwrap().starts_with("vop_"));
    assert_eq!((&made["scope"], &made["last_used_at"]), (&json!("read"), &Value::Null));
    assert!(made["expires_at"].is_string());
    let both = house.run(&["operator-key", "create", "--name", "Both"], "");
    assert_eq!((&both["scope"], &both["expires_at"]), (&json!("read write"), &Value::Null));
    let listed = house.run(&["operator-key", "list"], "");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains("vop_"), "{listed}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(house.run(&["operator-key", "revoke", "--id", id], "")["revoked"], true);
    let again = house.command(&["operator-key", "revoke", "--id", id], "");
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(house.command(&["operator-key", "create", "--name", " "], "").status.code(), Some(1));
    assert_eq!(
        house.command(&["operator-key", "create", "--name", "x", "--scope", "admin"], "").status.code(),
        Some(2)
    );
}

#[rstest]
#[actix_web::test]
async fn only_a_living_bearer_key_opens(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let url = house.url("/api/v1/workspaces");
    assert_eq!(machine.get("/workspaces").await.0, 200);
    let response = house.http.get(&url).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!((&problem["status"], &problem["instance"]), (&json!(401), &json!(id)));
    let wrong = machine.key.replace("vop_", "vapi_");
    for header in [
        machine.key.clone(),
        format!("Basic {}", machine.key),
        format!("Bearer {}x", machine.key),
        format!("Bearer {wrong}"),
    ] {
        let response = house.http.get(&url).header("authorization", &header).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 401, "{header}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
    let now = house.state.now();
    let short = house
        .write(move |conn| {
            operator_keys::issue(conn, "x", OperatorScopes::Read, Some(now + 3_600_000_000), now).unwrap()
        })
        .await;
    let ask = || answer(house.http.get(&url).bearer_auth(&short.1));
    assert_eq!(ask().await.0, 200);
    house.clock.advance(3_600_000_000);
    assert_eq!(ask().await.0, 401, "expired");
    assert_eq!(machine.get("/workspaces").await.0, 200);
    house
        .write(|conn| {
            for key in operator_keys::list(conn).unwrap() {
                assert!(operator_keys::revoke(conn, &key.key_id).unwrap());
            }
        })
        .await;
    assert_eq!(machine.get("/workspaces").await.0, 401, "revoked");
}

#[rstest]
#[actix_web::test]
async fn a_scope_is_needed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (reader, writer) = (
        Machine::with(&house, OperatorScopes::Read).await,
        Machine::with(&house, OperatorScopes::Write).await,
    );
    let response =
        reader.request("POST", "/workspaces").json(&json!({ "name": "Acme" })).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 403);
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer error=\"insufficient_scope\", scope=\"write\""
    );
    assert_eq!(writer.get("/workspaces").await.0, 403);
    let (status, made) = writer.send("POST", "/workspaces", json!({ "name": "Acme" })).await;
    assert_eq!(status, 201);
    let path = format!("/workspaces/{}", made["id"].as_str().unwrap());
    assert_eq!(reader.get(&path).await.0, 200);
    for (method, path) in [
        ("PATCH", path.clone()),
        ("PUT", format!("{path}/connection")),
        ("DELETE", format!("{path}/roles/editor")),
    ] {
        assert_eq!(reader.send(method, &path, json!({})).await.0, 403, "{method} {path}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_use_is_written_down_once_an_hour(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let used = async || house.write(|conn| operator_keys::list(conn).unwrap()[0].last_used_at).await;
    assert_eq!(used().await, None);
    machine.get("/workspaces").await;
    let first = used().await.unwrap();
    house.clock.advance(3_000_000_000);
    machine.get("/workspaces").await;
    assert_eq!(used().await, Some(first));
    house.clock.advance(600_000_000);
    machine.send("POST", "/workspaces", json!({ "name": "Acme" })).await;
    assert!(used().await.unwrap() > first);
}

#[rstest]
#[actix_web::test]
async fn guessing_costs_the_guesser(#[values(Sqlite, Postgres)] backend: Backend) {
    let settings = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_BURST", "3"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "1"),
    ];
    let house = House::start_with(backend, &settings).await;
    let machine = Machine::new(&house).await;
    let guess = async || answer(house.http.get(house.url("/api/v1/workspaces")).bearer_auth("vop_x")).await.0;
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(guess().await);
    }
    assert_eq!(answers[..3], [401, 401, 401]);
    assert!(answers.contains(&429), "{answers:?}");
    for _ in 0..5 {
        assert_eq!(machine.get("/workspaces").await.0, 200, "a good key is not slowed");
    }
}

#[rstest]
#[actix_web::test]
async fn keys_and_other_credentials_open_only_their_own_doors(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let administrator = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let machine = Machine::new(&house).await;
    let scim = house.http.get(format!("{}/Users", room.scim));
    assert_eq!(answer(scim.bearer_auth(&machine.key)).await.0, 401);
    assert_eq!(room.check_token(&machine.key).await, 401);
    let form = [
        ("token", machine.key.as_str()),
        ("client_id", &room.client),
        ("client_secret", &room.client_secret),
    ];
    assert_eq!(
        answer(house.http.post(house.url("/oauth/introspect")).form(&form)).await.1["active"],
        json!(false)
    );
    let account =
        house.http.get(house.url("/account")).header("cookie", format!("vestibule_session={}", machine.key));
    assert_ne!(account.send().await.unwrap().status().as_u16(), 200);
    let url = house.url(&format!("/api/v1/workspaces/{}", room.workspace));
    for credential in [&room.token, &room.client_secret, &cookie] {
        assert_eq!(answer(house.http.get(&url).bearer_auth(credential)).await.0, 401);
    }
    let with_cookie = house.http.get(&url).header("cookie", format!("vestibule_session={cookie}"));
    assert_eq!(answer(with_cookie).await.0, 401);
}
