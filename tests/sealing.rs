//! Sealing keys: the list of sealed columns is complete, values are sealed again while the service runs and after a kill, and older keys
//! still open.

use std::{collections::BTreeMap, path::Path, time::Duration};

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_store::{Conn, Database, db::schema};
use vestibule_web::crypto::seal::{columns, generate_key};

use crate::{
    house::root,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, Fresh, House,
    },
};

/// Each file that seals, with the number of its calls, and the columns that the values are stored in. Empty: they are not stored.
const SEALS: [(&str, usize, &[&str]); 12] = [
    ("crates/admin/src/outbox/webhooks.rs", 1, &["webhooks.secret", "webhooks.former_secret"]),
    ("crates/admin/src/provider/connection/secret.rs", 1, &["connections.client_secret"]),
    ("crates/login/src/arrive.rs", 1, &["arrivals.cookie"]),
    ("crates/login/src/callback.rs", 1, &["sessions.id_token"]),
    ("crates/login/src/saml/answer.rs", 1, &["saml_answers.answer"]),
    ("crates/login/src/start.rs", 1, &["logins.verifier"]),
    ("crates/login/src/test_sign_in.rs", 1, &[]),
    ("crates/management/src/http/idempotency.rs", 1, &["idempotent_requests.body"]),
    ("crates/management/src/http/paging.rs", 1, &[]),
    ("crates/oauth/src/authorize/step_up.rs", 1, &[]),
    ("crates/scim/src/query/cursor.rs", 1, &[]),
    ("crates/web/src/crypto", 2, &["signing_keys.private_key", "saml_keys.private_key"]),
];

/// Counts the calls of `seal` in each file of the crates, without white space, so that a line break hides none.
fn calls() -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut stack = vec![root().join("crates")];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            stack.extend(entries.filter(|path| !path.ends_with("target") && !path.ends_with("simulator")));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            if name.starts_with("crates/web/src/crypto/seal") {
                continue;
            }
            let text: String =
                std::fs::read_to_string(&path).unwrap().chars().filter(|c| !c.is_whitespace()).collect();
            let count = text.matches(".seal(").count();
            if count > 0 {
                let place = SEALS.iter().find(|(known, ..)| Path::new(&name).starts_with(known));
                *found.entry(place.map_or(name, |(known, ..)| (*known).to_owned())).or_default() += count;
            }
        }
    }
    found
}

#[test]
fn whatever_is_sealed_and_stored_is_in_the_list_of_columns() {
    let known: BTreeMap<String, usize> =
        SEALS.iter().map(|(file, count, _)| ((*file).to_owned(), *count)).collect();
    assert_eq!(calls(), known, "add the column to crypto::seal::columns::ALL, and the file here");
    let mut stored: Vec<String> =
        SEALS.iter().flat_map(|(_, _, columns)| *columns).map(|column| (*column).to_owned()).collect();
    let mut listed: Vec<String> =
        columns::ALL.iter().map(|one| format!("{}.{}", one.column.table, one.column.name)).collect();
    stored.sort();
    listed.sort();
    assert_eq!(stored, listed);
    for one in &columns::ALL {
        let table = schema::tables().find(|table| table.name == one.column.table).unwrap();
        assert_eq!(table.key, one.column.key, "{}", table.name);
        assert!(table.columns.contains(&one.column.name), "{}", table.name);
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The columns of a database that contain a sealed value, found by its form.
fn with_sealed_values(database: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for table in schema::tables() {
        for column in table.columns {
            let sql = format!(
                "SELECT '{0}.{column}' AS name FROM {0} WHERE CAST({column} AS TEXT) LIKE 's1.%' LIMIT 1",
                table.name
            );
            let rows: Vec<Name> = database
                .read(|conn| {
                    Ok::<_, vestibule_store::Error>(match conn {
                        Conn::Sqlite(inner) => diesel::sql_query(sql).load(inner)?,
                        Conn::Postgres(inner) => diesel::sql_query(sql).load(inner)?,
                    })
                })
                .unwrap();
            found.extend(rows.into_iter().map(|row| row.name));
        }
    }
    found.sort();
    found
}

fn sealing_key(house: &House) -> String {
    house.state.config().security.sealing_key.expose_secret().to_owned()
}

/// The number of values of each key, by the state of the key.
fn values(list: &Value) -> BTreeMap<String, u64> {
    let line = |key: &Value| (key["state"].as_str().unwrap().to_owned(), key["values"].as_u64().unwrap());
    list.as_array().unwrap().iter().map(line).collect()
}

#[rstest]
#[actix_web::test]
async fn a_running_service_goes_on_while_everything_is_sealed_anew(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("keys");
    let house = House::start_with(backend, &[("SECURITY__SEALING_KEYS_FILE", ring.to_str().unwrap())]).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let commands = Deployment::new(house.database_url(), &house.api)
        .with("SECURITY__SEALING_KEY", &sealing_key(&house))
        .with("SECURITY__SEALING_KEYS_FILE", ring.to_str().unwrap());
    let workspace = room.workspace.as_str();
    let url = "https://hooks.example.com/x";
    commands.run(&["webhook", "create", "--workspace", workspace, "--url", url], "");
    commands.run(&["saml-key", "rotate"], "");

    let before = values(&commands.run(&["key", "list"], ""));
    assert!(before["current"] >= 3, "{before:?}");
    let rotated = commands.run(&["key", "rotate"], "");
    assert_eq!((&rotated["changed"], &rotated["state"]), (&json!(true), &json!("current")));
    let listed = commands.run(&["key", "list"], "");
    assert_eq!(listed[0]["key_id"], rotated["key_id"]);
    assert!(!listed.to_string().contains(&sealing_key(&house)));
    assert_eq!(values(&listed), [("current".to_owned(), 0), ("former".to_owned(), before["current"])].into());

    let done = commands.run(&["key", "reseal"], "");
    assert_eq!((&done["resealed"], &done["remaining"]), (&json!(before["current"]), &json!(0)));
    assert_eq!(values(&commands.run(&["key", "list"], ""))["former"], 0);
    assert_eq!(commands.run(&["key", "reseal"], ""), json!({ "resealed": 0, "remaining": 0 }));

    // The running process reads the new key by itself: it opens the client secret and the signing keys, and seals with the new key.
    assert_eq!(browser.get(&house.url("/account")).await.unwrap().status, 200);
    let bob = room.administrator(&house, "Bob").await;
    room.sign_in(&bob).await;
    assert_eq!(values(&commands.run(&["key", "list"], ""))["former"], 0);

    // The former key may go: what was sealed with it was sealed anew.
    let only_new = Deployment::new(house.database_url(), &house.api)
        .with("SECURITY__SEALING_KEY", "")
        .with("SECURITY__SEALING_KEYS_FILE", ring.to_str().unwrap());
    let text = std::fs::read_to_string(&ring).unwrap();
    let current: Vec<&str> = text.lines().filter(|line| line.starts_with("current")).collect();
    std::fs::write(&ring, current.join("\n")).unwrap();
    let listed = only_new.run(&["key", "list"], "");
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let found = with_sealed_values(house.state.database());
    assert!(found.len() >= 4, "{found:?}");
    for column in &found {
        let listed =
            |one: &&columns::SealedColumn| *column == format!("{}.{}", one.column.table, one.column.name);
        assert!(columns::ALL.iter().find(listed).is_some(), "{column} is not in the list of sealed columns");
    }
}

/// Makes webhooks, each with a sealed secret.
fn many_webhooks(deployment: &Deployment, database: &Fresh, copies: usize) -> String {
    let workspace = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap().to_owned();
    let url = "https://hooks.example.com/x";
    deployment.run(&["webhook", "create", "--workspace", &workspace, "--url", url], "");
    // A sealed value belongs to its row, so the copies are other columns of the same context: the ID tokens of sessions.
    let opened = Database::open(database.url(), 2).unwrap();
    let sealer = deployment.sealer();
    let context = columns::id_token_context(&workspace);
    let statements: String = (0..copies)
        .map(|number| {
            let sealed = sealer.seal(&context, &format!("token {number}")).unwrap();
            format!(
                "INSERT INTO logins (workspace_id, state_digest, browser_digest, issuer, client_id, nonce, verifier, return_to, \
                 fresh, purpose, tester, leaves, created_at, expires_at, connection_id) VALUES \
                 ('{workspace}', 'd{number}', '', '', '', '', '{}', '', false, '', '', '', 0, 9000000000000000, '');",
                sealer.seal(&columns::verifier_context(&workspace), &sealed).unwrap()
            )
        })
        .collect();
    crate::house::execute(&opened, &statements);
    workspace
}

#[rstest]
#[actix_web::test]
async fn a_reseal_that_is_killed_goes_on_and_two_do_each_value_once(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    const COPIES: usize = 3000;
    let database = Fresh::make(backend);
    let old = Deployment::new(database.url(), "http://127.0.0.1:1");
    many_webhooks(&old, &database, COPIES);
    let new = old.rekeyed(&generate_key().unwrap());
    // Killed as soon as it has done something: values of both keys are there, and each of them opens.
    let mut running = new.start(&["key", "reseal"]);
    let late = std::time::Instant::now() + Duration::from_secs(60);
    while values(&new.run(&["key", "list"], ""))["current"] < 20 {
        assert!(std::time::Instant::now() < late, "the reseal does nothing");
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let half = values(&new.run(&["key", "list"], ""));
    assert_eq!(half["current"] + half["former"], COPIES as u64 + 1, "{half:?}");
    let both: Vec<_> = (0..2)
        .map(|_| {
            let new = new.clone();
            std::thread::spawn(move || new.run(&["key", "reseal"], ""))
        })
        .collect();
    let both: Vec<Value> = both.into_iter().map(|thread| thread.join().unwrap()).collect();
    let resealed: u64 = both.iter().map(|done| done["resealed"].as_u64().unwrap()).sum();
    assert_eq!(resealed, half["former"], "{both:?}");
    assert_eq!(new.run(&["key", "reseal"], ""), json!({ "resealed": 0, "remaining": 0 }));
}

#[rstest]
#[actix_web::test]
async fn a_missing_key_is_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let old = Deployment::new(database.url(), "http://127.0.0.1:1");
    many_webhooks(&old, &database, 3);
    let former = old.run(&["key", "list"], "")[0]["key_id"].as_str().unwrap().to_owned();
    let lost = Deployment::new(database.url(), "http://127.0.0.1:1");
    let listed = lost.run(&["key", "list"], "");
    assert_eq!(listed[1], json!({ "key_id": former, "state": "missing", "from": null, "values": 4 }));
    let refused = lost.command(&["key", "reseal"], "");
    assert_eq!(refused.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(complaint.contains("0 values were sealed again, and 4 are not"), "{complaint}");
    assert!(complaint.contains(&format!("webhooks.secret: sealed with key {former}")), "{complaint}");
    // The service starts, and its log names the key.
    let node = lost.serve().await;
    let (code, log) = node.terminate_with_log();
    assert_eq!(code, Some(0));
    assert!(log.contains("sealing_key.missing") && log.contains(&former), "{log}");
}

#[test]
fn without_a_key_ring_file_rotate_changes_nothing_and_says_what_to_do() {
    let database = Fresh::make(Sqlite);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let rotated = deployment.run(&["key", "rotate"], "");
    assert_eq!(rotated["changed"], json!(false));
    assert_eq!(rotated["sealing_key"].as_str().unwrap().len(), 44);
    assert_eq!(deployment.command(&["key", "rotate", "--next"], "").status.code(), Some(2));
    let signing = deployment.run(&["key", "rotate", "--signing", "--now"], "");
    assert_eq!(signing.as_array().unwrap().len(), 2, "{signing}");
}
