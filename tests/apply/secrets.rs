//! Secrets by reference: from the environment and from files, compared, kept when they are not there, printed nowhere.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ACME, Bench, OTHER, SECRET, changes};
use crate::support::Backend::{self, Postgres, Sqlite};

const OKTA: &str =
    "[[oidc_connection]]\nname = \"Okta\"\nissuer = \"https://acme.okta.com\"\nclient_id = \"0oa1\"\n";
const APP: &str =
    "[[client]]\nname = \"App\"\nkind = \"app\"\nredirect_uris = [\"https://app.acme.example/cb\"]\n";
const HOOK: &str = "[[webhook]]\nurl = \"https://hooks.acme.example/in\"\n";

/// Each kind of thing that has a secret, with this reference to it.
fn all(reference: &str) -> String {
    format!(
        "{OKTA}client_secret = {reference}\n{APP}client_secret = {reference}\n{HOOK}secret = {reference}\n"
    )
}

/// What a report says of secrets.
fn said(report: &Value) -> Vec<String> {
    let fields = report["changes"].as_array().unwrap().iter().flat_map(|change| {
        change["fields"].as_array().into_iter().flatten().filter_map(|field| field["secret"].as_str())
    });
    fields.map(str::to_owned).collect()
}

#[rstest]
#[actix_web::test]
async fn a_secret_is_read_compared_and_replaced(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend).with("KEY", SECRET);
    let by_env = bench.acme(&all("{ env = \"KEY\" }"));
    let done = bench.apply(&by_env, &[]);
    assert_eq!(said(&done), ["set", "set", "set"], "{done}");
    assert_eq!(bench.apply(&by_env, &[])["summary"], "nothing to change");

    // The same secret in a file, with the line end that editors write.
    let path = bench.scratch.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    let by_file = bench.acme(&all(&format!("{{ file = \"{}\" }}", path.display())));
    assert_eq!(bench.apply(&by_file, &[])["summary"], "nothing to change");

    // Another thing changes: the secret is unchanged.
    let off = bench
        .acme(&all("{ env = \"KEY\" }").replace("client_id = \"0oa1\"", "client_id = \"0oa1\"\njit = true"));
    assert_eq!(said(&bench.apply(&off, &["--dry-run"])), ["unchanged"]);

    std::fs::write(&path, OTHER).unwrap();
    let foreseen = bench.apply(&by_file, &["--dry-run"]);
    assert_eq!(said(&foreseen), ["changed", "changed", "changed"], "{foreseen}");
    let done = bench.apply(&by_file, &[]);
    assert_eq!(
        changes(&done),
        ["change oidc_connection Okta", "change client App", "change webhook https://hooks.acme.example/in"]
    );
    let output = format!("{done}{foreseen}");
    assert!(!output.contains("whsec_") && !output.contains(OTHER), "{output}");
    // Clients and webhooks have two secrets now, so that their other side can follow.
    assert_eq!(bench.list("webhook")[0]["secrets"], 2);
    assert_eq!(bench.apply(&by_file, &[])["summary"], "nothing to change");
    std::fs::write(&path, OTHER.replace("QUJD", "Q0JB")).unwrap();
    let (output, sentence) = bench.refused(&by_file, &[]);
    assert!(sentence.contains("there are two secrets already"), "{sentence}");
    assert_eq!(output["errors"].as_array().unwrap().len(), 2, "{output}");
    assert!(!format!("{output}{sentence}").contains("whsec_"));
}

#[rstest]
#[actix_web::test]
async fn a_secret_that_is_not_there_is_kept_and_never_invented(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    for (folder, says) in [
        (bench.acme(&all("{ env = \"KEY\" }")), "refers to the environment variable KEY, which is not there"),
        (
            bench.acme(&all("{ file = \"/nowhere/key\" }")),
            "refers to the file /nowhere/key, which is not there",
        ),
        (
            bench.acme(&format!("{OKTA}{APP}{HOOK}")),
            "is missing: a new oidc_connection needs { env = \"NAME\" }",
        ),
    ] {
        let (output, sentence) = bench.refused(&folder, &[]);
        assert!(sentence.contains(says), "{sentence}");
        let errors = output["errors"].as_array().unwrap();
        let keys: Vec<&str> = errors.iter().map(|error| error["key"].as_str().unwrap()).collect();
        assert_eq!(
            keys,
            ["oidc_connection[0].client_secret", "client[0].client_secret", "webhook[0].secret"]
        );
        assert!(errors.iter().all(|error| error["file"] == "workspaces/acme.toml"), "{output}");
        assert!(errors.iter().all(|error| error["line"].as_u64().unwrap() > 2), "{output}");
        assert_eq!(bench.house.run(&["workspace", "list"], ""), json!([]), "nothing was written");
    }
    let there = Bench { house: bench.house.clone().with_variable("KEY", SECRET), ..bench };
    let folder = there.acme(&all("{ env = \"KEY\" }"));
    there.apply(&folder, &[]);
    // Without the variable the stored secrets stay, and the report says so.
    let absent = there.acme(&all("{ env = \"GONE\" }"));
    let before = there.events(ACME);
    let kept = there.apply(&absent, &[]);
    assert_eq!(kept["summary"], "nothing to change", "{kept}");
    assert_eq!(kept["stored_secrets_kept"][0]["refers_to"], "the environment variable GONE", "{kept}");
    assert_eq!(there.events(ACME), before);
    assert_eq!(there.apply(&folder, &["--dry-run"])["summary"], "nothing to change");
}

#[rstest]
#[actix_web::test]
async fn a_bad_secret_is_refused(#[values(Sqlite)] backend: Backend) {
    let bench = Bench::new(backend).with("EMPTY", "").with("SHORT", "hush").with("PLAIN", &"a".repeat(40));
    for (text, says) in [
        (format!("{OKTA}client_secret = {{ env = \"EMPTY\" }}\n"), "EMPTY, which is empty"),
        (
            format!("{APP}client_secret = {{ env = \"SHORT\" }}\n"),
            "must have 32 to 256 visible ASCII characters",
        ),
        (format!("{HOOK}secret = {{ env = \"PLAIN\" }}\n"), "must be whsec_ and 24 to 64 random bytes"),
        (format!("{OKTA}client_secret = {{ file = \"/\" }}\n"), "the file /, which can't be read"),
        (format!("{OKTA}client_secret = \"hush-hush\"\n"), "a file of this folder never has a secret itself"),
        (format!("{OKTA}client_secret = \"hush-hush\n"), "this is no TOML"),
    ] {
        let (output, sentence) = bench.refused(&bench.acme(&text), &[]);
        assert!(sentence.contains(says), "{sentence}");
        assert!(!format!("{output}{sentence}").contains("hush"), "{output} {sentence}");
    }
}
