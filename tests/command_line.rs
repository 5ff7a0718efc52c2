//! Tests of the command line contract: JSON on standard output, exit codes 0, 1 and 2, and one sentence that says what to do.

use rstest::rstest;
use serde_json::Value;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::{Deployment, Fresh};

fn deployment(database: &Fresh) -> Deployment {
    Deployment::new(database.url(), "http://127.0.0.1:8080")
}

#[rstest]
#[actix_web::test]
async fn a_deployment_is_seeded_as_the_contract_says(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = deployment(&database);
    let id = "5f0c1f6e-8f57-4d7b-9d5a-0a5a6f1e2d3c";
    let workspace =
        house.run(&["workspace", "create", "--name", "Acme", "--id", id, "--domain", "acme.example"], "");
    assert_eq!(workspace["id"], id);
    assert!(workspace["setup_link"].as_str().unwrap().starts_with("http://127.0.0.1:8080/setup/vsetup_"));

    let connection = [
        "connection",
        "set",
        "--workspace",
        id,
        "--okta-domain",
        "acme.okta.com",
        "--client-id",
        "0oa1",
        "--client-secret-stdin",
        "--jit",
        "on",
        "--enabled",
        "on",
    ];
    let connection = house.run(&connection, "hush\n");
    assert_eq!((&connection["issuer"], &connection["jit"]), (&"https://acme.okta.com".into(), &true.into()));
    assert!(!connection.to_string().contains("hush"));

    let token = house.run(
        &[
            "token",
            "create",
            "--workspace",
            id,
            "--name",
            "okta",
            "--scope",
            "scim.read",
            "--expires-in",
            "30",
        ],
        "",
    );
    assert!(token["id"].is_string() && token["token"].as_str().unwrap().starts_with("vscim_"));

    let uri = "https://system-admin.okta.com/admin/app/cpc/acme_1/oauth/callback";
    let client =
        house.run(&["client", "create", "--kind", "scim", "--name", "Okta", "--redirect-uri", uri], "");
    assert!(client["client_id"].is_string() && client["client_secret"].is_string());
    house.run(
        &["client", "create", "--kind", "scim", "--name", "Okta", "--redirect-uri", uri, "--workspace", id],
        "",
    );

    let user = house.run(
        &["user", "create", "--workspace", id, "--user-name", "Ada@acme.example", "--role", "admin"],
        "",
    );
    assert!(user["id"].is_string());
    let known = house.run(
        &[
            "user",
            "create",
            "--workspace",
            id,
            "--user-name",
            "bob",
            "--given-name",
            "Bob",
            "--family-name",
            "Noyce",
            "--display-name",
            "Bob N.",
            "--email",
            "bob@acme.example",
            "--email",
            "bob@noyce.example",
            "--external-id",
            "00u1",
            "--inactive",
        ],
        "",
    );
    assert_eq!((&known["email"], &known["display_name"]), (&"bob@acme.example".into(), &"Bob N.".into()));
    assert_eq!((&known["external_id"], &known["active"]), (&"00u1".into(), &false.into()));
    for (more, sentence) in [
        (["--email", "nobody"], "--email must be email addresses; nobody is none"),
        (["--external-id", "00u1"], "another user has this external id"),
        (["--given-name", " "], "--given-name must have 1 to 256 characters"),
    ] {
        let create = ["user", "create", "--workspace", id, "--user-name", "eve"];
        let refused = house.command(&[&create[..], &more[..]].concat(), "");
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains(sentence), "{refused:?}");
    }
    house.run(&["role", "create", "--workspace", id, "--name", "Billing Admin"], "");
    let roles = house.run(&["role", "list", "--workspace", id], "");
    assert!(roles.to_string().contains("billing-admin"));
    house.run(
        &[
            "user",
            "set-roles",
            "--workspace",
            id,
            "--user-name",
            "ada@ACME.example",
            "--role",
            "billing-admin",
        ],
        "",
    );
    house.run(&["mapping", "set", "--workspace", id, "--group", "Engineering", "--role", "member"], "");
    assert_eq!(
        house.run(&["mapping", "list", "--workspace", id], "")[0],
        serde_json::json!({ "group": "Engineering", "role": "member", "entitlements": [] })
    );
    house.run(&["mapping", "delete", "--workspace", id, "--group", "engineering"], "");
    let api = house.run(
        &["api-token", "create", "--workspace", id, "--user-name", "ada@acme.example", "--name", "cli"],
        "",
    );
    assert!(api["id"].is_string() && api["token"].as_str().unwrap().starts_with("vapi_"));
    let of_ada = ["--workspace", id, "--user-name", "ada@acme.example"];
    let run = |words: &[&str]| house.run(&[words, &of_ada[..]].concat(), "");
    let other =
        run(&["api-token", "create", "--name", "deploys", "--scope", "files:read", "--scope", "files:write"]);
    assert_eq!(other["scope"], "files:read files:write");
    let list = run(&["api-token", "list"]);
    assert_eq!((&list[0]["name"], &list[0]["last_used_at"]), (&"deploys".into(), &Value::Null));
    let other = other["id"].as_str().unwrap();
    assert_eq!(run(&["api-token", "revoke", "--id", other])["revoked"], true);
    assert_eq!(run(&["api-token", "list"]).as_array().unwrap().len(), 1);
    let again = [&["api-token", "revoke", "--id", other], &of_ada[..]].concat();
    assert_eq!(house.command(&again, "").status.code(), Some(1));
    let odd =
        house.command(&[&["api-token", "create", "--name", "x", "--scope", "a b"], &of_ada[..]].concat(), "");
    assert!(!odd.status.success() && String::from_utf8_lossy(&odd.stderr).contains("scope"), "{odd:?}");

    let shown = house.run(&["user", "show", "--workspace", id, "--user-name", "ada@acme.example"], "");
    assert_eq!((&shown["active"], &shown["roles"]), (&true.into(), &serde_json::json!(["billing-admin"])));
    assert_eq!((&shown["epoch"], &shown["sessions"], &shown["tokens"]), (&1.into(), &0.into(), &1.into()));
    house.run(&["role", "delete", "--workspace", id, "--role", "Billing Admin"], "");
    let ended = house.run(&["user", "end-access", "--workspace", id, "--user-name", "ada@acme.example"], "");
    assert_eq!((&ended["tokens"], &ended["epoch"]), (&1.into(), &2.into()));
    assert_eq!(house.run(&["user", "end-access", "--all", "--workspace", id], "")["people"], 1);

    let events = house.run(&["event", "list", "--workspace", id, "--after", "1"], "");
    assert_eq!(events[0]["seq"], 2);
    let kinds: Vec<&str> =
        events.as_array().unwrap().iter().filter_map(|event| event["kind"].as_str()).collect();
    for kind in ["connection_changed", "user_created", "roles_changed", "api_token_created", "access_ended"] {
        assert!(kinds.contains(&kind), "{kind} is in the trail: {kinds:?}");
    }
    assert!(!events.to_string().contains("hush"));
}

#[rstest]
#[actix_web::test]
async fn roles_entitlements_and_mappings_are_the_operators(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = deployment(&database);
    let acme = house.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let acme = acme["id"].as_str().unwrap();
    // Runs a command of the workspace. The words are split at spaces.
    let run = |words: &str| {
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.splice(2..2, ["--workspace", acme]);
        house.run(&arguments, "")
    };
    let ids = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(run("role list")), ["admin", "auditor", "editor", "member", "owner", "viewer"]);
    assert_eq!(run("role update --role owner --by-okta off")["by_okta"], false);
    assert_eq!(run("role update --role owner --by-okta on")["by_okta"], true);
    let changed = run("role update --role Editor --name Author --description Writes --by-okta off");
    let expected =
        serde_json::json!({ "id": "editor", "name": "Author", "description": "Writes", "by_okta": false });
    assert_eq!(changed, expected);
    assert_eq!(run("role list")[2], changed);
    assert_eq!(run("role create --name tenant_admin --by-okta off")["by_okta"], false);
    run("role update --role tenant_admin --by-okta on");
    run("role delete --role author");
    assert_eq!(run("workspace update --default-role Viewer")["default_role"], "viewer");
    run("role delete --role member");
    assert_eq!(run("user create --user-name bob")["role_sources"], serde_json::json!(["viewer (default)"]));
    run("role create --name Member");
    run("workspace update --default-role member");
    run("role delete --role viewer");

    assert_eq!(
        run("entitlement create --name Engineering --id archetype-eng --description x")["id"],
        "archetype-eng"
    );
    assert_eq!(run("entitlement create --name Beta")["id"], "beta");
    assert_eq!(ids(run("entitlement list")), ["archetype-eng", "beta"]);

    run("mapping set --group claresia-admins --role tenant_admin");
    run("mapping set --group claresia-eng-pilot --role member --entitlement archetype-eng");
    run("mapping set --group Claresia-* --entitlement beta --entitlement engineering");
    let rule = |group: &str, role: Value, entitlements: &[&str]| serde_json::json!({ "group": group, "role": role, "entitlements": entitlements });
    assert_eq!(
        run("mapping list"),
        Value::Array(vec![
            rule("Claresia-*", Value::Null, &["archetype-eng", "beta"]),
            rule("claresia-admins", "tenant_admin".into(), &[]),
            rule("claresia-eng-pilot", "member".into(), &["archetype-eng"]),
        ])
    );
    assert_eq!(run("mapping delete --group CLARESIA-* --entitlement Engineering")["removed"], 1);
    assert_eq!(run("mapping delete --group claresia-eng-pilot --role member")["removed"], 1);
    assert_eq!(run("mapping delete --group claresia-admins")["removed"], 1);
    assert_eq!(
        run("mapping list"),
        Value::Array(vec![
            rule("Claresia-*", Value::Null, &["beta"]),
            rule("claresia-eng-pilot", Value::Null, &["archetype-eng"]),
        ])
    );

    run("user create --user-name ada --role admin");
    let shown = run("user set-entitlements --user-name ada --entitlement beta --entitlement archetype-eng");
    assert_eq!(shown["entitlements"], serde_json::json!(["archetype-eng", "beta"]));
    run("user set-entitlements --user-name ada --entitlement BETA");
    run("entitlement delete --entitlement engineering");
    let shown = run("user show --user-name ada");
    assert_eq!(
        (&shown["roles"], &shown["role_sources"]),
        (&vec!["admin"].into(), &vec!["admin (manual)"].into())
    );
    assert_eq!(shown["entitlement_sources"], serde_json::json!(["beta (manual)"]));
    assert_eq!(run("mapping list").as_array().map(Vec::len), Some(1), "a rule goes with what it gave");

    let events = run("event list");
    let kinds: Vec<&str> =
        events.as_array().unwrap().iter().filter_map(|event| event["kind"].as_str()).collect();
    for kind in
        ["role_changed", "role_deleted", "entitlement_created", "entitlement_deleted", "entitlements_changed"]
    {
        assert!(kinds.contains(&kind), "{kind} is in the trail: {kinds:?}");
    }
}

/// The message and exit code of each wrong call.
#[test]
fn a_wrong_call_says_what_to_do() {
    let database = Fresh::make(Sqlite);
    let house = deployment(&database);
    let acme = house.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let acme = acme["id"].as_str().unwrap();
    let nobody = "00000000-0000-4000-8000-000000000000";
    house.run(&["role", "update", "--workspace", acme, "--role", "owner", "--by-okta", "off"], "");
    for (arguments, code, words) in [
        (vec!["workspace"], 2, "Usage"),
        (vec!["workspace", "create"], 2, "--name"),
        (vec!["nonsense"], 2, "unrecognized subcommand"),
        (vec!["workspace", "create", "--name", "X", "--id", "seven"], 1, "must be a UUID"),
        (vec!["workspace", "create", "--name", "X", "--id", acme], 1, "exists already"),
        (vec!["workspace", "create", "--name", "X", "--domain", "ACME.example"], 1, "another workspace"),
        (vec!["workspace", "create", "--name", " "], 1, "--name must have 1 to 256 characters"),
        (vec!["user", "show", "--workspace", nobody, "--user-name", "a"], 1, "no workspace"),
        (vec!["user", "show", "--workspace", acme, "--user-name", "a"], 1, "no user a"),
        (
            vec!["user", "create", "--workspace", acme, "--user-name", "a", "--role", "king"],
            1,
            "no role king",
        ),
        (vec!["token", "create", "--workspace", acme, "--name", "x", "--scope", "all"], 2, "scim.read"),
        (
            vec![
                "client",
                "create",
                "--kind",
                "scim",
                "--name",
                "x",
                "--redirect-uri",
                "http://evil.example/",
            ],
            1,
            "must begin with https://",
        ),
        (
            vec![
                "connection",
                "set",
                "--workspace",
                acme,
                "--okta-domain",
                "acme-admin.okta.com",
                "--client-id",
                "x",
            ],
            1,
            "the Okta domain is acme.okta.com",
        ),
        (
            vec![
                "connection",
                "set",
                "--workspace",
                acme,
                "--okta-domain",
                "acme.okta.com",
                "--client-id",
                "x",
            ],
            1,
            "Client secret is missing",
        ),
        (vec!["role", "delete", "--workspace", acme, "--role", "admin"], 1, "built in"),
        (vec!["role", "delete", "--workspace", acme, "--role", "Owner"], 1, "built in"),
        (vec!["role", "delete", "--workspace", acme, "--role", "member"], 1, "default role"),
        (vec!["workspace", "update", "--workspace", acme, "--default-role", "admin"], 1, "everybody would"),
        (vec!["role", "update", "--workspace", acme, "--role", "king"], 1, "no role king"),
        (
            vec!["role", "update", "--workspace", acme, "--role", "admin", "--name", "Auditor"],
            1,
            "exists already",
        ),
        (
            vec!["role", "update", "--workspace", acme, "--role", "admin", "--name", " "],
            1,
            "--name must have",
        ),
        (vec!["entitlement", "create", "--workspace", acme, "--name", "X", "--id", "X Y"], 1, "--id must be"),
        (vec!["entitlement", "delete", "--workspace", acme, "--entitlement", "x"], 1, "no entitlement x"),
        (vec!["mapping", "set", "--workspace", acme, "--group", "g"], 1, "--role, --entitlement, or both"),
        (vec!["mapping", "set", "--workspace", acme, "--group", "g", "--role", "owner"], 1, "--by-okta on"),
        (
            vec!["mapping", "set", "--workspace", acme, "--group", " ", "--role", "admin"],
            1,
            "--group must have",
        ),
        (
            vec!["mapping", "set", "--workspace", acme, "--group", "g", "--entitlement", "x"],
            1,
            "no entitlement x",
        ),
        (vec!["grant", "end", "--workspace", acme, "--id", "x"], 1, "no grant x"),
        (vec!["check-health"], 1, "does not answer"),
    ] {
        let output = house.command(&arguments, "");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {complaint}");
        assert!(complaint.contains(words), "{arguments:?} says: {complaint}");
        assert!(output.stdout.is_empty(), "{arguments:?} prints nothing on standard output");
    }
}

#[test]
fn a_configuration_is_checked_and_a_key_is_made() {
    let database = Fresh::make(Sqlite);
    let checked = deployment(&database).run(&["check-config"], "");
    assert_eq!((&checked["ok"], &checked["region"]), (&true.into(), &"us".into()));
    let keys: Vec<Value> = (0..2).map(|_| deployment(&database).run(&["generate-key"], "")).collect();
    assert_ne!(keys[0], keys[1]);
    assert_ne!(deployment(&database).run(&["migrate"], "")["migrated"].as_array().map(Vec::len), Some(0));
    assert_eq!(deployment(&database).run(&["migrate"], "")["migrated"].as_array().map(Vec::len), Some(0));
}

#[test]
fn every_command_has_help() {
    let database = Fresh::make(Sqlite);
    let house = deployment(&database);
    let groups = [
        "workspace",
        "connection",
        "token",
        "client",
        "user",
        "api-token",
        "saml-key",
        "grant",
        "role",
        "entitlement",
        "mapping",
        "event",
    ];
    let single = ["serve", "demo", "migrate", "check-config", "check-health", "generate-key"];
    for command in groups.into_iter().chain(single) {
        let output = house.command(&[command, "--help"], "");
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && help.contains("Usage: vestibule"), "{command}: {help}");
    }
}
