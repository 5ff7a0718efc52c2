//! Upgrades rows of an older version: fills in the values that filters compare. The program does it, because neither database
//! folds letters as the program does.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use serde_json::{Map, Value};
use vestibule_core::fold::fold;

use super::user::User;
use crate::{
    Conn, Result,
    db::{json::Json, schema::users},
    people::name_keys::is_not_ascii,
};

/// Some users of any workspace without a comparable form. The condition is constant text, so that the planner can use the partial
/// index.
pub fn without_comparable(conn: &mut Conn, limit: i64) -> Result<Vec<User>> {
    Ok(users::table
        .filter(sql::<Bool>("comparable = ''"))
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// Fills in the comparable form, unless it was filled in in the meantime. The version stays, because nothing changed for clients.
pub fn set_comparable(conn: &mut Conn, user: &User, comparable: &Json<Map<String, Value>>) -> Result<()> {
    diesel::update(
        users::table.find((&user.workspace_id, &user.user_id)).filter(users::comparable.eq(&user.comparable)),
    )
    .set(users::comparable.eq(comparable))
    .execute(conn)?;
    Ok(())
}

/// Users after this one with non-ASCII names or documents, ordered by workspace and id.
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

/// Renews the keys of a user that need not be unique, unless the user was changed in the meantime. The version stays, because
/// nothing changed for clients. Returns whether a row was changed.
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
