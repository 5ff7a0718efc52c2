//! Renews the other keys of names: email addresses, parked members, roles, entitlements, mappings, and texts of assignments. Few
//! of their rows contain non-ASCII characters. A row that becomes equal to another is deleted.

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{fold::fold, ids::WorkspaceId};

use super::is_not_ascii;
use crate::{Conn, Database, Result, db::statement::Statement};

/// Most rows that one transaction changes.
const BATCH: usize = 500;

/// A table with a key: the column that identifies a row within the workspace, the column of the text, and that of its key.
struct Table {
    name: &'static str,
    id: &'static str,
    text: &'static str,
    key: &'static str,
    /// Whether a row is redundant if its new key equals that of another row with the same id. If not, it stays unchanged.
    says_the_same: bool,
}

const TABLES: [Table; 6] = [
    Table { name: "user_emails", id: "user_id", text: "email_key", key: "email_key", says_the_same: true },
    Table { name: "parked_members", id: "group_id", text: "member", key: "member_key", says_the_same: true },
    Table { name: "mappings", id: "role_id", text: "group_name", key: "group_name_key", says_the_same: true },
    Table {
        name: "mapping_entitlements",
        id: "entitlement_id",
        text: "group_name",
        key: "group_name_key",
        says_the_same: true,
    },
    // Two roles with the same name are different roles: both stay.
    Table {
        name: "roles",
        id: "role_id",
        text: "display_name",
        key: "display_name_key",
        says_the_same: false,
    },
    Table {
        name: "entitlements",
        id: "entitlement_id",
        text: "display_name",
        key: "display_name_key",
        says_the_same: false,
    },
];

/// Renews the keys by the present rule. Returns the number of changed rows.
pub fn renew(database: &Database) -> Result<usize> {
    let mut changed = 0;
    for table in &TABLES {
        let stale = database.read(|conn| stale(conn, table))?;
        for batch in stale.chunks(BATCH) {
            changed += database.write(|conn| {
                let mut changed = 0;
                for row in batch {
                    changed += usize::from(renew_row(conn, table, row)?);
                }
                Ok::<_, crate::Error>(changed)
            })?;
        }
    }
    for table in ["assignments", "entitlement_assignments"] {
        for part in ["element_display", "element_type"] {
            changed += database.write(|conn| renew_part(conn, table, part))?;
        }
    }
    Ok(changed)
}

struct Row {
    workspace_id: WorkspaceId,
    id: String,
    old: String,
    new: String,
}

fn stale(conn: &mut Conn, table: &Table) -> Result<Vec<Row>> {
    let Table { name, id, text, key, .. } = table;
    let not_ascii = is_not_ascii(conn, text);
    let found: Vec<(WorkspaceId, String, String, String)> =
        Statement::<(Text, Text, Text, Text)>::new("SELECT workspace_id, ")
            .sql(&format!(
                "{id}, {text}, {key} FROM {name} WHERE {not_ascii} ORDER BY workspace_id, {id}, {key}"
            ))
            .load(conn)?;
    let row = |(workspace_id, id, text, old): (WorkspaceId, String, String, String)| {
        let new = fold(&text);
        (new != old).then_some(Row { workspace_id, id, old, new })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

fn renew_row(conn: &mut Conn, table: &Table, row: &Row) -> Result<bool> {
    let Table { name, id, key, says_the_same, .. } = table;
    // The name of a role or entitlement is unique in the workspace; in the other tables, the key is unique for each id.
    let other = match says_the_same {
        true => format!(" AND other.{id} = {name}.{id}"),
        false => String::new(),
    };
    let changed = Statement::<()>::new("UPDATE ")
        .sql(&format!("{name} SET {key} = "))
        .text(&row.new)
        .sql(" WHERE workspace_id = ")
        .text(&row.workspace_id)
        .sql(&format!(" AND {id} = "))
        .text(&row.id)
        .sql(&format!(" AND {key} = "))
        .text(&row.old)
        .sql(&format!(" AND NOT EXISTS (SELECT 1 FROM {name} AS other WHERE other.workspace_id = "))
        .text(&row.workspace_id)
        .sql(&format!("{other} AND other.{key} = "))
        .text(&row.new)
        .sql(")")
        .execute(conn)?;
    if changed == 0 && *says_the_same {
        Statement::<()>::new("DELETE FROM ")
            .sql(&format!("{name} WHERE workspace_id = "))
            .text(&row.workspace_id)
            .sql(&format!(" AND {id} = "))
            .text(&row.id)
            .sql(&format!(" AND {key} = "))
            .text(&row.old)
            .execute(conn)?;
    }
    Ok(changed > 0)
}

/// Renews the keys of texts that clients sent with assignments: each distinct text once, in all rows.
fn renew_part(conn: &mut Conn, table: &str, part: &str) -> Result<usize> {
    let not_ascii = is_not_ascii(conn, part);
    let texts: Vec<(String, String)> = Statement::<(Text, Text)>::new("SELECT DISTINCT ")
        .sql(&format!("{part}, {part}_key FROM {table} WHERE {part}_key IS NOT NULL AND {not_ascii}"))
        .load(conn)?;
    let mut changed = 0;
    for (text, old) in texts {
        let new = fold(&text);
        if new != old {
            changed += Statement::<()>::new("UPDATE ")
                .sql(&format!("{table} SET {part}_key = "))
                .text(&new)
                .sql(&format!(" WHERE {part} = "))
                .text(&text)
                .sql(&format!(" AND {part}_key = "))
                .text(&old)
                .execute(conn)?;
        }
    }
    Ok(changed)
}
