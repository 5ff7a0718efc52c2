//! `vestibule connection …` with several OpenID Connect connections, and with one.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh,
};

/// A workspace whose connections are set by commands.
struct Commands {
    _database: Fresh,
    deployment: Deployment,
    workspace: String,
}

impl Commands {
    fn new(backend: Backend) -> Self {
        let database = Fresh::make(backend);
        let deployment = Deployment::new(database.url(), "http://127.0.0.1:8080");
        let made = deployment.run(&["workspace", "create", "--name", "Acme"], "");
        let workspace = made["id"].as_str().unwrap().to_owned();
        Self { _database: database, deployment, workspace }
    }

    fn arguments<'a>(&'a self, verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["connection", verb, "--workspace", &self.workspace], more].concat()
    }

    fn run(&self, verb: &str, more: &[&str], input: &str) -> Value {
        self.deployment.run(&self.arguments(verb, more), input)
    }

    /// The exit status of a refused command, and its message.
    fn refused(&self, verb: &str, more: &[&str]) -> (i32, String) {
        let output = self.deployment.command(&self.arguments(verb, more), "secret");
        assert!(output.stdout.is_empty(), "{output:?}");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

const FIRST: [&str; 5] = ["--okta-domain", "acme.okta.com", "--client-id", "0oa1", "--client-secret-stdin"];

#[rstest]
#[actix_web::test]
async fn a_workspace_with_one_connection_answers_as_before(#[values(Sqlite, Postgres)] backend: Backend) {
    let acme = Commands::new(backend);
    let made = acme.run("set", &FIRST, "secret");
    assert_eq!(
        (&made["issuer"], &made["enabled"], &made["is_default"]),
        (&json!("https://acme.okta.com"), &json!(true), &json!(true))
    );
    // Without a name the only connection is changed, even to another issuer.
    let other = ["--issuer", "https://login.acme.example", "--client-id", "c", "--client-secret-stdin"];
    let changed = acme.run("set", &other, "secret");
    assert_eq!(changed["connection_id"], made["connection_id"]);
    assert_eq!(acme.run("show", &[], ""), changed);
    let mut listed = acme.run("list", &[], "");
    assert_eq!(listed[0]["kind"], "oidc");
    listed[0].as_object_mut().unwrap().remove("kind");
    assert_eq!(listed, json!([changed]));
}

#[rstest]
#[actix_web::test]
async fn a_name_adds_a_connection_and_names_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let acme = Commands::new(backend);
    let first = acme.run("set", &FIRST, "secret");
    let second = [
        "--name",
        "Labs",
        "--issuer",
        "https://login.labs.example",
        "--client-id",
        "c",
        "--client-secret-stdin",
        "--for-domain",
        "Labs.Example",
        "--for-domain",
        "@lab.example",
    ];
    let second = acme.run("set", &second, "secret");
    assert_ne!(second["connection_id"], first["connection_id"]);
    assert_eq!(
        (&second["is_default"], &second["domains"]),
        (&json!(false), &json!(["lab.example", "labs.example"]))
    );
    // Settings that are not given stay as they are.
    let changed = acme.run("set", &["--name", "Labs", "--enabled", "off", "--default"], "");
    assert_eq!(
        (&changed["enabled"], &changed["is_default"], &changed["domains"], &changed["client_id"]),
        (&json!(false), &json!(true), &second["domains"], &json!("c"))
    );
    let id = first["connection_id"].as_str().unwrap();
    assert_eq!(acme.run("show", &["--connection", id], "")["is_default"], false);
    let renamed = acme.run("set", &["--connection", id, "--name", "Acme", "--for-domain", "lab.example"], "");
    assert_eq!((&renamed["name"], &renamed["domains"]), (&json!("Acme"), &json!(["lab.example"])));
    let labs = acme.run("set", &["--name", "Labs", "--for-domain", ""], "");
    assert_eq!(labs["domains"], json!([]));
    let names: Vec<Value> =
        acme.run("list", &[], "").as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Labs", "Acme"], "the default first");

    assert_eq!(acme.run("delete", &["--connection", id], "")["deleted"], true);
    let (status, words) = acme.refused("delete", &["--connection", id]);
    assert!(status == 1 && words.contains("no connection"), "{status} {words}");
    assert_eq!(acme.run("show", &[], "")["name"], "Labs");
}

#[rstest]
#[actix_web::test]
async fn wrong_settings_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let acme = Commands::new(backend);
    let first = acme.run("set", &FIRST, "secret");
    let labs =
        ["--name", "Labs", "--issuer", "https://labs.example", "--client-id", "c", "--client-secret-stdin"];
    acme.run("set", &labs, "secret");
    let id = first["connection_id"].as_str().unwrap();
    let nobody = "0199aaaa-0000-7000-8000-000000000001";
    let cases: [(Vec<&str>, i32, &str); 9] = [
        (FIRST.to_vec(), 1, "several OpenID Connect connections"),
        (vec!["--enabled", "off"], 2, "--okta-domain or --issuer is missing"),
        (vec!["--name", "Third", "--enabled", "off"], 2, "--okta-domain or --issuer is missing"),
        (vec!["--name", "Third", "--issuer", "https://third.example"], 2, "--client-id is missing"),
        ([&FIRST[..], &["--name", "Third"]].concat(), 1, "the issuer is that of another"),
        (vec!["--connection", id, "--name", "Labs"], 1, "the name is that of another"),
        (vec!["--connection", "labs", "--enabled", "off"], 2, "no id of a connection"),
        ([&FIRST[..], &["--connection", nobody]].concat(), 1, "no such connection"),
        (vec!["--name", "Labs", "--for-domain", "labs"], 1, "--for-domain must be email domains"),
    ];
    for (arguments, status, words) in cases {
        let refused = acme.refused("set", &arguments);
        assert!(refused.0 == status && refused.1.contains(words), "{arguments:?}: {refused:?}");
    }
    assert_eq!(acme.run("list", &[], "").as_array().unwrap().len(), 2);
}
