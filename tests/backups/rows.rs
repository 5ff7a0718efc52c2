//! All rows of a database, for comparison.

use std::collections::BTreeMap;

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use serde_json::{Map, Value};
use vestibule_store::{Conn, Database, db::schema};

/// Rows by table, in order, each an object.
pub(super) type Rows = BTreeMap<&'static str, Vec<Map<String, Value>>>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// Reads all rows of all tables.
pub(super) fn all(database: &Database) -> Rows {
    let read = |table: schema::Table| {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("'{column}', {column}")).collect();
        let (sqlite, postgres) = (
            format!("SELECT json_object({}) AS row FROM {}", columns.join(", "), table.name),
            format!("SELECT to_json(t)::text AS row FROM {} t", table.name),
        );
        let rows: Vec<Row> = database
            .read(|conn| {
                Ok::<_, vestibule_store::Error>(match conn {
                    Conn::Sqlite(inner) => diesel::sql_query(sqlite).load(inner)?,
                    Conn::Postgres(inner) => diesel::sql_query(postgres).load(inner)?,
                })
            })
            .unwrap();
        let mut texts: Vec<String> = rows.into_iter().map(|row| row.row).collect();
        texts.sort();
        (table.name, texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect())
    };
    schema::tables().map(read).collect()
}

/// Tables that a restore empties.
const EMPTIED: [&str; 9] = [
    "sessions",
    "tokens",
    "codes",
    "logins",
    "arrivals",
    "saml_answers",
    "saml_logouts",
    "idempotent_requests",
    "setup_links",
];

/// Compares a restored database with its source: equal row by row, except what a restore ends, and one event for each workspace.
pub(super) fn assert_restored(source: &Rows, restored: &Rows) {
    let without = |rows: &[Map<String, Value>], columns: &[&str]| -> Vec<Map<String, Value>> {
        let mut rows = rows.to_vec();
        for row in &mut rows {
            row.retain(|name, _| !columns.contains(&name.as_str()));
        }
        rows.sort_by_key(|row| Value::from(row.clone()).to_string());
        rows
    };
    for (table, rows) in source {
        let after = &restored[table];
        match *table {
            name if EMPTIED.contains(&name) || name == "operator_keys" => {
                assert!(after.is_empty(), "{table}");
            }
            "users" => {
                let columns = ["epoch", "revoked_at"];
                assert_eq!(without(rows, &columns), without(after, &columns));
                assert!(after.iter().all(|user| user["revoked_at"].is_i64()), "{after:?}");
            }
            "grants" => assert_eq!(without(rows, &["ended_at"]), without(after, &["ended_at"])),
            "events" => {
                assert_eq!(after.len(), rows.len() + source["workspaces"].len());
                let new = after.iter().filter(|event| event["kind"] == "workspace_restored").count();
                assert_eq!(new, source["workspaces"].len());
                assert!(rows.iter().all(|event| after.contains(event)));
            }
            "event_heads" => {
                let columns = ["seq", "hash", "head_hash"];
                assert_eq!(without(rows, &columns).len(), without(after, &columns).len());
            }
            _ => assert_eq!(rows, after, "{table}"),
        }
    }
    assert!(source["users"].len() >= 2 && source["events"].len() >= 5, "there was something to restore");
}
