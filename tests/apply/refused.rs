//! A folder is checked as a whole before anything is written: every error at once, with file, line and key.

use rstest::rstest;
use serde_json::json;

use super::{ACME, Bench, certificate};
use crate::support::Backend::{self, Postgres, Sqlite};

/// Text after the first two lines of a workspace's file; line, key and sentence of its error.
fn bad() -> Vec<(String, u64, &'static str, &'static str)> {
    let oidc = "[[oidc_connection]]\nname = \"O\"\nclient_id = \"x\"\nenabled = false\n";
    let saml = "[[saml_connection]]\nname = \"S\"\nissuer = \"urn:s\"\nsso_url = \"https://s.example/\"\n";
    let client = "[[client]]\nname = \"C\"\nkind = \"app\"\nauth_method = \"none\"\n";
    let resource = "[[resource]]\nuri = \"https://r.example\"\nname = \"R\"\n";
    let attribute = "[[attribute]]\nschema = \"urn:ietf:params:scim:schemas:core:2.0:User\"\n";
    let mut all = vec![
        ("nmae = \"x\"\n".to_owned(), 3, "nmae", "is no key of a workspace"),
        ("default_role = 1\n".to_owned(), 3, "default_role", "must be a text"),
        ("allow_basic = \"on\"\n".to_owned(), 3, "allow_basic", "must be true or false"),
        ("brake_percent = 1.5\n".to_owned(), 3, "brake_percent", "must be a whole number"),
        ("brake_percent = 101\n".to_owned(), 3, "brake_percent", "must be a whole number from 0 to 100"),
        (
            "session_hours = \"none\"\n".to_owned(),
            3,
            "session_hours",
            "must be a whole number or \"default\"",
        ),
        ("session_hours = 0\n".to_owned(), 3, "session_hours", "must be a whole number from 1 to 8760"),
        ("max_age_seconds = -1\n".to_owned(), 3, "max_age_seconds", "must be a whole number from 0"),
        ("allowed_origins = [\"https://a.example/\"]\n".to_owned(), 3, "allowed_origins", "is no origin"),
        ("allowed_origins = \"x\"\n".to_owned(), 3, "allowed_origins", "must be a list"),
        ("sign_in_domains = [\"acme\"]\n".to_owned(), 3, "sign_in_domains", "is no email domain"),
        ("domains = [\"acme\"]\n".to_owned(), 3, "domains[0]", "is no email domain"),
        ("domains = [\"a.example\", \"A.example\"]\n".to_owned(), 3, "domains[1]", "may occur once"),
        ("default_role = \"pilot\"\n".to_owned(), 3, "default_role", "names no role"),
        ("default_role = \"admin\"\n".to_owned(), 3, "default_role", "can't be the default"),
        ("without_roles = [\"admin\"]\n".to_owned(), 1, "", "built in"),
        ("without_roles = [\"pilot\"]\n".to_owned(), 3, "without_roles", "built-in roles only"),
        ("okta_app = \"x\"\n".to_owned(), 3, "okta_app", "must be one of"),
        ("role = 1\n".to_owned(), 3, "role", "must be an array of tables: write [[role]]"),
        ("[[roles]]\n".to_owned(), 3, "roles", "is no key of a workspace"),
        ("[[role]]\nid = \"a\"\n".to_owned(), 4, "role[0].name", "is missing: a new role needs it"),
        ("[[role]]\nname = \"A\"\n".to_owned(), 4, "role[0].id", "is missing"),
        ("[[role]]\nid = \"A B\"\nname = \"A\"\n".to_owned(), 4, "role[0].id", "lower-case letters"),
        ("[[role]]\nid = \"a\"\nname = \" A\"\n".to_owned(), 5, "role[0].name", "no space at its ends"),
        (
            "[[role]]\nid = \"a\"\nname = \"A\"\n[[role]]\nid = \"a\"\nname = \"B\"\n".to_owned(),
            7,
            "role[1].id",
            "is that of workspaces/acme.toml:4; it may occur once",
        ),
        (
            "[[role]]\nid = \"a\"\nname = \"Owner\"\n".to_owned(),
            4,
            "role[0]",
            "a role of this id or name exists",
        ),
        (
            "[[mapping]]\ngroup = \"G\"\nroles = [\"x\"]\n".to_owned(),
            5,
            "mapping[0].roles",
            "names no role of this workspace: x",
        ),
        (
            "[[mapping]]\ngroup = \"G\"\nentitlements = [\"x\"]\n".to_owned(),
            5,
            "mapping[0].entitlements",
            "names no entitlement",
        ),
        ("[[mapping]]\ngroup = \"G\"\n".to_owned(), 4, "mapping[0].roles", "or entitlements must be given"),
        (
            format!("{attribute}name = \"x\"\ntype = \"complex\"\n"),
            6,
            "attribute[0].type",
            "the type is one of",
        ),
        (format!("{attribute}name = \"userName\"\ntype = \"string\"\n"), 4, "attribute[0]", "userName"),
        (format!("{oidc}issuer = \"http://\"\n"), 7, "oidc_connection[0].issuer", "must be a URL"),
        (
            format!("{oidc}issuer = \"http://127.0.0.1:8080\"\n"),
            7,
            "oidc_connection[0].issuer",
            "is Vestibule itself",
        ),
        (
            format!("{oidc}issuer = \"https://login.microsoftonline.com/common/v2.0\"\n"),
            4,
            "oidc_connection[0]",
            "must name the tenant",
        ),
        (oidc.to_owned(), 4, "oidc_connection[0].issuer", "is missing: a new oidc_connection needs it"),
        (format!("{oidc}id = \"x\"\nissuer = \"https://o.example\"\n"), 7, "oidc_connection[0].id", "a UUID"),
        (
            format!("{oidc}issuer = \"https://o.example\"\nsso_url = \"x\"\n"),
            8,
            "oidc_connection[0].sso_url",
            "is no key of [[oidc_connection]]",
        ),
        (saml.to_owned(), 4, "saml_connection[0].certificates", "a new saml_connection needs it"),
        (format!("{saml}certificates = [\"x\"]\n"), 7, "saml_connection[0].certificates", ""),
        (format!("{saml}certificates = []\n"), 7, "saml_connection[0].certificates", "is missing"),
        (
            format!("{saml}certificates = [\"{}\"]\nokta_org = \"https://a.okta.com\"\n", certificate()),
            4,
            "saml_connection[0].app_instance_id",
            "belong together",
        ),
        (
            format!("{saml}certificates = [\"{}\"]\nuid_is = \"custom\"\n", certificate()),
            8,
            "saml_connection[0].uid_is",
            "needs the name of the UID attribute",
        ),
        (client.to_owned(), 4, "client[0].redirect_uris", "must be 1 to 50"),
        (
            format!("{client}redirect_uris = [\"http://a.example\"]\n"),
            7,
            "client[0].redirect_uris",
            "must begin with https://",
        ),
        (
            format!("{client}redirect_uris = [\"https://a.example\"]\nid = \"vclient_x\"\n"),
            8,
            "client[0].id",
            "is no id that Vestibule gives",
        ),
        (
            format!("{client}redirect_uris = [\"https://a.example\"]\njwks = \"https://k.example/\"\n"),
            8,
            "client[0].jwks",
            "is for auth_method private_key_jwt",
        ),
        (
            format!("{client}redirect_uris = [\"https://a.example\"]\nserves = [\"https://x.example\"]\n"),
            8,
            "client[0].serves",
            "is no registered resource",
        ),
        (
            format!("{client}redirect_uris = [\"https://a.example\"]\njwt_access_tokens = 1\n"),
            8,
            "client[0].jwt_access_tokens",
            "must be 30 to 300 seconds",
        ),
        (resource.to_owned(), 4, "resource[0].scopes", "a new resource needs it"),
        (format!("{resource}scopes = [\"x\"]\n"), 6, "resource[0].scopes", "must be a list of { scope"),
        (
            format!("{resource}scopes = [{{ scope = \"openid\" }}]\n"),
            6,
            "resource[0].scopes",
            "of Vestibule itself",
        ),
        (
            format!("{resource}scopes = [{{ scope = \"x\" }}]\nroles = [\"y\"]\n"),
            7,
            "resource[0].roles",
            "is no role of this workspace",
        ),
        ("[[webhook]]\nurl = \"x\"\n".to_owned(), 4, "webhook[0].secret", "a new webhook needs"),
        ("x = \n".to_owned(), 3, "", "this is no TOML"),
        ("name = \"twice\"\n".to_owned(), 3, "", "this is no TOML"),
    ];
    let two = format!("{oidc}issuer = \"https://o.example\"\n{}", oidc.replace("\"O\"", "\"P\""));
    all.push((
        format!("{two}issuer = \"https://o.example\"\n"),
        12,
        "oidc_connection[1].issuer",
        "may occur once",
    ));
    all
}

#[rstest]
#[actix_web::test]
async fn each_mistake_is_named_with_its_place(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    for (text, line, key, says) in bad() {
        for more in [&[][..], &["--dry-run"]] {
            let (output, sentence) = bench.refused(&bench.acme(&text), more);
            let errors = output["errors"].as_array().unwrap();
            let has = errors.iter().any(|error| {
                error["file"] == "workspaces/acme.toml"
                    && error["line"] == line
                    && error["key"] == key
                    && error["sentence"].as_str().unwrap().contains(says)
            });
            assert!(has, "{text}\n{line} {key} {says}: {output}");
            assert!(sentence.contains("nothing was written"), "{sentence}");
        }
    }
    assert_eq!(bench.house.run(&["workspace", "list"], ""), json!([]), "nothing was written");
}

#[rstest]
#[actix_web::test]
async fn all_mistakes_are_told_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    let folder = bench.folder(&[
        ("deployment.toml", "name = \"x\"\n[[role]]\nid = \"a\"\n"),
        ("workspaces/a.toml", &format!("id = \"{ACME}\"\nname = \"A\"\ndomains = [\"x.example\"]\n")),
        ("workspaces/b.toml", &format!("id = \"{ACME}\"\ndomains = [\"x.example\"]\nbad = 1\n")),
        ("workspaces/c.toml", "name = \"C\"\n"),
        ("workspaces/d.toml", "id = \"d\"\nname = \"D\"\n"),
        ("workspaces/e.toml", "id = \"00000000-0000-0000-0000-000000000000\"\nname = \"E\"\n"),
        ("workspaces/readme.md", "no settings"),
        ("other.toml", ""),
    ]);
    let (output, sentence) = bench.refused(&folder, &[]);
    let lines: Vec<String> = output["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap();
            format!("{}:{} {}: {}", text("file"), error["line"], text("key"), text("sentence"))
        })
        .collect();
    let expected = [
        "deployment.toml:1 name: is no key of the deployment; it has [[resource]], [[client]], [[webhook]]",
        "deployment.toml:2 role: is no key of the deployment; it has [[resource]], [[client]], [[webhook]]",
        "other.toml:0 : is neither deployment.toml nor in the folder workspaces",
        "workspaces/b.toml:1 id: is that of workspaces/a.toml:1; it may occur once",
        "workspaces/b.toml:2 domains[0]: is that of workspaces/a.toml:3; it may occur once",
        "workspaces/b.toml:3 bad: is no key of a workspace",
        "workspaces/c.toml:1 id: is missing",
        "workspaces/d.toml:1 id: must be a UUID",
        "workspaces/e.toml:1 id: stands for the deployment itself",
    ];
    assert_eq!(lines, expected);
    assert!(sentence.contains("there are 9 errors; the first is deployment.toml:1: name"), "{sentence}");
    // Errors that only the database finds come together, too, from all files.
    let folder = bench.folder(&[
        ("workspaces/a.toml", &format!("id = \"{ACME}\"\nname = \"A\"\nbrake_percent = 900\ndomains = [\"x.example\"]\n[[role]]\nid = \"!\"\nname = \"x\"\n")),
        ("workspaces/b.toml", "id = \"01900000-0000-7000-8000-00000000bbbb\"\nname = \"B\"\ndefault_role = \"x\"\n"),
    ]);
    let (output, _) = bench.refused(&folder, &[]);
    assert_eq!(output["errors"].as_array().unwrap().len(), 3, "{output}");
    for (folder, says) in [
        (bench.folder(&[]), "has neither deployment.toml nor a file workspaces/*.toml"),
        (bench.scratch.path().join("nowhere"), "is no folder"),
    ] {
        let (_, sentence) = bench.refused(&folder, &[]);
        assert!(sentence.contains(says), "{sentence}");
    }
}

/// What can't be changed is refused; nothing of the file is written.
#[rstest]
#[actix_web::test]
async fn what_is_fixed_stays(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::with_secrets(backend);
    let full = bench.full();
    bench.apply(&full, &[]);
    let path = full.join("workspaces/acme.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for (before, after, key) in [
        ("kind = \"service\"", "kind = \"mcp\"", "client[1].kind"),
        ("case_exact = true", "case_exact = false", "attribute[0].case_exact"),
    ] {
        assert!(text.contains(before), "{before}");
        let changed = text.replace(before, after).replace("session_hours = 12", "session_hours = 13");
        std::fs::write(&path, changed).unwrap();
        let (output, sentence) = bench.refused(&full, &["--prune"]);
        assert_eq!(output["errors"][0]["key"], key, "{output}");
        assert!(sentence.contains("can't be changed after the"), "{sentence}");
    }
    assert_eq!(bench.house.run(&["workspace", "list"], "")[0]["session_hours"], 12);
    std::fs::write(&path, &text).unwrap();
    assert_eq!(bench.apply(&full, &[])["summary"], "nothing to change");
}

/// A workspace of another region is not created a second time.
#[rstest]
#[actix_web::test]
async fn a_workspace_of_another_region_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    bench.apply(&bench.acme(""), &[]);
    let abroad = Bench { house: bench.house.clone().with("REGION__NAME", "eu"), ..bench };
    let (output, _) = abroad.refused(&abroad.acme(""), &[]);
    assert_eq!(output["errors"][0]["key"], "id", "{output}");
}
