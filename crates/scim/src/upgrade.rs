//! What a new version does once with rows that an older one wrote. Safe to run again, and beside other processes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use serde_json::{Map, Value};
use vestibule_core::{fold::fold, names::Named};
use vestibule_scim_engine::{document::comparable, schema::Schema};
use vestibule_store::{
    Conn, Database, Error,
    people::{
        name_keys::{self, Keyed},
        users::{self, User},
    },
    workspaces,
};

use crate::users::custom_attributes;

/// How many rows one transaction takes.
const BATCH: i64 = 500;

/// Fills in what filters compare, and brings the keys of names to today's rule. Returns of how many rows. Where nothing
/// is to be done it costs a few indexed looks.
pub fn run(database: &Database) -> Result<usize, Error> {
    let filled = fill_comparable(database)?;
    let given = settle_collisions(database)?;
    match database.read(name_keys::are_new)? {
        true => Ok(filled + given),
        false => Ok(filled + given + renew_keys(database)?),
    }
}

fn fill_comparable(database: &Database) -> Result<usize, Error> {
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

/// Brings every key of a name to today's rule, whether or not that was done before: after the last process of an older
/// version has stopped, `vestibule migrate` does it once more. Returns how many rows changed.
pub fn renew_keys(database: &Database) -> Result<usize, Error> {
    let mut changed = renew_documents(database)?;
    for of in [Named::User, Named::Group] {
        changed += renew_names(database, of)?;
    }
    changed += name_keys::renew_others(database)?;
    database.write(name_keys::set_new)?;
    Ok(changed)
}

/// Looks again at the rows that kept an older key.
fn settle_collisions(database: &Database) -> Result<usize, Error> {
    let mut given = 0;
    for of in [Named::User, Named::Group] {
        for collision in database.read(|conn| name_keys::collisions(conn, of))? {
            given += usize::from(database.write(|conn| name_keys::settle(conn, of, &collision))?);
        }
    }
    Ok(given)
}

/// Names first read all, then written: who would share a key must be known before the first is touched.
fn renew_names(database: &Database, of: Named) -> Result<usize, Error> {
    let mut wanted: BTreeMap<(String, String), Vec<Keyed>> = BTreeMap::new();
    let mut after = (String::new(), String::new());
    loop {
        let batch = database.read(|conn| name_keys::list(conn, of, (&after.0, &after.1), BATCH))?;
        let Some(last) = batch.last() else { break };
        after = (last.workspace_id.clone(), last.id.clone());
        for row in batch {
            let key = fold(&row.name);
            if key != row.key {
                wanted.entry((row.workspace_id.clone(), key)).or_default().push(row);
            }
        }
    }
    let wanted: Vec<((String, String), Vec<Keyed>)> = wanted.into_iter().collect();
    let mut changed = 0;
    for batch in wanted.chunks(usize::try_from(BATCH).unwrap_or(1)) {
        changed += database.write(|conn| {
            let mut changed = 0;
            for ((workspace_id, key), rows) in batch {
                changed += renew_name(conn, of, (workspace_id, key), rows)?;
            }
            Ok::<_, Error>(changed)
        })?;
    }
    Ok(changed)
}

/// Gives the only row that wants a key this key. Where two want it, or one has it, all stay as they are.
fn renew_name(
    conn: &mut Conn,
    of: Named,
    (workspace_id, key): (&str, &str),
    rows: &[Keyed],
) -> Result<usize, Error> {
    if let [row] = rows
        && !name_keys::is_taken(conn, of, workspace_id, key)?
        && name_keys::set(conn, of, row)?
    {
        return Ok(1);
    }
    for row in rows {
        name_keys::note_collision(conn, of, row)?;
        tracing::warn!(workspace_id, kind = ?of, id = row.id, "database.name_shared");
    }
    Ok(0)
}

/// Display names of users, and what filters compare: nothing of it has to be unique.
fn renew_documents(database: &Database) -> Result<usize, Error> {
    let mut schemas: HashMap<String, Cow<'static, Schema>> = HashMap::new();
    let (mut changed, mut after) = (0, (String::new(), String::new()));
    loop {
        let batch = database.read(|conn| users::not_ascii(conn, (&after.0, &after.1), BATCH))?;
        let Some(last) = batch.last() else { return Ok(changed) };
        after = (last.workspace_id.clone(), last.user_id.clone());
        changed += database.write(|conn| {
            let mut changed = 0;
            for user in &batch {
                let schema = schema_of(conn, &mut schemas, user)?;
                let Ok(stored) = serde_json::from_str::<Map<String, Value>>(&user.attributes) else {
                    continue;
                };
                let filled = Value::Object(comparable(&stored, &schema)).to_string();
                changed += usize::from(users::renew_keys(conn, user, &filled)?);
            }
            Ok::<_, Error>(changed)
        })?;
    }
}

/// The schema of the user's workspace, read once.
fn schema_of(
    conn: &mut Conn,
    known: &mut HashMap<String, Cow<'static, Schema>>,
    user: &User,
) -> Result<Cow<'static, Schema>, Error> {
    if let Some(schema) = known.get(&user.workspace_id) {
        return Ok(schema.clone());
    }
    let declared = workspaces::custom_attributes(conn, &user.workspace_id)?;
    let schema = custom_attributes::schema(&declared).map_err(|broken| Error::Database(broken.detail))?;
    known.insert(user.workspace_id.clone(), schema.clone());
    Ok(schema)
}
