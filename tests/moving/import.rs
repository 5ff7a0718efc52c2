//! `vestibule import`: what it writes, what it refuses, and that it can be repeated, stopped and run twice at once.

use rstest::rstest;
use serde_json::json;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{Database, people::users};

use super::{Bench, many};
use crate::support::Backend::{self, Postgres, Sqlite};

const PEOPLE: &str = "\u{feff}userName;givenName;familyName;email;externalId;groups;roles;active\r\n\
    ada@acme.example;Ada;\"Love\nlace\";ada@acme.example;00uADA;Eng|Ops;editor;true\r\n\
    bob@acme.example;Bob;;;;;Viewer;false\r\n\
    <b>eve</b>;=1+1;;eve@acme.example;;Eng;;\r\n";

#[rstest]
#[actix_web::test]
async fn a_file_is_checked_then_written_then_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    let before = bench.kinds().len();
    let plan = bench.import("csv", PEOPLE, &["--dry-run"]);
    assert_eq!(plan["people"], json!({ "created": 3, "changed": 0, "unchanged": 0 }), "{plan}");
    assert_eq!((&plan["written"], &plan["settings"]["groups"]), (&json!(false), &json!(2)));
    assert_eq!(plan["changes"][0]["groups"], json!(["Eng", "Ops"]));
    assert_eq!(bench.kinds().len(), before);

    let done = bench.import("csv", PEOPLE, &[]);
    assert_eq!((&done["people"], &done["memberships"]), (&plan["people"], &json!(3)), "{done}");
    let ada = bench.user("ADA@acme.example");
    assert_eq!((&ada["roles"], &ada["external_id"]), (&json!(["editor"]), &json!("00uADA")));
    assert_eq!((&ada["source"], &ada["active"]), (&json!("operator"), &json!(true)));
    assert_eq!(bench.user("bob@acme.example")["active"], false);
    let kinds = bench.kinds();
    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((count("user_created"), count("roles_changed"), count("group_created")), (3, 2, 2));
    let listed = bench.house.run(&["event", "list", "--workspace", &bench.workspace], "");
    let created = listed.as_array().unwrap().iter().find(|event| event["kind"] == "user_created").unwrap();
    assert_eq!((&created["actor"], &created["request_id"]), (&json!("cli"), &done["import"]));

    let again = bench.import("csv", PEOPLE, &[]);
    assert_eq!(again["people"], json!({ "created": 0, "changed": 0, "unchanged": 3 }), "{again}");
    assert_eq!(bench.kinds().len(), kinds.len());
    assert_eq!(bench.house.run(&["event", "verify", "--workspace", &bench.workspace], "")["holds"], true);
}

#[rstest]
#[actix_web::test]
async fn a_bad_row_stops_all_or_only_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    bench.house.run(
        &[
            "user",
            "create",
            "--workspace",
            &bench.workspace,
            "--user-name",
            "kim@acme.example",
            "--external-id",
            "00uKIM",
        ],
        "",
    );
    let file = b"userName,externalId,roles,email\n\
        ada@acme.example,,editor,\n\
        bob@acme.example,,pilot,\n\
        ADA@ACME.example,,,\n\
        \xff@acme.example,,,\n\
        kim@acme.example,00uOTHER,,\n\
        \xe2\x84\xaaim@acme.example,,,\n\
        cyd@acme.example,,,not an address\n\
        dan@acme.example,,owner,\n\
        f\xe2\x80\x8bay@acme.example,,,\n\
        gus@acme.example,,viewer,\n";
    let (output, sentence) = bench.refused("csv", file, &[]);
    assert!(sentence.contains("8 of 10 rows are bad") && sentence.contains("--skip-bad-rows"), "{sentence}");
    let lines: Vec<_> =
        output["bad_rows"].as_array().unwrap().iter().map(|bad| bad["line"].clone()).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 10], "{output}");
    let error = |place: usize| output["bad_rows"][place]["error"].as_str().unwrap().to_owned();
    assert!(error(0).contains("no role pilot") && error(1).contains("line 2"), "{output}");
    assert!(error(2).contains("UTF-8") && error(3).contains("another external id"), "{output}");
    assert!(error(6).contains("--allow-owners"), "{output}");
    assert!(!bench.has_user("ada@acme.example"));

    let done = bench.import("csv", file, &["--skip-bad-rows"]);
    assert_eq!((&done["people"]["created"], &done["bad_row_count"]), (&json!(2), &json!(8)), "{done}");
    assert!(bench.has_user("ada@acme.example") && bench.has_user("gus@acme.example"));
    assert!(!bench.has_user("bob@acme.example"));
    assert_eq!(bench.user("kim@acme.example")["external_id"], "00uKIM");

    let done = bench.import(
        "csv",
        "userName,roles\nbob@acme.example,pilot|x\n",
        &["--map-role", "Pilot=editor", "--map-role", "x="],
    );
    assert_eq!(done["people"]["created"], 1);
    assert_eq!(bench.user("bob@acme.example")["roles"], json!(["editor"]));
    bench.import("csv", "userName,roles\ndan@acme.example,owner\n", &["--allow-owners"]);
    assert_eq!(bench.user("dan@acme.example")["roles"], json!(["owner"]));
    let (output, _) = bench.refused("csv", "userName,externalId\ndan@acme.example,00uEVIL\n", &[]);
    assert!(output["bad_rows"][0]["error"].as_str().unwrap().contains("owner"), "{output}");
}

#[rstest]
#[actix_web::test]
async fn an_import_changes_nobodys_access(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    bench.import("csv", "userName,active,displayName,roles\nada,true,Ada,editor\nbob,false,Bob,\n", &[]);
    let done = bench.import(
        "csv",
        "userName,active,displayName,roles\nada,false,Countess,viewer\nbob,true,Bob,\n",
        &[],
    );
    assert_eq!((&done["people"]["changed"], &done["note_count"]), (&json!(1), &json!(2)), "{done}");
    let ada = bench.user("ada");
    assert_eq!((&ada["active"], &ada["display_name"]), (&json!(true), &json!("Countess")));
    assert_eq!(ada["roles"], json!(["editor", "viewer"]));
    assert_eq!(bench.user("bob")["active"], false);
    assert_eq!(done["changes"][0]["attributes"]["displayName"], json!(["Ada", "Countess"]));
}

#[rstest]
#[actix_web::test]
async fn a_killed_import_is_completed_by_the_next(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    let file = bench.file(many(1500));
    let mut running = bench.house.begin(&bench.arguments("csv", &file, &[]));
    let database = Database::open(bench.database.url(), 2).unwrap();
    let workspace_id = WorkspaceId::parse(&bench.workspace).unwrap();
    let count = || database.read(|conn| users::list_after(conn, &workspace_id, "", 5000)).unwrap().len();
    while count() == 0 && !running.has_ended() {
        std::thread::yield_now();
    }
    running.kill();
    // Whole rows only: who is here has the role and the groups.
    for user in database.read(|conn| users::list_after(conn, &workspace_id, "", 3)).unwrap() {
        assert_eq!(bench.user(&user.user_name)["roles"], json!(["editor"]));
    }
    let done = bench.house.run(&bench.arguments("csv", &file, &[]), "");
    assert_eq!(count(), 1500);
    let (created, unchanged) = (&done["people"]["created"], &done["people"]["unchanged"]);
    assert_eq!(created.as_u64().unwrap() + unchanged.as_u64().unwrap(), 1500, "{}", done["people"]);
    let again = bench.house.run(&bench.arguments("csv", &file, &[]), "");
    assert_eq!(again["people"], json!({ "created": 0, "changed": 0, "unchanged": 1500 }));
}

#[rstest]
#[actix_web::test]
async fn two_imports_at_once_make_each_person_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let bench = Bench::new(backend);
    let file = bench.file(many(300));
    let (one, other) = (
        bench.house.begin(&bench.arguments("csv", &file, &[])),
        bench.house.begin(&bench.arguments("csv", &file, &[])),
    );
    for done in [one.output(), other.output()] {
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let again = bench.house.run(&bench.arguments("csv", &file, &[]), "");
    assert_eq!(again["people"], json!({ "created": 0, "changed": 0, "unchanged": 300 }), "{again}");
}

#[rstest]
#[actix_web::test]
async fn files_that_cannot_be_read_are_refused(#[values(Sqlite)] backend: Backend) {
    let bench = Bench::new(backend);
    let (_, sentence) = bench.refused("csv", b"\xff\xfeu\0s\0e\0r\0", &[]);
    assert!(sentence.contains("UTF-16"), "{sentence}");
    let (_, sentence) = bench.refused("csv", "userName,shoe\nada,1\n", &[]);
    assert!(sentence.contains("shoe") && sentence.contains("--ignore-column"), "{sentence}");
    let (_, sentence) = bench.refused("keycloak", "[]", &[]);
    assert!(sentence.contains("JSON"), "{sentence}");
    for path in ["/dev/zero", "/nowhere"] {
        let output = bench.house.command(&bench.arguments("csv", path, &[]), "");
        assert_eq!(output.status.code(), Some(1), "{path}");
    }
    let file = bench.file("userName\nada\n");
    let unknown = bench.house.command(&bench.arguments("ldif", &file, &[]), "");
    assert_eq!(unknown.status.code(), Some(2));
    let other = ["import", "--workspace", "5f0c1f6e-8f57-4d7b-9d5a-0a5a6f1e2d3c", "--from", "csv", &file];
    assert_eq!(bench.house.command(&other, "").status.code(), Some(1));
}
