//! Rows that an older version wrote: what filters compare is filled in once, by the program, because neither database
//! folds letters as it does.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};

use super::User;
use crate::{Conn, Result, schema::users};

/// Some users of any workspace (written out, so that the partial index is seen to serve) whose comparable form is missing.
///
/// # Errors
/// The database's.
pub fn without_comparable(conn: &mut Conn, limit: i64) -> Result<Vec<User>> {
    Ok(users::table
        .filter(sql::<Bool>("comparable = ''"))
        .limit(limit)
        .select(User::as_select())
        .load(conn)?)
}

/// Fills the comparable form in, unless somebody else has meanwhile. The user's version is not touched: nothing changed.
///
/// # Errors
/// The database's.
pub fn set_comparable(conn: &mut Conn, user: &User, comparable: &str) -> Result<()> {
    diesel::update(
        users::table.find((&user.workspace_id, &user.user_id)).filter(users::comparable.eq(&user.comparable)),
    )
    .set(users::comparable.eq(comparable))
    .execute(conn)?;
    Ok(())
}
