//! Tests of health, metrics, request ids, and logs, which never contain a secret or a person's address.

use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, answer, free_port,
};

#[rstest]
#[actix_web::test]
async fn it_says_that_it_lives_and_is_ready(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    assert_eq!(house.get("/healthz").await, (200, json!({ "status": "alive" })));
    assert_eq!(house.get("/readyz").await.0, 200);
    assert_eq!(house.http.head(house.url("/readyz")).send().await.unwrap().status().as_u16(), 200);
    let response = house.http.get(house.url("/api/check")).send().await.unwrap();
    let id = response.headers().get("x-request-id").unwrap().to_str().unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
}

#[rstest]
#[actix_web::test]
async fn metrics_are_counted_on_their_own_listener(#[values(Sqlite, Postgres)] backend: Backend) {
    let listen = format!("127.0.0.1:{}", free_port());
    let house = House::start_with(backend, &[("SERVER__METRICS_LISTEN", &listen)]).await;
    let room = house.room("Acme").await;
    room.user("grace@acme.example").await;
    room.scim("GET", "/Users?filter=nonsense", None).await;
    assert_eq!(house.get("/metrics").await.0, 404, "never beside the service");
    let text = house.http.get(format!("http://{listen}/metrics")).send().await.unwrap().text().await.unwrap();
    for line in [
        "vestibule_http_requests_total{door=\"scim\",status=\"2xx\"} 1",
        "vestibule_http_requests_total{door=\"scim\",status=\"4xx\"} 1",
        "vestibule_refusals_total{door=\"scim\",reason=\"invalidFilter\"} 1",
        "vestibule_http_request_seconds_count{door=\"scim\"} 2",
    ] {
        assert!(text.contains(line), "{line} is in:\n{text}");
    }
    assert!(!text.contains("grace") && !text.contains(room.workspace.as_str()), "no person, no workspace");
}

#[rstest]
#[actix_web::test]
async fn no_log_line_holds_a_secret_or_a_person(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let scratch = tempfile::tempdir().unwrap();
    let log = scratch.path().join("log");
    let port = free_port();
    let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let made = deployment.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let workspace = made["id"].as_str().unwrap().to_owned();
    let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "okta"], "");
    let token = token["token"].as_str().unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = format!("http://127.0.0.1:{port}");
    let mut node = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("serve")
        .env_clear()
        .envs(deployment.variables())
        .env("VESTIBULE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("VESTIBULE__LOG__LEVEL", "debug")
        .env("VESTIBULE__LOG__FORMAT", "json")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    while http.get(format!("{api}/readyz")).send().await.is_err() {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let scim = format!("{api}/api/scim/v2/{workspace}");
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "grace@acme.example",
        "password": "correct-horse",
    });
    for _ in 0..2 {
        let request = http.post(format!("{scim}/Users")).header("content-type", "application/scim+json");
        answer(request.bearer_auth(&token).body(user.to_string())).await;
    }
    let secret = format!("vscim_{}", "s".repeat(65));
    for url in [
        format!("{scim}/Users?filter=userName%20eq%20%22grace%40acme.example%22"),
        format!("{scim}/Users?filter=grace%40acme.example"),
        format!("{api}/api/okta/oidc/callback?code={secret}&state={secret}"),
        format!("{api}/setup/{}", made["setup_link"].as_str().unwrap().rsplit('/').next().unwrap()),
        format!("{api}/nowhere/grace@acme.example"),
    ] {
        answer(http.get(url).bearer_auth(&token)).await;
    }
    answer(http.get(format!("{scim}/Users")).bearer_auth(&secret)).await;
    answer(http.post(format!("{api}/auth")).form(&[("email", "grace@acme.example")])).await;
    answer(http.post(format!("{api}/api/okta/universal-logout")).bearer_auth(&secret)).await;
    answer(http.post(format!("{api}/api/okta/scim/oauth/token")).form(&[("code", &secret)])).await;
    node.kill().unwrap();
    node.wait().unwrap();

    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(lines.iter().any(|line| line["message"] == "scim.refused"), "{log}");
    assert!(lines.iter().any(|line| line["message"] == "request.answered"), "{log}");
    let link = made["setup_link"].as_str().unwrap().rsplit('/').next().unwrap();
    for never in [token.as_str(), &secret, link, "grace", "correct-horse"] {
        assert!(!log.contains(never), "{never} stands in the log:\n{log}");
    }
}
