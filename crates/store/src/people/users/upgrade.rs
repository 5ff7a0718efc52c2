//! Rows that an older version wrote: what filters compare is filled in once, by the program, because neither database
//! folds letters as it does.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use serde_json::{Map, Value};
use vestibule_core::fold::fold;

use super::user::User;
use crate::{
    Conn, Result,
    db::{json::Json, schema::users},
    people::name_keys::is_not_ascii,
};

/// Some users of any workspace (written out, so that the partial index is seen to serve) whose comparable form is missing.
pub fn without_comparable(conn: &mut Conn, limit: i64) -> Result<Vec<User>> {
    Ok(users::table
        .filter(sql::<Bool>("comparable = ''"))
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// Fills the comparable form in, unless somebody else has meanwhile. The user's version is not touched: nothing changed.
pub fn set_comparable(conn: &mut Conn, user: &User, comparable: &Json<Map<String, Value>>) -> Result<()> {
    diesel::update(
        users::table.find((&user.workspace_id, &user.user_id)).filter(users::comparable.eq(&user.comparable)),
    )
    .set(users::comparable.eq(comparable))
    .execute(conn)?;
    Ok(())
}

/// Users behind this one whose names or document hold more than ASCII, in the order of workspace and id.
pub fn not_ascii(conn: &mut Conn, after: (&str, &str), limit: i64) -> Result<Vec<User>> {
    let holds =
        ["COALESCE(display_name, '')", "comparable"].map(|column| is_not_ascii(conn, column)).join(" OR ");
    let behind =
        users::workspace_id.gt(after.0).or(users::workspace_id.eq(after.0).and(users::user_id.gt(after.1)));
    Ok(users::table
        .filter(sql::<Bool>(&format!("({holds})")))
        .filter(behind)
        .order((users::workspace_id, users::user_id))
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// Gives a user today's keys of what others may share with them, unless somebody changed the user meanwhile. The user's
/// version is not touched: nothing changed. Returns whether there was something to do.
pub fn renew_keys(conn: &mut Conn, user: &User, comparable: &Json<Map<String, Value>>) -> Result<bool> {
    let display_name_key = user.display_name.as_deref().map(fold);
    if user.comparable == *comparable && user.display_name_key == display_name_key {
        return Ok(false);
    }
    let unchanged =
        users::table.find((&user.workspace_id, &user.user_id)).filter(users::version.eq(user.version));
    let changed = diesel::update(unchanged)
        .set((users::display_name_key.eq(display_name_key), users::comparable.eq(comparable)))
        .execute(conn)?;
    Ok(changed > 0)
}
