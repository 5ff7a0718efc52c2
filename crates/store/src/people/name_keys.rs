//! Renews keys of names that an older version stored under an older rule (`fold::letter_case`). Two users or two groups that
//! would then have the same key are left unchanged and recorded in `key_collisions`.

mod other_tables;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::{
    fold::fold,
    ids::{DEPLOYMENT, WorkspaceId},
    names::Named,
};

use crate::{
    Conn, Result,
    db::{
        fragment::Fragment,
        schema::{key_collisions, upgrades},
        statement::Statement,
    },
    on_backend,
};

pub use other_tables::renew as renew_others;

/// Name of this upgrade in `upgrades`.
const NAME: &str = "name_keys_2";

/// A row whose name has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// Workspace of the row.
    pub workspace_id: WorkspaceId,
    /// Id of the row.
    pub id: String,
    /// The name as it was sent.
    pub name: String,
    /// The stored key.
    pub key: String,
}

/// A row that still has its older key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// Workspace of the row.
    pub workspace_id: WorkspaceId,
    /// Id of the row.
    pub id: String,
    /// Key of its name by the present rule.
    pub key: String,
}

/// Value of `key_collisions.kind`.
const fn kind(of: Named) -> &'static str {
    match of {
        Named::User => "user",
        Named::Group => "group",
    }
}

/// The table, and its columns for the id, the name and the key.
const fn columns(of: Named) -> [&'static str; 4] {
    match of {
        Named::User => ["users", "user_id", "user_name", "user_name_key"],
        Named::Group => ["groups", "group_id", "display_name", "display_name_key"],
    }
}

/// Whether all rows have keys by the present rule or are recorded as collisions: one indexed query.
pub fn are_new(conn: &mut Conn) -> Result<bool> {
    Ok(upgrades::table.find((&*DEPLOYMENT, NAME)).count().get_result::<i64>(conn)? > 0)
}

/// Records that all rows have keys by the present rule.
pub fn set_new(conn: &mut Conn) -> Result<()> {
    let row = (upgrades::workspace_id.eq(&*DEPLOYMENT), upgrades::name.eq(NAME));
    on_backend!(conn, |inner| {
        diesel::insert_into(upgrades::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// The condition that a column contains non-ASCII characters: the two rules differ only there.
pub(crate) fn is_not_ascii(conn: &Conn, column: &str) -> String {
    match conn {
        Conn::Sqlite(_) => format!("length(CAST({column} AS BLOB)) > length({column})"),
        Conn::Postgres(_) => format!("octet_length({column}) > char_length({column})"),
    }
}

/// Rows after this one with a non-ASCII name, ordered by workspace and id.
pub fn list(conn: &mut Conn, of: Named, after: (&str, &str), limit: i64) -> Result<Vec<Keyed>> {
    let [table, id, name, key] = columns(of);
    let not_ascii = is_not_ascii(conn, name);
    let found: Vec<(WorkspaceId, String, String, String)> =
        Statement::<(Text, Text, Text, Text)>::new("SELECT workspace_id, ")
            .sql(&format!("{id}, {name}, {key} FROM {table} WHERE {not_ascii} AND (workspace_id, {id}) > ("))
            .text(after.0)
            .sql(", ")
            .text(after.1)
            .sql(&format!(") ORDER BY workspace_id, {id} LIMIT "))
            .whole(limit)
            .load(conn)?;
    let keyed = |(workspace_id, id, name, key)| Keyed { workspace_id, id, name, key };
    Ok(found.into_iter().map(keyed).collect())
}

/// The row, if it exists.
fn find(conn: &mut Conn, of: Named, workspace_id: &WorkspaceId, resource_id: &str) -> Result<Option<Keyed>> {
    let [table, id, name, key] = columns(of);
    let found: Option<(String, String)> = Statement::<(Text, Text)>::new("SELECT ")
        .sql(&format!("{name}, {key} FROM {table} WHERE workspace_id = "))
        .text(workspace_id)
        .sql(&format!(" AND {id} = "))
        .text(resource_id)
        .get_result(conn)
        .optional()?;
    Ok(found.map(|(name, key)| Keyed {
        workspace_id: workspace_id.clone(),
        id: resource_id.to_owned(),
        name,
        key,
    }))
}

/// Whether a row of the workspace has this key.
pub fn is_taken(conn: &mut Conn, of: Named, workspace_id: &WorkspaceId, name_key: &str) -> Result<bool> {
    let [table, _, _, key] = columns(of);
    let count: i64 = Statement::<BigInt>::new("SELECT COUNT(*) FROM ")
        .sql(&format!("{table} WHERE workspace_id = "))
        .text(workspace_id)
        .sql(&format!(" AND {key} = "))
        .text(name_key)
        .get_result(conn)?;
    Ok(count > 0)
}

/// Sets the key by the present rule, unless the row changed in the meantime or another row has that key. Returns whether it was
/// set.
pub fn set(conn: &mut Conn, of: Named, row: &Keyed) -> Result<bool> {
    let [table, id, _, key] = columns(of);
    let new = fold(&row.name);
    let changed = Statement::<()>::new("UPDATE ")
        .sql(&format!("{table} SET {key} = "))
        .text(&new)
        .sql(" WHERE workspace_id = ")
        .text(&row.workspace_id)
        .sql(&format!(" AND {id} = "))
        .text(&row.id)
        .sql(&format!(" AND {key} = "))
        .text(&row.key)
        .sql(&format!(" AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.workspace_id = "))
        .text(&row.workspace_id)
        .sql(&format!(" AND other.{key} = "))
        .text(&new)
        .sql(")")
        .execute(conn)?;
    Ok(changed > 0)
}

/// Records that a row has its older key.
pub fn note_collision(conn: &mut Conn, of: Named, row: &Keyed) -> Result<()> {
    let values = (
        key_collisions::workspace_id.eq(&row.workspace_id),
        key_collisions::kind.eq(kind(of)),
        key_collisions::resource_id.eq(&row.id),
        key_collisions::name_key.eq(fold(&row.name)),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(key_collisions::table).values(values).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// All rows that are recorded with an older key, of every workspace.
pub fn collisions(conn: &mut Conn, of: Named) -> Result<Vec<Collision>> {
    let found: Vec<(WorkspaceId, String, String)> = key_collisions::table
        .filter(key_collisions::kind.eq(kind(of)))
        .select((key_collisions::workspace_id, key_collisions::resource_id, key_collisions::name_key))
        .load(conn)?;
    Ok(found.into_iter().map(|(workspace_id, id, key)| Collision { workspace_id, id, key }).collect())
}

/// The condition that no collision of this key is recorded.
pub(crate) fn no_collision(of: Named, workspace_id: &WorkspaceId, name_key: &str) -> Fragment {
    let mut condition = Fragment::new(true);
    condition.sql("NOT EXISTS (SELECT 1 FROM key_collisions WHERE workspace_id = ");
    condition.text(workspace_id);
    condition.sql(" AND kind = ");
    condition.text(kind(of));
    condition.sql(" AND name_key = ");
    condition.text(name_key);
    condition.sql(")");
    condition
}

/// Rows of a workspace with an older key, for which this is the key of their name by the present rule.
pub fn with_key(
    conn: &mut Conn,
    of: Named,
    workspace_id: &WorkspaceId,
    name_key: &str,
) -> Result<Vec<Keyed>> {
    let ids: Vec<String> = key_collisions::table
        .filter(key_collisions::workspace_id.eq(workspace_id))
        .filter(key_collisions::kind.eq(kind(of)))
        .filter(key_collisions::name_key.eq(name_key))
        .order(key_collisions::resource_id)
        .select(key_collisions::resource_id)
        .load(conn)?;
    let mut found = Vec::new();
    for id in ids {
        // The row may have another name by now, or be deleted.
        let row = find(conn, of, workspace_id, &id)?;
        found.extend(row.filter(|row| fold(&row.name) == name_key && row.key != name_key));
    }
    Ok(found)
}

/// The names that several rows of a workspace share because one has an older key: for each name, all its rows.
pub fn shared(conn: &mut Conn, of: Named, workspace_id: &WorkspaceId) -> Result<Vec<Vec<Keyed>>> {
    let mut keys: Vec<String> = key_collisions::table
        .filter(key_collisions::workspace_id.eq(workspace_id))
        .filter(key_collisions::kind.eq(kind(of)))
        .select(key_collisions::name_key)
        .order(key_collisions::name_key)
        .limit(100)
        .load(conn)?;
    keys.dedup();
    let mut shared = Vec::new();
    for name_key in keys {
        let mut all = with_key(conn, of, workspace_id, &name_key)?;
        all.extend(holder(conn, of, workspace_id, &name_key)?);
        if all.len() > 1 {
            shared.push(all);
        }
    }
    Ok(shared)
}

fn holder(conn: &mut Conn, of: Named, workspace_id: &WorkspaceId, name_key: &str) -> Result<Option<Keyed>> {
    let [table, id, name, key] = columns(of);
    let found: Option<(String, String)> = Statement::<(Text, Text)>::new("SELECT ")
        .sql(&format!("{id}, {name} FROM {table} WHERE workspace_id = "))
        .text(workspace_id)
        .sql(&format!(" AND {key} = "))
        .text(name_key)
        .get_result(conn)
        .optional()?;
    let (workspace_id, key) = (workspace_id.to_owned(), name_key.to_owned());
    Ok(found.map(|(id, name)| Keyed { workspace_id, id, name, key }))
}

/// Checks a collision again. Deletes the record when the row is deleted or has another name; sets the key by the present rule
/// when no other row needs it. Returns whether it was set.
pub fn resolve(conn: &mut Conn, of: Named, collision: &Collision) -> Result<bool> {
    let Collision { workspace_id, id, key } = collision;
    let row = find(conn, of, workspace_id, id)?.filter(|row| fold(&row.name) == *key && row.key != *key);
    let given = match &row {
        Some(row) => with_key(conn, of, workspace_id, key)?.len() == 1 && set(conn, of, row)?,
        None => false,
    };
    if row.is_none() || given {
        diesel::delete(key_collisions::table.find((workspace_id, kind(of), id))).execute(conn)?;
    }
    Ok(given)
}
