//! Export, apply elsewhere, export again: equal byte for byte. A second apply changes nothing.

use rstest::rstest;
use serde_json::json;
use vestibule_transfer::configuration::Kind;

use super::{ACME, Bench, SECRET, certificate, changes, files, variables};
use crate::support::Backend::{self, Postgres, Sqlite};

#[rstest]
#[actix_web::test]
async fn an_export_that_is_applied_elsewhere_is_exported_alike(#[values(Sqlite, Postgres)] backend: Backend) {
    let first = Bench::with_secrets(backend);
    let written = first.apply(&first.full(), &[]);
    assert_eq!(written["written"], true, "{written}");
    let exported = first.export("first");
    let (one, names) = (files(&exported), variables(&exported));
    let listed: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(listed, ["deployment.toml", "workspaces/acme-inc.toml", "workspaces/plain.toml"]);
    assert!(one.iter().all(|(_, text)| !text.contains("whsec_") && !text.contains(SECRET)), "{one:?}");
    assert_eq!(
        names,
        [
            "VESTIBULE_SECRET_DEPLOYMENT_CLIENT_CATALOG",
            "VESTIBULE_SECRET_DEPLOYMENT_WEBHOOK_HOOKS_EXAMPLE_COM_ALL",
            "VESTIBULE_SECRET_ACME_INC_OIDC_CONNECTION_OKTA",
            "VESTIBULE_SECRET_ACME_INC_CLIENT_APP",
            "VESTIBULE_SECRET_ACME_INC_WEBHOOK_HOOKS_ACME_EXAMPLE_IN",
        ]
    );
    let acme = &one[1].1;
    // Every key is in an export, so that a file says everything about a workspace.
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Domain) {
        let table = format!("[[{}]]\n", kind.name());
        let of_kind =
            if kind == Kind::Workspace { acme.as_str() } else { acme.split_once(&table).unwrap().1 };
        for field in kind.fields() {
            assert!(of_kind.contains(&format!("{} = ", field.name)), "{kind:?} {}", field.name);
        }
    }
    for line in [
        "session_hours = 12\n",
        "max_age_seconds = 3601\n",
        "without_roles = [\"viewer\"]\n",
        "sign_in_domains = [\"acme.example\"]\n",
        "domains = [\"acme.example\", \"sub.acme.example\"]\n",
        "description = \"Size, \\\"as printed\\\"\\non the box\"\n",
        "scopes = [{ scope = \"z\", text = \"Last letter\" }, { scope = \"a\", text = \"\" }]\n",
        "uid_custom_attribute = \"shoe\"\n",
        "dpop = \"optional\"\n",
    ] {
        assert!(acme.contains(line), "no {line:?} in {acme}");
    }

    let second = names.iter().fold(Bench::new(backend), |bench, name| bench.with(name, SECRET));
    second.apply(&exported, &[]);
    assert_eq!(files(&second.export("second")), one);
    let before = second.events(ACME);
    let again = second.apply(&exported, &[]);
    assert_eq!(
        (&again["written"], &again["summary"]),
        (&json!(false), &json!("nothing to change")),
        "{again}"
    );
    assert_eq!(again["changes"], json!([]), "{again}");
    assert_eq!(second.events(ACME), before);
    // Also with what the folder does not name, and without the secrets.
    assert_eq!(first.apply(&exported, &["--prune"])["summary"], "nothing to change");
}

#[rstest]
#[actix_web::test]
async fn a_second_run_writes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::with_secrets(backend);
    let full = bench.full();
    let foreseen = bench.apply(&full, &["--dry-run"]);
    assert_eq!(foreseen["written"], false);
    let none = bench.house.run(&["workspace", "list"], "");
    assert_eq!(none, json!([]), "a dry run writes nothing");
    let done = bench.apply(&full, &[]);
    assert_eq!(changes(&done), changes(&foreseen));
    assert_eq!(done["summary"].as_str().unwrap().replace("created", "to create"), {
        foreseen["summary"].as_str().unwrap().replace("to change", "changed").replace("to delete", "deleted")
    });
    let output = done.to_string() + &foreseen.to_string();
    assert!(!output.contains("whsec_"), "{output}");

    let look = || {
        let kinds = ["role", "entitlement", "mapping", "connection", "client", "resource", "webhook"];
        let lists: Vec<_> = kinds.into_iter().map(|kind| bench.list(kind)).collect();
        (lists, bench.events(ACME), bench.house.run(&["workspace", "list"], ""))
    };
    let before = look();
    for more in [&[][..], &["--dry-run"], &["--prune"]] {
        let again = bench.apply(&full, more);
        assert_eq!(again["summary"], "nothing to change", "{more:?} {again}");
        assert_eq!((&again["changes"], &again["run"]), (&json!([]), &json!(null)), "{again}");
        assert_eq!(again["not_in_the_folder"], json!([]), "{again}");
    }
    assert_eq!(look(), before);
    // Clients, connections and webhooks without an id in the folder got one.
    assert!(done["changes"].as_array().unwrap().iter().any(|change| {
        change["name"] == "Machine" && change["fields"][0]["after"].as_str().unwrap().starts_with("vclient_")
    }));
}

/// What an administrator or the command line has set is exported and applied elsewhere, too.
#[rstest]
#[actix_web::test]
async fn what_was_set_by_hand_moves(#[values(Sqlite, Postgres)] backend: Backend) {
    let first = Bench::new(backend);
    let run =
        |words: &str, input: &str| first.house.run(&words.split_whitespace().collect::<Vec<_>>(), input);
    run(&format!("workspace create --name Acme --id {ACME} --domain acme.example"), "");
    run(&format!("workspace create --name ACME. --id {}", ACME.replace("acce", "aaaa")), "");
    run(&format!("role delete --workspace {ACME} --role auditor"), "");
    run(
        &format!(
            "connection set --workspace {ACME} --okta-domain acme.okta.com --client-id 0oa1 --client-secret-stdin"
        ),
        "hush",
    );
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", certificate());
    run(
        &format!(
            "connection set --workspace {ACME} --kind saml --name S --idp-issuer urn:x --sso-url https://idp.example/sso --certificate-stdin"
        ),
        &pem,
    );
    for name in ["App", "App"] {
        run(
            &format!(
                "client create --kind app --name {name} --workspace {ACME} --redirect-uri https://a.example/cb"
            ),
            "",
        );
    }
    run(&format!("webhook create --workspace {ACME} --url https://hooks.example.com/x"), "");
    run("webhook create --url https://hooks.example.com/x", "");
    let exported = first.export("first");
    let names: Vec<String> = files(&exported).into_iter().map(|(name, _)| name).collect();
    let (acme, other) = (format!("workspaces/acme-{ACME}.toml"), ACME.replace("acce", "aaaa"));
    assert_eq!(names, ["deployment.toml".to_owned(), format!("workspaces/acme-{other}.toml"), acme]);
    let second =
        variables(&exported).iter().fold(Bench::new(backend), |bench, name| bench.with(name, SECRET));
    second.apply(&exported, &[]);
    assert_eq!(files(&second.export("second")), files(&exported));
    assert_eq!(second.apply(&exported, &["--prune"])["summary"], "nothing to change");

    // One workspace alone, with files in place of variables.
    let folder = first.scratch.path().join("one");
    let words = ["export", "--settings", "--workspace", ACME, "--secret-dir", "/run/secrets", "--to"];
    let done = first.house.run(&[&words[..], &[folder.to_str().unwrap()]].concat(), "");
    assert_eq!(done["files"], json!([format!("workspaces/acme-{ACME}.toml")]));
    let text = &files(&folder)[0].1;
    let stem = format!("/run/secrets/acme-{ACME}");
    assert!(text.contains(&format!("client_secret = {{ file = \"{stem}-client-app-2\" }}")), "{text}");
    for (words, says) in [
        (vec!["export", "--settings", "--to", folder.to_str().unwrap()], "has files already"),
        (vec!["export", "--settings", "--to", "/x", "--secret-dir", "relative"], "absolute path"),
        (vec!["export", "--settings", "--to", "/x", "--secret-prefix", "VESTIBULE__X"], "configuration keys"),
        (vec!["export", "--settings", "--to", "/x", "--secret-prefix", "A-B"], "letters, digits"),
    ] {
        let output = first.house.command(&words, "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(says), "{words:?}: {said}");
    }
    // The export of a workspace's people stays as it is.
    let missing = first.house.command(&["export", "--to", "/x"], "");
    assert_eq!(missing.status.code(), Some(2));
}

#[rstest]
#[actix_web::test]
async fn two_runs_at_a_time_write_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::with_secrets(backend);
    let full = bench.full();
    bench.house.run(&["workspace", "list"], "");
    let arguments = super::arguments(&full, &[]);
    let runs: Vec<_> = (0..3).map(|_| bench.house.begin(&arguments)).collect();
    for run in runs {
        let output = run.output();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let once = Bench::with_secrets(backend);
    once.apply(&full, &[]);
    assert_eq!(bench.events(ACME), once.events(ACME));
    assert_eq!(bench.list("client").as_array().unwrap().len(), 2);
    let clients = bench.house.run(&["client", "list"], "");
    let names = clients.as_array().unwrap().iter().filter(|client| client["name"] == "Catalog");
    assert_eq!(names.count(), 1, "{clients}");
}

/// Names, redirect URIs, scopes and roles of what exists follow the folder.
#[rstest]
#[actix_web::test]
async fn names_and_addresses_follow_the_folder(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::with_secrets(backend);
    let full = bench.full();
    bench.apply(&full, &[]);
    let path = full.join("workspaces/acme.toml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for (before, after) in [
        ("name = \"Hangar\"", "name = \"Shed\""),
        ("name = \"Files\"", "name = \"Papers\""),
        ("https://app.acme.example/a\"", "https://app.acme.example/b\""),
    ] {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    std::fs::write(&path, &text).unwrap();
    let done = bench.apply(&full, &[]);
    let mut keys: Vec<String> = done["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!("{} {} {}", change["action"], change["kind"], change["fields"][0]["key"]).replace('"', "")
        })
        .collect();
    keys.sort();
    assert_eq!(
        keys,
        ["change client redirect_uris", "change entitlement name", "change resource name"],
        "{done}"
    );
    assert_eq!(bench.apply(&full, &[])["summary"], "nothing to change");
    let events = bench.house.run(&["event", "list", "--workspace", ACME], "").to_string();
    for kind in ["client_changed", "entitlement_changed", "resource_changed"] {
        assert!(events.contains(kind), "{kind}");
    }
}
