//! Upgrades rows that older versions wrote. Safe to run again, and while other processes run.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use serde_json::{Map, Value};
use vestibule_core::{fold::fold, ids::WorkspaceId, names::Named};
use vestibule_scim_engine::{document::comparable, schema::Schema};
use vestibule_store::{
    Conn, Database, Error,
    db::json::Json,
    people::{
        name_keys::{self, Keyed},
        users::{self, User},
    },
    workspaces,
};

use crate::users::custom_attributes;

/// Rows per transaction.
const BATCH: i64 = 500;

/// Fills in the comparable documents, and computes the keys of names by the current rule. Returns the number of changed
/// rows. Costs a few indexed lookups if there is nothing to do.
pub fn run(database: &Database) -> Result<usize, Error> {
    let filled = fill_comparable(database)?;
    let resolved = resolve_collisions(database)?;
    match database.read(name_keys::are_new)? {
        true => Ok(filled + resolved),
        false => Ok(filled + resolved + renew_keys(database)?),
    }
}

fn fill_comparable(database: &Database) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = database.write(|conn| {
            let batch = users::without_comparable(conn, BATCH)?;
            for user in &batch {
                // A row whose document is corrupt compares like an empty one: it must not stop the others. The document stays.
                let attributes = attributes(user).unwrap_or_default();
                users::set_comparable(conn, user, &Json::new(comparable(&attributes, Schema::user())))?;
            }
            Ok::<_, Error>(batch.len())
        })?;
        if batch == 0 {
            return Ok(done);
        }
        done += batch;
    }
}

/// Computes every key of a name by the current rule, even if that was done before: `vestibule migrate` does it again
/// after the last process of an older version has stopped. Returns the number of changed rows.
pub fn renew_keys(database: &Database) -> Result<usize, Error> {
    let mut changed = renew_documents(database)?;
    for of in [Named::User, Named::Group] {
        changed += renew_names(database, of)?;
    }
    changed += name_keys::renew_others(database)?;
    database.write(|conn| name_keys::set_new(conn))?;
    Ok(changed)
}

/// Tries again to give the current key to rows that have an older one because of a collision.
fn resolve_collisions(database: &Database) -> Result<usize, Error> {
    let mut resolved = 0;
    for of in [Named::User, Named::Group] {
        for collision in database.read(|conn| name_keys::collisions(conn, of))? {
            resolved += usize::from(database.write(|conn| name_keys::resolve(conn, of, &collision))?);
        }
    }
    Ok(resolved)
}

/// Computes the keys of all names of one kind. Reads all rows before it writes the first, to find the rows that would
/// share a key.
fn renew_names(database: &Database, of: Named) -> Result<usize, Error> {
    let mut by_new_key: BTreeMap<(WorkspaceId, String), Vec<Keyed>> = BTreeMap::new();
    let mut after = (String::new(), String::new());
    loop {
        let batch = database.read(|conn| name_keys::list(conn, of, (&after.0, &after.1), BATCH))?;
        let Some(last) = batch.last() else { break };
        after = (last.workspace_id.to_string(), last.id.clone());
        for row in batch {
            let key = fold(&row.name);
            if key != row.key {
                by_new_key.entry((row.workspace_id.clone(), key)).or_default().push(row);
            }
        }
    }
    let by_new_key: Vec<((WorkspaceId, String), Vec<Keyed>)> = by_new_key.into_iter().collect();
    let mut changed = 0;
    for batch in by_new_key.chunks(usize::try_from(BATCH).unwrap_or(1)) {
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

/// Gives a row its new key if no other row would get it or has it. Otherwise records a collision, and all rows stay as
/// they are.
fn renew_name(
    conn: &mut Conn,
    of: Named,
    (workspace_id, key): (&WorkspaceId, &str),
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
        tracing::warn!(workspace_id = workspace_id.as_str(), kind = ?of, id = row.id, "database.name_shared");
    }
    Ok(0)
}

/// Computes the keys of display names and the comparable documents, which need not be unique, of users with non-ASCII texts.
fn renew_documents(database: &Database) -> Result<usize, Error> {
    let mut schemas: HashMap<WorkspaceId, Cow<'static, Schema>> = HashMap::new();
    let (mut changed, mut after) = (0, (String::new(), String::new()));
    loop {
        let batch = database.read(|conn| users::not_ascii(conn, (&after.0, &after.1), BATCH))?;
        let Some(last) = batch.last() else { return Ok(changed) };
        after = (last.workspace_id.to_string(), last.user_id.to_string());
        changed += database.write(|conn| {
            let mut changed = 0;
            for user in &batch {
                let schema = schema_of(conn, &mut schemas, user)?;
                let Some(attributes) = attributes(user) else { continue };
                let filled = Json::new(comparable(&attributes, &schema));
                changed += usize::from(users::renew_keys(conn, user, &filled)?);
            }
            Ok::<_, Error>(changed)
        })?;
    }
}

/// The attributes of a user. Logs those that are corrupt and returns none.
fn attributes(user: &User) -> Option<Map<String, Value>> {
    user.attributes().inspect_err(|error| tracing::error!(%error, "database.row_corrupt")).ok()
}

/// The schema of the user's workspace, read once per workspace.
fn schema_of(
    conn: &mut Conn,
    cache: &mut HashMap<WorkspaceId, Cow<'static, Schema>>,
    user: &User,
) -> Result<Cow<'static, Schema>, Error> {
    if let Some(schema) = cache.get(&user.workspace_id) {
        return Ok(schema.clone());
    }
    let declared = workspaces::custom_attributes(conn, &user.workspace_id)?;
    let schema = custom_attributes::schema(&user.workspace_id, &declared)?;
    cache.insert(user.workspace_id.clone(), schema.clone());
    Ok(schema)
}
