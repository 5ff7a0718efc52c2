//! What changed in a workspace since its observation began, of what the plan touches: a plan is applied only if this is nothing.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{Observation, copy, sql};
use crate::{Conn, Result, db::statement::Statement};

/// Something that changed in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// `person`, `group` or `settings`.
    pub what: String,
    /// Its id; for settings the kind: `roles`, `entitlements`, `mappings`, `workspace`.
    pub id: String,
    /// Its name, as the plan or the base has it.
    pub name: String,
    /// `changed`, `deleted`, or `name_taken`: somebody else has the name or external id that the plan needs.
    pub how: String,
}

/// Settings whose change makes a plan outdated: table, and its name on pages.
const SETTINGS: [(&str, &str); 4] = [
    ("roles", "roles"),
    ("entitlements", "entitlements"),
    ("mappings", "mappings"),
    ("mapping_entitlements", "mappings"),
];

/// What changed since, at most `limit` of each kind; empty: the plan can be applied.
pub fn moved(conn: &mut Conn, of: &Observation, limit: i64) -> Result<Vec<Moved>> {
    let mut found = Vec::new();
    for (what, text) in resources() {
        let text = format!("{text} LIMIT {{limit}}");
        let rows: Vec<(String, String, String)> =
            Statement::<(Text, Text, Text)>::of(sql::fill(&text, of, ("", limit))).load(conn)?;
        found.extend(rows.into_iter().map(|(id, name, how)| Moved { what: what.to_owned(), id, name, how }));
    }
    let setting = |name: &str| Moved {
        what: "settings".to_owned(),
        id: name.to_owned(),
        name: name.to_owned(),
        how: "changed".to_owned(),
    };
    for (table, name) in SETTINGS {
        if !found.iter().any(|one| one.what == "settings" && one.id == name) && differs(conn, of, table)? {
            found.push(setting(name));
        }
    }
    let text = "SELECT COUNT(*) FROM workspaces AS r JOIN workspaces AS b ON b.workspace_id = {base} WHERE r.workspace_id = {real} \
         AND (r.default_role <> b.default_role OR r.custom_attributes <> b.custom_attributes OR r.park_members <> b.park_members)";
    let changed: i64 = Statement::<BigInt>::of(sql::fill(text, of, sql::WHOLE)).get_result(conn)?;
    if changed > 0 {
        found.push(setting("workspace"));
    }
    Ok(found)
}

/// The statements that find people and groups: id, name, how.
fn resources() -> Vec<(&'static str, String)> {
    let is_touched = format!("(p.user_id IS NULL OR {})", sql::person_differs());
    let real_differs = sql::assignments_differ("{base}", "{real}").replace("p.user_id", "b.user_id");
    let touched_people = format!(
        "SELECT b.user_id, b.user_name, CASE WHEN r.user_id IS NULL THEN 'deleted' ELSE 'changed' END FROM users AS b \
         LEFT JOIN users AS p ON p.workspace_id = {{plan}} AND p.user_id = b.user_id \
         LEFT JOIN users AS r ON r.workspace_id = {{real}} AND r.user_id = b.user_id \
         WHERE b.workspace_id = {{base}} AND {is_touched} \
         AND (r.user_id IS NULL OR r.version <> b.version OR {real_differs}) ORDER BY b.user_id"
    );
    // People who would join a group, and are not here any more.
    let joining = "SELECT DISTINCT b.user_id, b.user_name, 'deleted' FROM members AS m \
         JOIN users AS b ON b.workspace_id = {base} AND b.user_id = m.user_id WHERE m.workspace_id = {plan} \
         AND NOT EXISTS (SELECT 1 FROM members AS o WHERE o.workspace_id = {base} AND o.group_id = m.group_id AND o.user_id = m.user_id) \
         AND NOT EXISTS (SELECT 1 FROM users AS r WHERE r.workspace_id = {real} AND r.user_id = m.user_id) ORDER BY 1";
    let touched_groups = format!(
        "SELECT b.group_id, b.display_name, CASE WHEN r.group_id IS NULL THEN 'deleted' ELSE 'changed' END FROM groups AS b \
         LEFT JOIN groups AS p ON p.workspace_id = {{plan}} AND p.group_id = b.group_id \
         LEFT JOIN groups AS r ON r.workspace_id = {{real}} AND r.group_id = b.group_id \
         WHERE b.workspace_id = {{base}} AND (p.group_id IS NULL OR {}) AND (r.group_id IS NULL OR r.version <> b.version) \
         ORDER BY b.group_id",
        sql::GROUP_DIFFERS
    );
    vec![
        ("person", touched_people),
        ("person", joining.to_owned()),
        ("person", taken("users", "user_id", "user_name", "user_name_key")),
        ("person", taken("users", "user_id", "user_name", "external_id")),
        ("group", touched_groups),
        ("group", taken("groups", "group_id", "display_name", "display_name_key")),
        ("group", taken("groups", "group_id", "display_name", "external_id")),
    ]
}

/// Whose new value of `column` somebody else has in the workspace, who did not have it at the start.
fn taken(table: &str, id: &str, name: &str, column: &str) -> String {
    format!(
        "SELECT p.{id}, p.{name}, 'name_taken' FROM {table} AS p \
         JOIN {table} AS r ON r.workspace_id = {{real}} AND r.{column} = p.{column} AND r.{id} <> p.{id} \
         LEFT JOIN {table} AS b ON b.workspace_id = {{base}} AND b.{id} = p.{id} \
         WHERE p.workspace_id = {{plan}} AND (b.{id} IS NULL OR b.{column} IS DISTINCT FROM p.{column}) \
         AND NOT EXISTS (SELECT 1 FROM {table} AS o WHERE o.workspace_id = {{base}} AND o.{id} = r.{id} AND o.{column} = r.{column}) \
         ORDER BY p.{id}"
    )
}

/// Whether a table of settings differs between the base and the workspace.
fn differs(conn: &mut Conn, of: &Observation, name: &str) -> Result<bool> {
    let columns = copy::table(name)?.columns.iter().filter(|column| **column != "workspace_id");
    let same: Vec<String> =
        columns.map(|column| format!("o.{column} IS NOT DISTINCT FROM a.{column}")).collect();
    let same = same.join(" AND ");
    let missing = |one: &str, other: &str| {
        format!(
            "(SELECT COUNT(*) FROM {name} AS a WHERE a.workspace_id = {one} AND NOT EXISTS (SELECT 1 FROM {name} AS o \
             WHERE o.workspace_id = {other} AND {same}))"
        )
    };
    let text =
        format!("SELECT CAST({} + {} AS BIGINT)", missing("{base}", "{real}"), missing("{real}", "{base}"));
    let count: i64 = Statement::<BigInt>::of(sql::fill(&text, of, sql::WHOLE)).get_result(conn)?;
    Ok(count > 0)
}
