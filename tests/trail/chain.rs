//! The hash chain: a changed trail is detected, and anybody can verify an export.

use std::sync::LazyLock;

use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vestibule_core::{ids::WorkspaceId, sets::UserSource};
use vestibule_store::{
    Database, Error,
    trail::events::{
        self, Cause, Fault, Target,
        kinds::{UserCreated, UserReactivated},
    },
    workspaces,
};

use super::{execute, opened};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House,
};

static W: LazyLock<WorkspaceId> =
    LazyLock::new(|| WorkspaceId::from_stored("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));

/// Creates a workspace with this many events.
fn trail(database: &Database, id: &WorkspaceId, lines: i64) {
    database
        .write(|conn| {
            workspaces::create(conn, Some(id), "Acme", "us", 1)?;
            for line in 1..=lines {
                let name = format!("Zoë \"Z\" \u{2028}\n{line}");
                let data = UserCreated { source: UserSource::Scim, user_name: &name, active: true };
                events::record(conn, id, &Cause::cli(), Target::User("1"), &data, line * 1_000_000)?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

fn fault(database: &Database, kept: Option<&str>) -> Option<Fault> {
    database.read(|conn| events::verify(conn, &W, kept)).unwrap().fault
}

#[rstest]
#[actix_web::test]
async fn a_doctored_trail_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let database = opened(fresh.url());
    trail(&database, &W, 1203);
    let other = &WorkspaceId::from_stored("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c");
    trail(&database, other, 3);
    let verified = database.read(|conn| events::verify(conn, &W, None)).unwrap();
    assert_eq!((verified.events, verified.unchained, verified.fault), (1203, 0, None));
    let head = verified.head.hash.clone();
    assert_eq!(verified.head, database.read(|conn| events::head(conn, &W)).unwrap());
    let copy = "INSERT INTO events SELECT workspace_id, SEQ, event_id, kind, actor, target, request_id, data, at, hash FROM events";
    for (doctoring, expected) in [
        ("UPDATE events SET data = '{}' WHERE seq = 700 AND workspace_id = 'W'".to_owned(), Fault::Changed(700)),
        ("UPDATE events SET actor = 'okta:scim' WHERE seq = 1 AND workspace_id = 'W'".to_owned(), Fault::Changed(1)),
        ("UPDATE events SET at = at + 1 WHERE seq = 1203 AND workspace_id = 'W'".to_owned(), Fault::Changed(1203)),
        ("UPDATE events SET hash = 'x' WHERE seq = 500 AND workspace_id = 'W'".to_owned(), Fault::Changed(500)),
        ("DELETE FROM events WHERE seq = 501 AND workspace_id = 'W'".to_owned(), Fault::Missing(501)),
        ("DELETE FROM events WHERE seq = 1 AND workspace_id = 'W'".to_owned(), Fault::Missing(1)),
        ("DELETE FROM events WHERE seq > 1000 AND workspace_id = 'W'".to_owned(), Fault::Truncated(1001, 1203)),
        ("DELETE FROM events WHERE workspace_id = 'W'".to_owned(), Fault::Truncated(1, 1203)),
        // The last events are deleted and the counter is set back.
        (
            "DELETE FROM events WHERE seq > 1000 AND workspace_id = 'W'; UPDATE event_heads SET seq = 1000 WHERE workspace_id = 'W'".to_owned(),
            Fault::Head(1000),
        ),
        (format!("{} WHERE seq = 4 AND workspace_id = 'W'", copy.replace("SEQ", "1204")), Fault::Changed(1204)),
        // Two events are swapped.
        (
            "UPDATE events SET seq = -1 WHERE seq = 9 AND workspace_id = 'W'; UPDATE events SET seq = 9 WHERE seq = 8 AND workspace_id = 'W'; \
             UPDATE events SET seq = 8 WHERE seq = -1 AND workspace_id = 'W'".to_owned(),
            Fault::Changed(8),
        ),
        // One event is deleted and the next one gets its number.
        (
            "DELETE FROM events WHERE seq = 1202 AND workspace_id = 'W'; UPDATE events SET seq = 1202 WHERE seq = 1203 AND workspace_id = 'W'; \
             UPDATE event_heads SET seq = 1202 WHERE workspace_id = 'W'".to_owned(),
            Fault::Changed(1202),
        ),
        // The first events are deleted and an anchor with a wrong hash is stored.
        (
            "DELETE FROM events WHERE seq < 10 AND workspace_id = 'W'; UPDATE event_heads SET anchor_seq = 9, anchor_hash = 'x' WHERE workspace_id = 'W'".to_owned(),
            Fault::Changed(10),
        ),
        ("UPDATE event_heads SET anchor_seq = 9, anchor_hash = (SELECT hash FROM events WHERE seq = 9 AND workspace_id = 'W') WHERE workspace_id = 'W'".to_owned(), Fault::Inserted(1)),
    ] {
        let told = database.write(|conn| {
            execute(conn, &doctoring.replace("'W'", &format!("'{}'", *W)));
            let told = events::verify(conn, &W, None)?.fault;
            assert_eq!(events::verify(conn, other, None)?.fault, None, "another workspace's holds");
            // Rolls the transaction back.
            Err::<(), _>(Error::Database(format!("{told:?}").into()))
        });
        assert!(matches!(&told, Err(Error::Database(told)) if told.to_string() == format!("{:?}", Some(expected))), "{doctoring}: {told:?}");
    }
    assert_eq!((fault(&database, None), fault(&database, Some(&head))), (None, None));
    assert_eq!(fault(&database, Some("x")), Some(Fault::Kept));
    // A stored head is still found after new events.
    database
        .write(|conn| events::record(conn, &W, &Cause::cli(), Target::User("1"), &UserReactivated {}, 9))
        .unwrap();
    let verified = database.read(|conn| events::verify(conn, &W, Some(&head))).unwrap();
    assert_eq!((verified.met, verified.events, verified.fault), (Some(1203), 1204, None));
}

#[rstest]
#[actix_web::test]
async fn lines_of_before_the_chain_are_told_as_such(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let database = opened(fresh.url());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let step = |file: &str| {
        std::fs::read_to_string(format!("{folder}/{}/00000000000007_trail/{file}.sql", database.backend()))
            .unwrap()
    };
    trail(&database, &W, 5);
    let again = |file: &str| {
        database
            .write(|conn| {
                execute(conn, &step(file));
                Ok::<_, Error>(())
            })
            .unwrap();
    };
    again("down");
    again("up");
    let verified = database.read(|conn| events::verify(conn, &W, None)).unwrap();
    assert_eq!((verified.events, verified.unchained, verified.fault), (0, 5, None));
    database
        .write(|conn| events::record(conn, &W, &Cause::cli(), Target::User("1"), &UserReactivated {}, 9))
        .unwrap();
    let verified = database.read(|conn| events::verify(conn, &W, None)).unwrap();
    assert_eq!((verified.events, verified.unchained, verified.head.seq, verified.fault), (1, 5, 6, None));
}

/// Computes the hash of an exported line from the documentation, without the tested code.
fn independent(line: &Value, before: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let at = vestibule_core::time::parse_rfc3339(line["at"].as_str().unwrap()).unwrap();
    let form = json!([
        "vestibule event 1",
        line["workspace"],
        line["seq"],
        line["id"],
        at,
        line["kind"],
        line["actor"],
        line["target"],
        line["request_id"],
        line["data"].to_string(),
        before,
    ]);
    URL_SAFE_NO_PAD.encode(Sha256::digest(form.to_string()))
}

#[rstest]
#[actix_web::test]
async fn an_export_can_be_checked_by_anybody(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let database = opened(fresh.url());
    let house = Deployment::new(fresh.url(), "http://127.0.0.1:1");
    let made = house.run(&["workspace", "create", "--name", "Acme"], "");
    let id = &WorkspaceId::from_stored(made["id"].as_str().unwrap());
    database
        .write(|conn| {
            for line in 0..1100 {
                let name = format!("Zoë \"Z\" \u{2028}\n\u{7f}{line}");
                let data = UserCreated { source: UserSource::Scim, user_name: &name, active: true };
                let at = 1_700_000_000_000_001 + line;
                events::record(conn, id, &Cause::cli(), Target::User("1"), &data, at)?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    let exported = house.command(&["event", "export", "--workspace", id], "");
    assert_eq!(exported.status.code(), Some(0));
    let text = String::from_utf8(exported.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut before = String::new();
    for (place, line) in lines.iter().enumerate() {
        assert_eq!(line["seq"], place + 1);
        assert_eq!(line["hash"], independent(line, &before), "{line}");
        before = line["hash"].as_str().unwrap().to_owned();
    }
    assert!(String::from_utf8(exported.stderr).unwrap().contains(&before), "the head is printed");
    let verified = house.run(&["event", "verify", "--workspace", id, "--head", &before], "");
    assert_eq!((&verified["holds"], &verified["head"]["hash"]), (&json!(true), &json!(before)));
    assert_eq!(verified["events"], lines.len());
    let some = house.command(&["event", "export", "--workspace", id, "--after", "3", "--until", "5"], "");
    assert_eq!(
        String::from_utf8(some.stdout).unwrap(),
        text.lines().skip(3).take(2).map(|line| format!("{line}\n")).collect::<String>()
    );
    database
        .write(|conn| {
            execute(conn, "UPDATE events SET actor = 'nobody' WHERE seq = 9");
            Ok::<_, Error>(())
        })
        .unwrap();
    let refused = house.command(&["event", "verify", "--workspace", id], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("line 9 was changed"));
}

#[rstest]
#[actix_web::test]
async fn machines_may_verify(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.user("ada@acme.example").await;
    room.user("bob@acme.example").await;
    let machine = crate::management::Machine::new(&house).await;
    let path = format!("/workspaces/{}/events/verify", room.workspace);
    let (status, verified) = machine.get(&path).await;
    assert_eq!(
        (status, &verified["holds"], &verified["unchained"]),
        (200, &json!(true), &json!(0)),
        "{verified}"
    );
    let head = verified["head"]["hash"].as_str().unwrap();
    let (_, again) = machine.get(&format!("{path}?head={head}")).await;
    assert_eq!((&again["holds"], &again["kept_head_seq"]), (&json!(true), &verified["head"]["seq"]));
    house.write(|conn| execute(conn, "DELETE FROM events WHERE seq = 2")).await;
    let (_, doctored) = machine.get(&path).await;
    assert_eq!((&doctored["holds"], &doctored["fault"]), (&json!(false), &json!("line 2 is missing")));
}
