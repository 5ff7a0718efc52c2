//! "One of these ids" as a statement with the same text for any number of ids. Diesel's `eq_any` writes one placeholder for each
//! id on SQLite, so the statement would be prepared again for each number.

use super::{Dialect, Fragment};
use crate::Conn;

/// The ids as a table with the column `value`.
pub(crate) fn ids_table(conn: &Conn, ids: &[impl AsRef<str>]) -> Fragment {
    let (open, close) = match Dialect::of(conn) {
        Dialect::Sqlite => ("json_each(", ") AS ids"),
        Dialect::Postgres => ("jsonb_array_elements_text(CAST(", " AS jsonb)) AS ids(value)"),
    };
    let mut fragment = Fragment::new(true);
    fragment.sql(open);
    fragment.text(&ids.iter().map(AsRef::as_ref).collect::<serde_json::Value>().to_string());
    fragment.sql(close);
    fragment
}

/// The condition that `column` is one of `ids`.
pub(crate) fn in_ids(conn: &Conn, column: &str, ids: &[impl AsRef<str>]) -> Fragment {
    let mut fragment = Fragment::new(true);
    if let [id] = ids {
        fragment.sql(&format!("({column} = "));
        fragment.text(id.as_ref());
        fragment.sql(")");
        return fragment;
    }
    let (open, close) = match Dialect::of(conn) {
        Dialect::Sqlite => ("IN (SELECT value FROM ", "))"),
        // With `= ANY` over an array, the planner uses the index for each id.
        Dialect::Postgres => ("= ANY (ARRAY(SELECT value FROM ", ")))"),
    };
    fragment.sql(&format!("({column} {open}"));
    fragment.append(ids_table(conn, ids));
    fragment.sql(close);
    fragment
}
