//! Tests of reading, writing and comparing.

use super::*;

const ACME: &str = r#"
id = "a"
name = "Acme"
session_hours = "default"
brake_percent = 20
allowed_origins = ["b", "a", "b"]
domains = ["x.example"]

[[role]]
id = "pilot"
name = "Pi\"lot\\ \u00e4\t\u0007"
by_okta = false

[[mapping]]
group = "Eng"
roles = ["pilot"]

[[oidc_connection]]
name = "Okta"
issuer = "https://a.okta.com"
client_id = "x"
client_secret = { file = "/run/x" }

[[resource]]
uri = "u"
name = "R"
scopes = [{ scope = "b", text = "B" }, { scope = "a" }]
"#;

fn document(text: &str) -> Document {
    let (document, faults) = read("f.toml", text, Area::Workspace);
    assert_eq!(faults, [], "{text}");
    document
}

fn faults(text: &str) -> Vec<String> {
    read("f.toml", text, Area::Workspace).1.iter().map(ToString::to_string).collect()
}

/// What a file says, as if it were stored.
fn stored(text: &str) -> Document {
    let mut document = document(text);
    for thing in &mut document.things {
        thing.at = Place::default();
        for value in thing.values.values_mut() {
            if let Value::Secret(secret) = value {
                *secret = Secret { reference: None, digests: vec!["d".to_owned()] };
            }
        }
    }
    document
}

fn steps(stored: &Document, wanted: &Document, prunes: bool) -> Vec<String> {
    let Compared { steps, faults } = compare(stored, wanted, prunes, |_| false);
    assert_eq!(faults, []);
    let one = |step: &Step| {
        let keys: Vec<&str> = step.changes.iter().map(|change| change.key).collect();
        format!("{:?} {} {} {}", step.action, step.kind().name(), step.thing.name(), keys.join(","))
    };
    steps.iter().map(one).collect()
}

#[test]
fn what_is_written_is_read_alike() {
    // A control character is no text of a name.
    let text = ACME.replace("\\t\\u0007", "");
    let first = document(&text);
    let written = write(&first);
    let again = document(&written);
    assert_eq!(write(&again), written);
    assert!(written.contains("name = \"Pi\\\"lot\\\\ ä\"\n"), "{written}");
    assert!(written.contains("allowed_origins = [\"a\", \"b\"]\n"), "{written}");
    assert!(written.contains("client_secret = { file = \"/run/x\" }\n"), "{written}");
    assert!(
        written.contains("[{ scope = \"b\", text = \"B\" }, { scope = \"a\", text = \"\" }]"),
        "{written}"
    );
    assert_eq!(
        faults(ACME),
        ["f.toml:11: role[0].name: must have no control characters, and no space at its ends"]
    );
    let prose = Thing::stored(
        Kind::Role,
        [("id", Value::Text("r".to_owned())), ("description", Value::Text("a\u{7f}\u{1}\r\n \"".to_owned()))],
    );
    let lone = Document { file: String::new(), area: Area::Workspace, things: vec![prose.clone()] };
    let written = write(&lone);
    let (read_again, _) = read("f.toml", &written, Area::Workspace);
    assert_eq!(read_again.of(Kind::Role).next().unwrap().values, prose.values, "{written}");
}

#[test]
fn every_fault_has_its_place() {
    let text = "id = 1\nx = 2\n[[role]]\nname = 'n'\nby_okta = 'no'\n[[role]]\nid = 'b'\nc = 1\n[role]\n";
    let all = faults(text);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].starts_with("f.toml:9: this is no TOML: "), "{all:?}");
    let expected = [
        "f.toml:1: id: must be a text",
        "f.toml:2: x: is no key of a workspace",
        "f.toml:4: role[0].id: is missing",
        "f.toml:5: role[0].by_okta: must be true or false",
        "f.toml:8: role[1].c: is no key of [[role]]",
    ];
    let mut found = faults(text.trim_end_matches("[role]\n"));
    found.sort();
    assert_eq!(found, expected);
    let many = format!("id = 'a'\nname = 'a'\nallowed_origins = [{}]\n", "'x', ".repeat(1001));
    assert_eq!(faults(&many), ["f.toml:3: allowed_origins: must be a list of at most 1000 texts"]);
    let large = format!("# {}", "x".repeat(MOST_FILE_BYTES));
    assert!(faults(&large)[0].contains("has more than"));
}

#[test]
fn a_secret_is_a_reference() {
    let with = |secret: &str| {
        let text = format!("id = 'a'\n[[webhook]]\nurl = 'u'\nsecret = {secret}\n");
        faults(&text)
    };
    for good in ["{ env = \"A\" }", "{ file = \"/a b\" }"] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
    for bad in [
        "\"hush\"",
        "{ env = \"\" }",
        "{ env = \"A=hush\" }",
        "{ env = \"A\", file = \"/hush\" }",
        "{ file = \"hush\" }",
        "{ value = \"hush\" }",
        "{ env = 1 }",
        "{}",
        "[\"hush\"]",
    ] {
        let all = with(bad);
        assert!(all.len() == 1 && !all[0].contains("hush"), "{bad} {all:?}");
        assert!(all[0].starts_with("f.toml:4: webhook[0].secret: "), "{all:?}");
    }
}

#[test]
fn only_what_differs_is_a_step() {
    let text = ACME.replace("\\t\\u0007", "");
    let before = stored(&text);
    assert_eq!(steps(&before, &document(&text), true), [""; 0]);
    // What the file does not have is not compared; letter case of a group does not matter.
    let less = "id = 'a'\n[[mapping]]\ngroup = 'ENG'\n";
    let left =
        ["Leave domain x.example ", "Leave role pilot ", "Leave oidc_connection Okta ", "Leave resource u "];
    assert_eq!(steps(&before, &document(less), false), left);
    assert_eq!(steps(&before, &document(less), true), left.map(|step| step.replace("Leave", "Delete")));
    let other = text.replace("brake_percent = 20", "brake_percent = 21").replace("\"Eng\"", "\"Ops\"");
    let expected =
        ["Change workspace a brake_percent", "Create mapping Ops group,roles", "Leave mapping Eng "];
    assert_eq!(steps(&before, &document(&other), false), expected);
}

#[test]
fn what_is_fixed_or_needed_is_a_fault() {
    let shoe = "[[attribute]]\nschema = 's'\nname = 'shoe'\ntype = 'string'\n";
    let before = stored(&format!("{}\n{shoe}", ACME.replace("\\t\\u0007", "")));
    for (text, says) in [
        (
            "[[attribute]]\nschema = 's'\nname = 'shoe'\ntype = 'integer'\n",
            "attribute[0].type: can't be changed after the attribute is created",
        ),
        ("[[resource]]\nuri = 'v'\nname = 'S'\n", "resource[0].scopes: is missing: a new resource needs it"),
        ("[[webhook]]\nurl = 'u'\n", "webhook[0].secret: is missing: a new webhook needs { env"),
        (
            "[[webhook]]\nurl = 'u'\nsecret = { env = 'X' }\n",
            "refers to the environment variable X, which is not there",
        ),
    ] {
        let (wanted, faults) = read("f.toml", &format!("id = 'a'\n{text}"), Area::Workspace);
        assert_eq!(faults, []);
        let compared = compare(&before, &wanted, false, |_| false);
        assert!(
            compared.faults.iter().any(|fault| fault.to_string().contains(says)),
            "{text} {:?}",
            compared.faults
        );
    }
}

#[test]
fn certificates_follow_the_metadata_that_is_trusted() {
    let file = |certificate: &str, trusts: bool| {
        format!(
            "id = 'a'\n[[saml_connection]]\nname = 's'\nissuer = 'i'\nsso_url = 'u'\nmetadata_url = 'm'\n\
             trusts_metadata = {trusts}\ncertificates = ['{certificate}']\n"
        )
    };
    assert_eq!(steps(&stored(&file("new", true)), &document(&file("old", true)), false), [""; 0]);
    let changed = ["Change saml_connection s certificates"];
    assert_eq!(steps(&stored(&file("new", false)), &document(&file("old", false)), false), changed);
}

#[test]
fn what_occurs_twice_is_told_with_both_places() {
    let file = |name: &str, text: &str| read(name, text, Area::Workspace).0;
    let connection = |kind: &str, name: &str| {
        format!("[[{kind}]]\nid = 'c'\nname = '{name}'\nissuer = 'i'\ndefault = true\ndomains = ['d']\n")
    };
    let text =
        format!("id = 'a'\n{}{}", connection("oidc_connection", "x"), connection("saml_connection", "y"));
    let found = duplicates(&[file("a.toml", &text), file("b.toml", "id = 'a'\ndomains = ['z', 'z']\n")]);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    let expected = [
        "a.toml:9: saml_connection[0].id: is that of a.toml:3; it may occur once",
        "a.toml:11: saml_connection[0].issuer: is that of a.toml:5; it may occur once",
        "a.toml:13: saml_connection[0].domains: is that of a.toml:7; it may occur once",
        "a.toml:12: saml_connection[0].default: is that of a.toml:6; it may occur once",
        "b.toml:1: id: is that of a.toml:1; it may occur once",
        "b.toml:2: domains[1]: is that of b.toml:2; it may occur once",
    ];
    assert_eq!(found, expected);
}
