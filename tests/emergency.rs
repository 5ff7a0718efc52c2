//! Emergency: a suspended workspace opens for nobody, everybody's access of the deployment ends, and in read-only mode changes are refused on
//! every node while checks, sign-in and ends of access go on.

use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House, answer,
};

fn commands(house: &House) -> Deployment {
    let key = house.state.config().security.sealing_key.expose_secret().to_owned();
    Deployment::new(house.database_url(), &house.api).with("SECURITY__SEALING_KEY", &key)
}

fn kinds(deployment: &Deployment, workspace: &str) -> Vec<String> {
    let events = deployment.run(&["event", "list", "--workspace", workspace, "--limit", "10000"], "");
    events.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[rstest]
#[actix_web::test]
async fn a_suspended_workspace_opens_for_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let olga = other.administrator(&house, "Olga").await;
    let (of_other, _) = other.sign_in(&olga).await;
    let deployment = commands(&house);
    let workspace = room.workspace.as_str();
    let of_ada = ["--workspace", workspace, "--user-name", "ada@acme.example"];
    let token = deployment.run(&[&["api-token", "create", "--name", "cli"], &of_ada[..]].concat(), "");
    let token = token["token"].as_str().unwrap().to_owned();
    assert_eq!((room.check_token(&token).await, room.scim("GET", "/Users", None).await.0), (200, 200));

    let suspended = deployment.run(&["workspace", "suspend", "--workspace", workspace], "");
    assert!(
        suspended["suspended_at"].is_string() && suspended["people"].as_i64().unwrap() >= 1,
        "{suspended}"
    );
    assert_eq!((room.check_token(&token).await, room.scim("GET", "/Users", None).await.0), (401, 401));
    assert_eq!(room.check(&browser).await, 401);
    let start = house.url(&format!("/api/okta/oidc/login?team_id={workspace}"));
    let refused = house.http.get(&start).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 403);
    assert!(refused.text().await.unwrap().contains("This workspace is suspended"));
    // Another workspace goes on, and the operator sees the state.
    assert_eq!(other.check(&of_other).await, 200);
    assert_eq!(other.scim("GET", "/Users", None).await.0, 200);
    let listed = deployment.run(&["workspace", "list"], "");
    let suspended = listed.as_array().unwrap().iter().filter(|one| one["suspended_at"].is_string()).count();
    assert_eq!(suspended, 1, "{listed}");
    let twice = deployment.command(&["workspace", "suspend", "--workspace", workspace], "");
    assert_eq!(twice.status.code(), Some(1));

    // A new token of the suspended workspace opens nothing.
    let made = deployment.run(&["token", "create", "--workspace", workspace, "--name", "new"], "");
    let scim = format!("{}/Users", room.scim);
    let made = made["token"].as_str().unwrap();
    assert_eq!(answer(house.http.get(&scim).bearer_auth(made)).await.0, 401);

    deployment.run(&["workspace", "resume", "--workspace", workspace], "");
    assert_eq!(answer(house.http.get(&scim).bearer_auth(made)).await.0, 200);
    assert_eq!(room.check_token(&token).await, 401, "what was ended stays ended");
    // The provider counts whole seconds: the next authentication must be in a later one than the end of access.
    house.clock.advance(2_000_000);
    room.okta.move_clock(2);
    let (again, _) = room.sign_in(&ada).await;
    assert_eq!(room.check(&again).await, 200);
    let kinds = kinds(&deployment, workspace);
    for kind in ["workspace_suspended", "everybody_end_started", "everybody_ended", "workspace_resumed"] {
        assert_eq!(kinds.iter().filter(|one| *one == kind).count(), 1, "{kind}");
    }
    let again = deployment.command(&["workspace", "resume", "--workspace", workspace], "");
    assert_eq!(again.status.code(), Some(1));
}

#[rstest]
#[actix_web::test]
async fn everybodys_access_of_the_deployment_ends_by_one_command(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let (ada, olga) = (room.administrator(&house, "Ada").await, other.administrator(&house, "Olga").await);
    let ((one, _), (two, _)) = (room.sign_in(&ada).await, other.sign_in(&olga).await);
    let deployment = commands(&house);
    let unasked = deployment.command(&["user", "end-access", "--all"], "");
    assert_eq!(unasked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unasked.stderr).contains("Pass --yes"), "{unasked:?}");
    assert_eq!((room.check(&one).await, other.check(&two).await), (200, 200));
    let ended = deployment.run(&["user", "end-access", "--all", "--yes"], "");
    assert_eq!(ended["workspaces"], json!(2));
    assert!(ended["people"].as_i64().unwrap() >= 2, "{ended}");
    assert_eq!((room.check(&one).await, other.check(&two).await), (401, 401));
    // The command of one workspace stays as it was, without --yes.
    let ended = deployment.run(&["user", "end-access", "--all", "--workspace", room.workspace.as_str()], "");
    assert!(ended["people"].as_i64().unwrap() >= 1, "{ended}");
    assert_eq!(deployment.command(&["user", "end-access", "--user-name", "x"], "").status.code(), Some(2));
}

async fn until(house: &House, read_only: bool) {
    for _ in 0..1000 {
        if house.state.is_read_only() == read_only {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the mode does not arrive");
}

#[rstest]
#[actix_web::test]
async fn in_read_only_mode_changes_are_refused_and_ends_of_access_go_on(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let (bob, eve, tom) = (
        room.user("bob@acme.example").await,
        room.user("eve@acme.example").await,
        room.user("tom@acme.example").await,
    );
    let deployment = commands(&house);
    let key = deployment.run(&["operator-key", "create", "--name", "machine"], "");
    let key = key["key"].as_str().unwrap().to_owned();
    let set = deployment.run(&["read-only", "on"], "");
    assert_eq!((&set["read_only"], &set["since"].is_string()), (&json!(true), &true));
    assert_eq!(deployment.run(&["read-only", "on"], "")["since"], set["since"]);
    until(&house, true).await;

    // Changes are refused, each in the form of its interface, with Retry-After.
    let new =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@acme.example" });
    let (status, body) = room.scim("POST", "/Users", Some(new.clone())).await;
    assert_eq!((status, body["status"].as_str()), (503, Some("503")), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("read-only"), "{body}");
    let patch = |value: Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "value": value }],
        })
    };
    let (status, body) =
        room.scim("PATCH", &format!("/Users/{bob}"), Some(patch(json!({ "displayName": "B" })))).await;
    assert_eq!(status, 503, "{body}");
    assert_eq!(room.scim("POST", "/Groups", Some(json!({ "displayName": "G" }))).await.0, 503);
    let managed = house.url(&format!("/api/v1/workspaces/{}/roles", room.workspace));
    let request = house.http.post(&managed).bearer_auth(&key).json(&json!({ "name": "R" }));
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let page = house.http.post(house.url("/roles")).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 503);
    assert!(page.text().await.unwrap().contains("Nothing can be changed at the moment"));

    // Reads, checks and sign-in go on.
    assert_eq!(room.scim("GET", &format!("/Users/{bob}"), None).await.0, 200);
    assert_eq!(browser.get(&house.url("/people")).await.unwrap().status, 200);
    let (second, _) = room.sign_in(&ada).await;
    assert_eq!((room.check(&browser).await, room.check(&second).await), (200, 200));
    // Ends of access go on: deactivation and deletion by SCIM, the management API, the command line.
    let (status, body) =
        room.scim("PATCH", &format!("/Users/{bob}"), Some(patch(json!({ "active": false })))).await;
    assert_eq!((status, &body["active"]), (200, &json!(false)), "{body}");
    assert_eq!(room.scim("DELETE", &format!("/Users/{eve}"), None).await.0, 204);
    let end = house.url(&format!("/api/v1/workspaces/{}/users/{tom}/end-access", room.workspace));
    assert_eq!(answer(house.http.post(&end).bearer_auth(&key)).await.0, 200);
    // Nobody is activated again.
    let (status, _) =
        room.scim("PATCH", &format!("/Users/{bob}"), Some(patch(json!({ "active": true })))).await;
    assert_eq!(status, 503);

    assert_eq!(deployment.run(&["read-only", "off"], "")["read_only"], json!(false));
    until(&house, false).await;
    assert_eq!(room.scim("POST", "/Users", Some(new)).await.0, 201);
    let kinds = kinds(&deployment, room.workspace.as_str());
    assert_eq!(kinds.iter().filter(|kind| *kind == "read_only_changed").count(), 2, "once on, once off");
}

#[actix_web::test]
async fn a_node_is_read_only_by_its_configuration() {
    let house = House::start_with(Sqlite, &[("SERVER__READ_ONLY", "true")]).await;
    let page = house.http.post(house.url("/roles")).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 503);
    assert_eq!(house.get("/readyz").await.0, 200);
    assert_eq!(house.get("/api/check").await.0, 401);
}
