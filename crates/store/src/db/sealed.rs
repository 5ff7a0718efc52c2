//! Columns with sealed values, for their resealing: pages of them, their replacement, their number by key. It reads the key id in
//! `s1.{key id}.{…}`, and has no key.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{fragment::Fragment, statement::Statement};
use crate::{Conn, Result};

/// A column that contains sealed values.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub name: &'static str,
    /// Primary key of the table: two or three texts.
    pub key: &'static [&'static str],
}

/// A sealed value with the primary key of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Values of the primary key.
    pub key: Vec<String>,
    /// The sealed value.
    pub sealed: String,
}

/// Lists values that another key than `key_id` has sealed, ordered by the primary key, after that of `after`.
pub fn page(
    conn: &mut Conn,
    column: &Column,
    key_id: &str,
    after: Option<&[String]>,
    limit: i64,
) -> Result<Vec<Value>> {
    let Column { table, name, key } = column;
    let keys = key.join(", ");
    let third = key.get(2).copied().unwrap_or("''");
    let (first, second) = (key.first().copied().unwrap_or("''"), key.get(1).copied().unwrap_or("''"));
    let mut sql = Fragment::new(true);
    sql.sql(&format!("SELECT {first}, {second}, {third}, {name} FROM {table} WHERE substr({name}, 1, 3) = 's1.' AND substr({name}, 1, 12) <> "));
    sql.text(&format!("s1.{key_id}."));
    if let Some(after) = after {
        sql.sql(&format!(" AND ({keys}) > ("));
        for (place, part) in after.iter().enumerate() {
            sql.sql(if place == 0 { "" } else { ", " });
            sql.text(part);
        }
        sql.sql(")");
    }
    sql.sql(&format!(" ORDER BY {keys} LIMIT "));
    sql.whole(limit);
    let rows: Vec<(String, String, String, String)> =
        Statement::<(Text, Text, Text, Text)>::of(sql).load(conn)?;
    let value = |(first, second, third, sealed): (String, String, String, String)| {
        let mut values = vec![first, second, third];
        values.truncate(key.len());
        Value { key: values, sealed }
    };
    Ok(rows.into_iter().map(value).collect())
}

/// Replaces a value, unless it has changed since it was read. Does not wait for a transaction that has locked the row, so that no
/// deadlock can arise. Returns the number of changed rows.
pub fn replace(conn: &mut Conn, column: &Column, value: &Value, new: &str) -> Result<usize> {
    let Column { table, name, key } = column;
    let mut sql = Fragment::new(true);
    sql.sql(&format!("UPDATE {table} SET {name} = "));
    sql.text(new);
    let keys = key.join(", ");
    let postgres = matches!(conn, Conn::Postgres(_));
    if postgres {
        sql.sql(&format!(" WHERE ({keys}) IN (SELECT {keys} FROM {table}"));
    }
    for (place, (part, text)) in key.iter().zip(&value.key).enumerate() {
        sql.sql(if place == 0 { " WHERE " } else { " AND " });
        sql.sql(&format!("{part} = "));
        sql.text(text);
    }
    sql.sql(&format!(" AND {name} = "));
    sql.text(&value.sealed);
    if postgres {
        sql.sql(" FOR UPDATE SKIP LOCKED)");
    }
    Ok(Statement::<()>::of(sql).execute(conn)?)
}

/// Number of values by the id of the key that sealed them.
pub fn count(conn: &mut Conn, column: &Column) -> Result<Vec<(String, i64)>> {
    let Column { table, name, .. } = column;
    let mut sql = Fragment::new(true);
    sql.sql(&format!(
        "SELECT substr({name}, 4, 8), count(*) FROM {table} WHERE substr({name}, 1, 3) = 's1.' \
         GROUP BY substr({name}, 4, 8) ORDER BY 1"
    ));
    Ok(Statement::<(Text, BigInt)>::of(sql).load(conn)?)
}
