//! A workspace that is deleted: suspended at once, kept for the days in which the deletion can be canceled, and then gone from every table.

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_query, sql_types::BigInt};
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_admin::workspaces::deletion;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Conn,
    db::schema,
    trail::events,
    workspaces::deletion::{self as store_deletion, Deletion},
};

use crate::{
    scim::{done, group},
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House, Room,
    },
};

const DAY: i64 = 86_400 * 1_000_000;

fn commands(house: &House) -> Deployment {
    let key = house.state.config().security.sealing_key.expose_secret().to_owned();
    Deployment::new(house.database_url(), &house.api).with("SECURITY__SEALING_KEY", &key)
}

fn run(house: &House, words: &[&str]) -> Value {
    commands(house).run(words, "")
}

/// Runs a command that must be refused with this exit status; returns the sentence.
fn refused(house: &House, words: &[&str], status: i32) -> String {
    let output = commands(house).command(words, "");
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Number of rows of a workspace in each table that has some.
async fn rows(house: &House, workspace: &WorkspaceId) -> BTreeMap<&'static str, i64> {
    let workspace = workspace.clone();
    house
        .write(move |conn| {
            let tables = schema::tables().filter(|table| table.columns.contains(&"workspace_id"));
            let count = |table: &str| {
                sql_query(format!("SELECT COUNT(*) AS rows FROM {table} WHERE workspace_id = '{workspace}'"))
            };
            tables
                .map(|table| {
                    let found: Count = match &mut **conn {
                        Conn::Sqlite(inner) => count(table.name).get_result(inner).unwrap(),
                        Conn::Postgres(inner) => count(table.name).get_result(inner).unwrap(),
                    };
                    (table.name, found.rows)
                })
                .filter(|(_, rows)| *rows > 0)
                .collect()
        })
        .await
}

/// A workspace with a bit of everything: people, groups, roles, a rule, sessions, tokens, a client, a webhook with a delivery.
async fn lived_in(house: &House, name: &str) -> Room {
    let room = house.room(name).await;
    let id = room.workspace.as_str();
    run(house, &["webhook", "create", "--workspace", id, "--url", "http://127.0.0.1:9/"]);
    run(
        house,
        &[
            "client",
            "create",
            "--kind",
            "app",
            "--name",
            "App",
            "--workspace",
            id,
            "--redirect-uri",
            "http://127.0.0.1:9/back",
        ],
    );
    run(house, &["mapping", "set", "--workspace", id, "--group", "Staff", "--role", "member"]);
    let ada = room.administrator(house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    assert_eq!(room.check(&browser).await, 200);
    let user = room.user(&format!("grace@{}.example", name.to_lowercase())).await;
    group(&room, "Staff", &[user.as_str()]).await;
    done(&room, "GET", "/Users", None).await;
    room
}

async fn planned(house: &House, workspace: &WorkspaceId) -> Option<Deletion> {
    let workspace = workspace.clone();
    house.write(move |conn| store_deletion::find(conn, &workspace).unwrap()).await
}

#[rstest]
#[actix_web::test]
async fn a_deleted_workspace_leaves_one_row(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (lived_in(&house, "Acme").await, lived_in(&house, "Other").await);
    let id = room.workspace.as_str().to_owned();
    let unasked = refused(&house, &["workspace", "delete", "--workspace", &id], 2);
    assert!(unasked.contains("everything of it will be deleted in 30 days"), "{unasked}");
    for days in ["0", "366"] {
        let words = ["workspace", "delete", "--workspace", &id, "--yes", "--days", days];
        let sentence = refused(&house, &words, 1);
        assert!(sentence.contains("between 1 and 365"), "{sentence}");
    }
    assert_eq!(room.scim("GET", "/Users", None).await.0, 200, "nothing was done");

    let delete = ["workspace", "delete", "--workspace", &id, "--yes", "--days", "1"];
    let answer = run(&house, &delete);
    assert!(answer["delete_at"].is_string() && answer["people"].as_i64().unwrap() >= 2, "{answer}");
    assert_eq!(room.scim("GET", "/Users", None).await.0, 401, "it is suspended");
    let sentence = refused(&house, &["workspace", "resume", "--workspace", &id], 1);
    assert!(sentence.contains("cancel its deletion first"), "{sentence}");
    refused(&house, &delete, 1);
    let listed = run(&house, &["workspace", "list"]);
    let line = listed.as_array().unwrap().iter().find(|line| line["id"] == json!(id)).unwrap();
    assert_eq!(line["delete_at"], answer["delete_at"]);

    // An hour too early, nothing is deleted.
    let (before, of_other) = (rows(&house, &room.workspace).await, rows(&house, &other.workspace).await);
    for table in ["users", "events", "deliveries", "clients", "webhooks", "mappings", "members", "receipts"] {
        assert!(before.contains_key(table), "{table}: {before:?}");
    }
    house.clock.advance(DAY - 3_600_000_000);
    deletion::run_due(&house.state).await.unwrap();
    assert!(planned(&house, &room.workspace).await.unwrap().began_at.is_none());
    assert_eq!(rows(&house, &room.workspace).await["users"], before["users"]);

    let (workspace, last) = (room.workspace.clone(), 1_000_000);
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, last).unwrap()).await;
    let last = trail.last().unwrap();
    house.clock.advance(7_200_000_000);
    deletion::run_due(&house.state).await.unwrap();
    assert_eq!(rows(&house, &room.workspace).await, BTreeMap::from([("workspace_deletions", 1)]));
    let tombstone = planned(&house, &room.workspace).await.unwrap();
    assert!(tombstone.finished_at.is_some(), "{tombstone:?}");
    assert_eq!((tombstone.last_seq, &tombstone.last_hash), (last.seq, &last.hash));

    // The other workspace has what it had, its commands work, and the id is not used again.
    let after = rows(&house, &other.workspace).await;
    for table in ["users", "groups", "members", "roles", "mappings", "clients", "webhooks", "tokens"] {
        assert_eq!(after[table], of_other[table], "{table}");
    }
    // A day later there may be events that warn of something.
    assert!(after["events"] >= of_other["events"], "{after:?}");
    assert_eq!(other.scim("GET", "/Users", None).await.0, 200);
    assert!(run(&house, &["event", "verify", "--workspace", other.workspace.as_str()]).is_object());
    let listed = run(&house, &["workspace", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let again = refused(&house, &["workspace", "create", "--name", "Acme", "--id", &id], 1);
    assert!(again.contains("was deleted"), "{again}");
    refused(&house, &["workspace", "delete", "--workspace", &id, "--cancel"], 1);
}

#[rstest]
#[actix_web::test]
async fn a_canceled_deletion_deletes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.workspace.as_str();
    refused(&house, &["workspace", "delete", "--workspace", id, "--cancel"], 1);
    run(&house, &["workspace", "suspend", "--workspace", id]);
    run(&house, &["workspace", "delete", "--workspace", id, "--yes"]);
    let canceled = run(&house, &["workspace", "delete", "--workspace", id, "--cancel"]);
    assert!(canceled["suspended_at"].is_string() && canceled["delete_at"].is_null(), "{canceled}");
    house.clock.advance(40 * DAY);
    deletion::run_due(&house.state).await.unwrap();
    assert!(planned(&house, &room.workspace).await.is_none());
    run(&house, &["workspace", "resume", "--workspace", id]);
    let events = run(&house, &["event", "list", "--workspace", id, "--limit", "1000"]);
    let kinds: Vec<&str> =
        events.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    for kind in ["workspace_deletion_planned", "workspace_deletion_canceled"] {
        assert_eq!(kinds.iter().filter(|one| **one == kind).count(), 1, "{kinds:?}");
    }
}

/// A process that is stopped in the middle leaves a closed workspace; the next one goes on.
#[rstest]
#[actix_web::test]
async fn a_stopped_deletion_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = lived_in(&house, "Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let people = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) \
         INSERT INTO users (workspace_id, user_id, user_name, user_name_key, active, source, attributes, comparable, epoch, version, \
         created_at, updated_at) SELECT '{workspace}', 'ffffffff-0000-7000-8000-000000' || (100000 + i), 'p' || i, 'p' || i, TRUE, \
         'scim', '{{}}', '{{}}', 1, 1, {now}, {now} FROM n"
    );
    house
        .write(move |conn| match &mut **conn {
            Conn::Sqlite(inner) => sql_query(people).execute(inner).unwrap(),
            Conn::Postgres(inner) => sql_query(people).execute(inner).unwrap(),
        })
        .await;
    run(&house, &["workspace", "delete", "--workspace", room.workspace.as_str(), "--yes", "--days", "1"]);
    house.clock.advance(DAY + 60_000_000);
    let (of_job, now) = (room.workspace.clone(), house.state.now());
    let (begun, done) = house
        .write(move |conn| {
            let begun = store_deletion::begin(conn, &of_job, now).unwrap();
            (begun, store_deletion::erase(conn, &of_job, now).unwrap())
        })
        .await;
    assert_eq!((begun, done), (true, false));
    assert_eq!(run(&house, &["workspace", "list"]), json!([]), "nothing opens it any more");
    refused(&house, &["workspace", "delete", "--workspace", room.workspace.as_str(), "--cancel"], 1);
    deletion::run_due(&house.state).await.unwrap();
    assert_eq!(rows(&house, &room.workspace).await, BTreeMap::from([("workspace_deletions", 1)]));
}
