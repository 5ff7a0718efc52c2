//! "One of these ids" as a statement that is the same for one id and for five hundred: Diesel's own `eq_any` writes as
//! many placeholders as there are ids on SQLite, and such a statement is prepared anew each time.

use super::{Dialect, Fragment, place::Scope};
use crate::Conn;

/// `column` is one of `ids`.
pub(crate) fn in_ids(conn: &Conn, column: &str, ids: &[String]) -> Fragment {
    let mut fragment = Fragment::new(true);
    if let [id] = ids {
        fragment.sql(&format!("({column} = "));
        fragment.text(id.as_str());
        fragment.sql(")");
        return fragment;
    }
    let (open, close) = match Dialect::of(conn) {
        Dialect::Sqlite => ("IN (SELECT value FROM json_each(", ")))"),
        // `= ANY` over an array is what the planner looks up id by id.
        Dialect::Postgres => ("= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(", " AS jsonb)))))"),
    };
    fragment.sql(&format!("({column} {open}"));
    fragment.text(serde_json::Value::from(ids.to_vec()).to_string());
    fragment.sql(close);
    fragment
}

/// The user is one of these.
pub(crate) fn in_users(conn: &Conn, ids: &[String]) -> Fragment {
    in_ids(conn, Scope::Users.id(), ids)
}
