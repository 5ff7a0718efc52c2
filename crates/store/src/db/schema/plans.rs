//! Test that SQLite uses each index. Without statistics its planner prefers an index that has every column a query needs to one that has
//! more of the conditions, so a secondary index without the rest of the primary key loses to the primary key, of which then only
//! `workspace_id` is used: the search reads all rows of the workspace.

use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Bool, Text},
};

use crate::{Database, db::statement::Statement};

/// Indexes of tables that stay small: rules of a workspace, and names that collide.
const SMALL: [&str; 3] = ["mappings_role", "mapping_entitlements_entitlement", "key_collisions_name"];

#[test]
fn a_search_by_the_columns_of_an_index_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&format!("sqlite://{}/v.db", folder.path().display()), 1).unwrap();
    database.migrate().unwrap();
    let unused = database.read::<_, crate::Error>(|conn| {
        let mut unused = Vec::new();
        for table in super::tables() {
            let indexes: Vec<(String, bool, bool)> = Statement::<(Text, Bool, Bool)>::new(
                "SELECT name, \"unique\", partial FROM pragma_index_list(",
            )
            .text(table.name)
            .sql(") WHERE origin = 'c'")
            .load(conn)?;
            for (index, is_unique, is_partial) in indexes {
                let columns: Vec<String> =
                    Statement::<Text>::new("SELECT COALESCE(name, '') FROM pragma_index_info(")
                        .text(&index)
                        .sql(") ORDER BY seqno")
                        .load(conn)?;
                let is_plain = columns.first().is_some_and(|first| first == "workspace_id")
                    && columns.iter().all(|column| !column.is_empty());
                if is_unique
                    || is_partial
                    || columns.len() < 2
                    || !is_plain
                    || SMALL.contains(&index.as_str())
                {
                    continue;
                }
                // Only the column after the workspace is given, as in most searches; all columns of the primary key are read.
                let condition = columns.iter().take(2).map(|column| format!("{column} = ''"));
                let query = format!(
                    "EXPLAIN QUERY PLAN SELECT {} FROM {} WHERE {}",
                    table.key.join(", "),
                    table.name,
                    condition.collect::<Vec<_>>().join(" AND ")
                );
                let plan: Vec<(i64, i64, i64, String)> =
                    Statement::<(BigInt, BigInt, BigInt, Text)>::new("").sql(&query).load(conn)?;
                if !plan.iter().any(|(.., step)| step.contains(index.as_str())) {
                    unused.push(format!("{index}: {query}: {plan:?}"));
                }
            }
        }
        Ok(unused)
    });
    let unused = unused.unwrap();
    assert!(unused.is_empty(), "end these indexes with the rest of the primary key:\n{}", unused.join("\n"));
}
