//! A change in the console is what a dry run shows, and what an apply takes back.

use rstest::rstest;
use serde_json::json;

use super::changes;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House,
};

#[rstest]
#[actix_web::test]
async fn a_change_in_the_console_is_drift(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let commands = Deployment::new(house.database_url(), &house.api);
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("settings");
    let folder = folder.to_str().unwrap();
    commands.run(&["export", "--settings", "--to", folder], "");
    assert_eq!(commands.run(&["apply", folder, "--dry-run"], "")["summary"], "nothing to change");

    let page = browser.get(&house.url("/roles")).await.unwrap();
    let page = browser.press(&page, "Create role", &[("name", "Pilot"), ("description", "x")]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/roles/pilot"), "{}", page.text());
    commands
        .run(&["role", "update", "--workspace", &room.workspace, "--role", "viewer", "--name", "Guest"], "");
    let drift = commands.run(&["apply", folder, "--dry-run"], "");
    assert_eq!(changes(&drift), ["change role viewer"], "{drift}");
    let fields = json!([{ "key": "name", "before": "Guest", "after": "Viewer" }]);
    assert_eq!(drift["changes"][0]["fields"], fields, "{drift}");
    assert_eq!(drift["not_in_the_folder"][0]["name"], "pilot", "{drift}");

    let done = commands.run(&["apply", folder, "--prune"], "");
    assert_eq!(changes(&done), ["change role viewer", "delete role pilot"], "{done}");
    // The events of the run have its id, and the operator at the command line as actor.
    let events = commands.run(&["event", "list", "--workspace", &room.workspace, "--limit", "10000"], "");
    let of_run: Vec<_> =
        events.as_array().unwrap().iter().filter(|event| event["request_id"] == done["run"]).collect();
    assert_eq!(of_run.len(), 2, "{of_run:?}");
    assert!(of_run.iter().all(|event| event["actor"] == "cli"), "{of_run:?}");
    assert_eq!(commands.run(&["apply", folder], "")["summary"], "nothing to change");
}
