//! What a new version does once with rows that an older one wrote. Safe to run again, and beside other processes.

use serde_json::{Map, Value};
use vestibule_store::{Database, Error, users};

use crate::{document::comparable, schema::Schema};

/// How many rows one transaction takes.
const BATCH: i64 = 500;

/// Fills in what filters compare. Returns of how many users.
///
/// # Errors
/// The database's.
pub fn run(database: &Database) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = database.write(|conn| {
            let batch = users::without_comparable(conn, BATCH)?;
            for user in &batch {
                let stored: Map<String, Value> = serde_json::from_str(&user.attributes).unwrap_or_default();
                let filled = Value::Object(comparable(&stored, Schema::user())).to_string();
                users::set_comparable(conn, user, &filled)?;
            }
            Ok::<_, Error>(batch.len())
        })?;
        if batch == 0 {
            return Ok(done);
        }
        done += batch;
    }
}
