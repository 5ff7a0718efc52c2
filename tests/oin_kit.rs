//! The kit for Okta's catalog: its values and guide by the command, and Okta's test suites run against a workspace of a running service.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh,
};

/// What a command printed, and how it ended.
fn printed(house: &Deployment, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let output = house.command(arguments, "");
    let value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), value, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[rstest]
#[actix_web::test]
async fn the_values_and_the_guide_are_of_this_deployment(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let kit = house.run(&["oin-kit"], "");
    assert_eq!(kit, house.run(&["oin-kit", "values"], ""));
    assert_eq!(kit["ready"], false, "loopback can't be handed in");
    let field = |title: &str, label: &str| {
        let section = kit["sections"].as_array().unwrap().iter().find(|one| one["title"] == title).unwrap();
        section["fields"].as_array().unwrap().iter().find(|one| one["label"] == label).unwrap().clone()
    };
    let base = field("SCIM properties", "Base URL");
    assert_eq!(base["value"], "'http://127.0.0.1:8080/api/scim/v2/' + app.team_id");
    assert!(base["problem"].as_str().unwrap().contains("https"), "{base}");
    let guide = house.run(&["oin-kit", "guide"], "");
    assert!(guide["markdown"].as_str().unwrap().contains("## Known Issues / Troubleshooting"));
}

#[rstest]
#[actix_web::test]
async fn the_suites_pass_and_leave_nothing_behind(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let port = crate::support::free_port();
    let house = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let made = house.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let workspace = made["id"].as_str().unwrap();
    let run = ["oin-kit", "run", "--workspace", workspace];

    // Nothing listens yet: nothing is run, and the token is revoked.
    let (status, _, said) = printed(&house, &run);
    assert!(status == Some(1) && said.contains("nothing was run"), "{said}");
    let tokens = |house: &Deployment| house.run(&["token", "list", "--workspace", workspace], "");
    assert_eq!(tokens(&house), json!([]));

    let service = house.serve_on(port).await;
    let (status, report, said) = printed(&house, &run);
    assert_eq!((status, &report["passed"]), (Some(0), &json!(true)), "{said} {report:#}");
    let suites: Vec<_> =
        report["suites"].as_array().unwrap().iter().map(|one| one["suite"].clone()).collect();
    assert_eq!(suites, ["SPEC", "CRUD", "Group push", "Entitlements", "Clean-up"]);
    assert_eq!(tokens(&house), json!([]));
    assert!(!report.to_string().contains("vscim_"), "no token is in the report");

    // The second run finds the workspace as the first one did.
    let (status, report, said) = printed(&house, &run);
    assert_eq!(status, Some(0), "nobody was left behind: {said} {report:#}");

    house.run(&["user", "create", "--workspace", workspace, "--user-name", "ada@acme.example"], "");
    let (status, _, said) = printed(&house, &run);
    assert!(status == Some(1) && said.contains("--among-people"), "{said}");
    let (status, report, said) = printed(&house, &[&run[..], &["--among-people"]].concat());
    assert_eq!(status, Some(0), "{said} {report:#}");
    let ada = house.run(&["user", "show", "--workspace", workspace, "--user-name", "ada@acme.example"], "");
    assert_eq!(ada["active"], true);

    house.run(&["workspace", "observe", "--workspace", workspace, "on"], "");
    let (status, _, said) = printed(&house, &[&run[..], &["--among-people"]].concat());
    assert!(status == Some(1) && said.contains("observed"), "{said}");
    drop(service);
}
