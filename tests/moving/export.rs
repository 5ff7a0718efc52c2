//! `vestibule export`: the same content makes the same lines, also after a move into another workspace.

use rstest::rstest;
use serde_json::{Value, json};

use super::Bench;
use crate::support::Backend::{self, Postgres, Sqlite};

/// The lines of an export without ids, times and what does not move.
fn comparable(text: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.retain(|line| {
        line.get("vestibule_export").is_none()
            && !["workspace", "event", "provisioning_token", "client", "webhook", "resource"]
                .contains(&line["type"].as_str().unwrap())
    });
    for line in &mut lines {
        let is_user_or_group = line["type"] == "user" || line["type"] == "group";
        let members = line.as_object_mut().unwrap();
        for name in ["created_at", "updated_at", "identities", "enabled", "is_default", "verified"] {
            members.shift_remove(name);
        }
        if is_user_or_group {
            members.shift_remove("id");
        }
    }
    lines
}

#[rstest]
#[actix_web::test]
async fn an_export_moves_into_an_empty_workspace(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    let id = bench.workspace.as_str();
    for words in [
        vec!["role", "create", "--workspace", id, "--name", "Pilot", "--description", "Flies"],
        vec!["role", "update", "--workspace", id, "--role", "auditor", "--by-okta", "off"],
        vec!["entitlement", "create", "--workspace", id, "--name", "Hangar"],
        vec![
            "mapping",
            "set",
            "--workspace",
            id,
            "--group",
            "Eng*",
            "--role",
            "pilot",
            "--entitlement",
            "hangar",
        ],
        vec!["attribute", "create", "--workspace", id, "--name", "shoe", "--case-exact"],
        vec!["domain", "vouch", "--workspace", id, "--domain", "acme.example"],
        vec!["token", "create", "--workspace", id, "--name", "okta"],
    ] {
        bench.house.run(&words, "");
    }
    bench.house.run(
        &[
            "connection",
            "set",
            "--workspace",
            id,
            "--okta-domain",
            "acme.okta.com",
            "--client-id",
            "0oa1",
            "--client-secret-stdin",
        ],
        "hush-hush",
    );
    let lines = [
        json!({ "user_name": "ada", "external_id": "00u1", "old_id": "auth0|1", "display_name": "Ada",
            "attributes": { "shoe": "X", "name": { "givenName": "Ada" }, "emails": [{ "value": "ada@acme.example", "primary": true }] },
            "roles": ["pilot"], "entitlements": ["hangar"], "groups": ["Engineering", "Ops"] }),
        json!({ "user_name": "Bob", "source": "scim", "active": false,
            "assigned": [{ "kind": "role", "id": "editor", "primary": true }, { "kind": "entitlement", "id": "hangar" }] }),
    ];
    let file: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(bench.import("jsonl", file, &[])["people"]["created"], 2);

    let export = |workspace: &str, name: &str| {
        let path = bench.path(name);
        let done = bench.house.run(&["export", "--workspace", workspace, "--to", &path], "");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(done["lines"], json!(text.lines().count()));
        text
    };
    let first = export(id, "first");
    assert!(!first.contains("hush-hush") && !first.contains("vscim_"));
    assert!(first.starts_with("{\"vestibule_export\":1,"));
    assert!(first.contains("\"type\":\"event\""));
    assert_eq!(comparable(&first), comparable(&export(id, "second")));
    let taken = bench.house.command(&["export", "--workspace", id, "--to", &bench.path("first")], "");
    assert_eq!(taken.status.code(), Some(1));

    let other = bench.house.run(&["workspace", "create", "--name", "Other"], "");
    let other = other["id"].as_str().unwrap();
    let path = bench.path("first");
    let done = bench.house.run(&["import", "--workspace", other, "--from", "jsonl", &path], "");
    assert_eq!(done["people"]["created"], 2, "{done}");
    assert!(done["not_imported"]["event"].as_u64().unwrap() > 0, "{done}");
    let second = export(other, "moved");
    assert_eq!(comparable(&second), comparable(&first));
    // Nothing was verified or switched on by the import.
    assert!(
        second
            .lines()
            .any(|line| line.contains("\"domain\":\"acme.example\"") && line.contains("\"verified\":false"))
    );
    assert!(
        second.lines().any(|line| line.contains("\"kind\":\"oidc\"") && line.contains("\"enabled\":false"))
    );
    let again = bench.house.run(&["import", "--workspace", other, "--from", "jsonl", &path], "");
    assert_eq!(again["people"], json!({ "created": 0, "changed": 0, "unchanged": 2 }), "{again}");
    assert_eq!(again["settings"], json!({}), "{again}");
}
