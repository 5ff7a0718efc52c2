//! Backup and restore: what comes back equals its source, nothing that was issued before opens anything, and whatever is wrong is refused
//! before anything is changed.

mod refused;
mod rows;
mod schedule;
mod unlucky;

use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_store::Database;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, answer,
};

/// The deployment of a house, for commands beside it.
fn commands(house: &House) -> Deployment {
    let key = house.state.config().security.sealing_key.expose_secret().to_owned();
    Deployment::new(house.database_url(), &house.api).with("SECURITY__SEALING_KEY", &key)
}

/// The same configuration with another database.
fn elsewhere(deployment: &Deployment, database: &Fresh) -> Deployment {
    deployment.clone().with("DATABASE__URL", database.url())
}

/// A database for a restore: its place is free (SQLite) or it has no tables (PostgreSQL).
fn empty(backend: Backend) -> Fresh {
    Fresh::make(backend)
}

#[rstest]
#[actix_web::test]
async fn a_restored_deployment_equals_its_source(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let bob = room.user("bob@acme.example").await;
    let deployment = commands(&house);
    let workspace = room.workspace.as_str();
    let of_ada = ["--workspace", workspace, "--user-name", "ada@acme.example"];
    let api_token = deployment.run(&[&["api-token", "create", "--name", "cli"], &of_ada[..]].concat(), "");
    let api_token = api_token["token"].as_str().unwrap().to_owned();
    let operator_key = deployment.run(&["operator-key", "create", "--name", "machine"], "");
    let operator_key = operator_key["key"].as_str().unwrap().to_owned();
    let url = "https://hooks.example.com/x";
    deployment.run(&["webhook", "create", "--workspace", workspace, "--url", url], "");
    deployment.run(&["workspace", "create", "--name", "Other"], "");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup");
    let file = file.to_str().unwrap();
    // The service runs on: take a backup between two equal readings of all rows.
    let mut tries = 0;
    let (source, made) = loop {
        let before = rows::all(house.state.database());
        let made = deployment.run(&["backup", "--to", file], "");
        if rows::all(house.state.database()) == before {
            break (before, made);
        }
        tries += 1;
        assert!(tries < 30, "the rows never rest");
    };
    assert_eq!((&made["verified"], &made["sealing_key"].is_string()), (&json!(true), &true));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    // Revoked after the backup: must not come back.
    let ended = deployment
        .run(&["user", "end-access", "--workspace", workspace, "--user-name", "ada@acme.example"], "");
    assert!(ended["receipt"].is_string());

    let target = empty(backend);
    let restored = elsewhere(&deployment, &target);
    let answered = restored.run(&["restore", "--from", file], "");
    assert_eq!((&answered["restored"], &answered["workspaces"]), (&json!(true), &json!(2)), "{answered}");
    assert!(answered["ended"]["sessions"].as_u64().unwrap() >= 1, "{answered}");
    assert!(answered["ended"]["tokens"].as_u64().unwrap() >= 2, "{answered}");
    assert_eq!(answered["ended"]["operator_keys"], json!(1));
    let database = Database::open(target.url(), 2).unwrap();
    rows::assert_restored(&source, &rows::all(&database));

    // The trail goes on where it was.
    let verified = restored.run(&["event", "verify", "--workspace", workspace], "");
    let events = restored.run(&["event", "list", "--workspace", workspace, "--limit", "10000"], "");
    let last = events.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["seq"]),
        (&json!("workspace_restored"), &verified["head"]["seq"]),
        "{verified}"
    );
    assert!(last["data"]["sessions"].as_u64().unwrap() >= 1, "{last}");

    // Nothing from before opens anything; the epoch is higher than any that was seen.
    let node = restored.serve().await;
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let http = &house.http;
    let check = format!("{}/api/check", node.api);
    assert_eq!(answer(http.get(&check).header("cookie", cookie)).await.0, 401);
    assert_eq!(answer(http.get(&check).bearer_auth(&api_token)).await.0, 401);
    let scim = format!("{}/api/scim/v2/{workspace}/Users/{bob}", node.api);
    assert_eq!(answer(http.get(&scim).bearer_auth(&room.token)).await.0, 401);
    let managed = format!("{}/api/v1/workspaces", node.api);
    assert_eq!(answer(http.get(&managed).bearer_auth(&operator_key)).await.0, 401);
    let user = restored.run(&[&["user", "show"], &of_ada[..]].concat(), "");
    assert_eq!((&user["sessions"], &user["tokens"]), (&json!(0), &json!(0)));
    assert!(user["epoch"].as_u64() >= ended["epoch"].as_u64(), "{user} {ended}");
    // The keys came along: a new token works, and the doctor reads the client secret.
    let token = restored.run(&["token", "create", "--workspace", workspace, "--name", "again"], "");
    let token = token["token"].as_str().unwrap();
    assert_eq!(answer(http.get(&scim).bearer_auth(token)).await.0, 200);
    let keys: Vec<Value> = restored.run(&["key", "list"], "").as_array().unwrap().clone();
    assert!(keys.iter().all(|key| key["state"] != "missing"), "{keys:?}");
}
