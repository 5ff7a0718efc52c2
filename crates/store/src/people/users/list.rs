//! A page of users. The cost depends on the page, not on the number of users: without a condition, its start and the total come
//! from `user_counts`, and the total of a short page follows from the page.

use diesel::prelude::*;
use vestibule_core::ids::WorkspaceId;

use super::{User, find::select};
use crate::{
    Conn, Result,
    db::schema::users,
    people::user_counts,
    search::{Condition, From, Listed, Page, PageSql, Scope, total_of},
};

/// Not a plain placeholder, because SQLite would plan the statement again for each of its values.
const LIMIT: &str = " LIMIT CAST(";
const OFFSET: &str = " AS BIGINT) OFFSET CAST(";
const END: &str = " AS BIGINT)";

/// A page of users, and the number of users that meet its condition.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, page: &Page) -> Result<Listed<User>> {
    let sql_of_page = PageSql::of(conn, Scope::Users, workspace_id, page);
    let everybody = page.condition == Condition::Always;
    if everybody && page.sort.is_none() {
        return in_order(conn, workspace_id, page, sql_of_page);
    }
    let mut resources = Vec::new();
    if page.count > 0 {
        resources = select(workspace_id)
            .sql(" AND ")
            .fragment(sql_of_page.after)
            .sql(" ORDER BY ")
            .sql(&sql_of_page.order)
            .sql(LIMIT)
            .whole(page.count)
            .sql(OFFSET)
            .whole(sql_of_page.skip)
            .sql(END)
            .load(conn)?;
    }
    let total = match total_of(page, resources.len()) {
        Some(total) => total,
        None if everybody => user_counts::total(conn, workspace_id)?,
        None => users::table
            .filter(users::workspace_id.eq(workspace_id))
            .filter(sql_of_page.condition)
            .count()
            .get_result(conn)?,
    };
    Ok(Listed { total, resources })
}

/// All users, ordered by id.
fn in_order(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    page: &Page,
    sql_of_page: PageSql,
) -> Result<Listed<User>> {
    let (total, first_id, skip) = match page.from {
        From::Skip(skip) => user_counts::locate(conn, workspace_id, skip)?,
        From::After(_) => (user_counts::total(conn, workspace_id)?, String::new(), 0),
    };
    if page.count == 0 || matches!(page.from, From::Skip(skip) if skip >= total) {
        return Ok(Listed { total, resources: Vec::new() });
    }
    let resources = select(workspace_id)
        .sql(" AND user_id >= ")
        .text(&first_id)
        .sql(" AND ")
        .fragment(sql_of_page.after)
        .sql(" ORDER BY user_id")
        .sql(LIMIT)
        .whole(page.count)
        .sql(OFFSET)
        .whole(skip)
        .sql(END)
        .load(conn)?;
    Ok(Listed { total, resources })
}
