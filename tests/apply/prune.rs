//! `--prune` deletes what the folder does not name, within the workspaces that it names.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ACME, Bench, changes};
use crate::support::Backend::{self, Postgres, Sqlite};

/// The elements of a list as texts, in order.
fn sorted(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> = list.as_array().unwrap().iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

#[rstest]
#[actix_web::test]
async fn what_is_not_named_is_deleted_only_when_asked(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::with_secrets(backend);
    bench.apply(&bench.full(), &[]);
    let less = bench.acme("default_role = \"member\"\nwithout_roles = []\n");
    let kept = bench.apply(&less, &[]);
    assert_eq!(changes(&kept), [format!("change workspace {ACME}")], "{kept}");
    let left = kept["not_in_the_folder"].as_array().unwrap().clone();
    let kinds: Vec<&str> = left.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in [
        "domain",
        "attribute",
        "role",
        "entitlement",
        "mapping",
        "oidc_connection",
        "saml_connection",
        "resource",
        "client",
        "webhook",
    ] {
        assert!(kinds.contains(&kind), "{kind} {left:?}");
    }
    // A built-in role is kept without being named.
    assert_eq!(kinds.iter().filter(|kind| **kind == "role").count(), 1, "{left:?}");

    let foreseen = bench.apply(&less, &["--prune", "--dry-run"]);
    assert_eq!(foreseen["summary"], format!("0 to create, 0 to change, {} to delete", left.len()));
    let still = bench.apply(&less, &[]);
    assert_eq!(sorted(&still["not_in_the_folder"]), sorted(&json!(left)), "a dry run deletes nothing");
    let done = bench.apply(&less, &["--prune"]);
    assert_eq!(changes(&done), changes(&foreseen));
    for kind in ["entitlement", "mapping", "connection", "client", "webhook"] {
        assert_eq!(bench.list(kind), json!([]), "{kind}");
    }
    // What belongs to the deployment, and other workspaces, are not in the folder at all.
    assert_eq!(bench.house.run(&["webhook", "list"], "").as_array().unwrap().len(), 1);
    assert_eq!(bench.house.run(&["workspace", "list"], "").as_array().unwrap().len(), 2);
    assert_eq!(bench.apply(&less, &["--prune"])["summary"], "nothing to change");
}

/// A key that is left out is left alone; one that is named is set.
#[rstest]
#[actix_web::test]
async fn only_named_keys_are_set(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    bench.apply(&bench.acme("session_hours = 8\nidle_minutes = 31\nbrake_percent = 40\n"), &[]);
    let done = bench.apply(&bench.acme("idle_minutes = \"default\"\n"), &[]);
    let fields = &done["changes"][0]["fields"];
    assert_eq!(fields, &json!([{ "key": "idle_minutes", "before": 31, "after": "default" }]), "{done}");
    let listed = bench.house.run(&["workspace", "list"], "");
    assert_eq!(listed[0]["session_hours"], 8, "{listed}");
    assert_ne!(listed[0]["idle_minutes"], 31, "{listed}");
}

/// A connection keeps its id when its name changes, and a workspace its default.
#[rstest]
#[actix_web::test]
async fn a_connection_is_renamed_by_its_id(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend).with("KEY", "hush-hush");
    let connection = |id: &str, name: &str, issuer: &str, default: bool| {
        format!(
            "[[oidc_connection]]\nid = \"01900000-0000-7000-8000-0000000000{id}\"\nname = \"{name}\"\n\
             issuer = \"https://{issuer}.example\"\nclient_id = \"x\"\nclient_secret = {{ env = \"KEY\" }}\ndefault = {default}\n"
        )
    };
    let one = bench.acme(&(connection("01", "One", "a", true) + &connection("02", "Two", "b", false)));
    bench.apply(&one, &[]);
    let two = bench.acme(&(connection("01", "First", "a", false) + &connection("02", "Two", "b", true)));
    let done = bench.apply(&two, &[]);
    assert_eq!(changes(&done), ["change oidc_connection First", "change oidc_connection Two"], "{done}");
    let listed = bench.list("connection");
    let first = listed.as_array().unwrap().iter().find(|one| one["name"] == "First").unwrap();
    assert!(first["connection_id"].as_str().unwrap().ends_with("01"), "{listed}");
    assert_eq!(first["is_default"], false);
    assert_eq!(bench.apply(&two, &[])["summary"], "nothing to change");
    let none = bench.acme(&(connection("01", "First", "a", false) + &connection("02", "Two", "b", false)));
    let (_, said) = bench.refused(&none, &[]);
    assert!(said.contains("set default = true on another connection"), "{said}");
}
