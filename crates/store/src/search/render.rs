//! Translates a [`Condition`] to SQL. Only JSON access and text search differ between the two databases.

use vestibule_core::ids::WorkspaceId;

use super::{
    Condition, Fragment, Op, Place, Rows, Scope, Test,
    place::{path, text},
};
use crate::Conn;

/// SQL dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(crate) fn of(conn: &Conn) -> Self {
        match conn {
            Conn::Sqlite(_) => Dialect::Sqlite,
            Conn::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// The JSON of the user. NULL until it is filled in, so that no test of it passes.
const DOCUMENT: &str = "NULLIF(users.comparable, '')";

/// State of the translation.
#[derive(Clone, Copy)]
pub(super) struct Renderer<'a> {
    pub dialect: Dialect,
    pub scope: Scope,
    pub workspace_id: &'a WorkspaceId,
    /// The rows or elements that the condition is about.
    pub within: Option<&'a Rows>,
}

/// SQL of a value, and whether it may be NULL.
pub(super) struct Operand {
    pub sql: String,
    pub nullable: bool,
    /// Whether the value is from JSON: a text that must be cast. A column has a type and perhaps an index.
    pub json: bool,
}

impl<'a> Renderer<'a> {
    pub(super) fn condition(self, condition: &'a Condition, out: &mut Fragment) {
        match condition {
            Condition::Always => out.sql("1 = 1"),
            Condition::Never => out.sql("1 = 0"),
            Condition::Not(inner) => {
                out.sql("NOT (");
                self.condition(inner, out);
                out.sql(")");
            }
            Condition::And(all) => self.joined(all, " AND ", "1 = 1", out),
            Condition::Or(any) => self.joined(any, " OR ", "1 = 0", out),
            Condition::Is(place, test) => self.test(&self.operand(place), test, out),
            Condition::Any(rows, inner) => self.any(rows, inner, out),
        }
    }

    fn joined(self, parts: &'a [Condition], word: &str, none: &str, out: &mut Fragment) {
        if parts.is_empty() {
            return out.sql(none);
        }
        out.sql("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.sql(word);
            }
            self.condition(part, out);
        }
        out.sql(")");
    }

    fn any(self, rows: &'a Rows, inner: &'a Condition, out: &mut Fragment) {
        let within = Self { within: Some(rows), ..self };
        match (rows.select(), rows) {
            (Some(open), _) => {
                out.sql("(");
                out.sql(open);
                out.text(self.workspace_id.as_str());
                out.sql(" AND ");
                within.condition(inner, out);
                out.sql("))");
            }
            (None, Rows::Elements(names)) => {
                out.sql(&format!("EXISTS (SELECT 1 FROM {} WHERE ", self.elements(names)));
                within.condition(inner, out);
                out.sql(")");
            }
            (None, _) => out.sql("1 = 0"),
        }
    }

    /// The elements of an array in the user's JSON, as a table with the column `value` and the number `key`.
    pub(super) fn elements(self, names: &[String]) -> String {
        let path = path(names, self.dialect);
        match self.dialect {
            Dialect::Sqlite => format!("json_each({DOCUMENT}, {path}) AS e"),
            Dialect::Postgres => {
                format!("jsonb_array_elements({DOCUMENT}::jsonb #> {path}) WITH ORDINALITY AS e(value, key)")
            }
        }
    }

    pub(super) fn operand(self, place: &Place) -> Operand {
        let json = |sql| Operand { sql, nullable: true, json: true };
        match (place, self.dialect) {
            (Place::Column(column), _) => {
                let (sql, nullable) = column.of(self.scope);
                Operand { sql, nullable, json: false }
            }
            (Place::Row(column), _) => {
                let (sql, nullable) = match self.within {
                    Some(rows) => rows.column(column),
                    None => ("NULL".to_owned(), true),
                };
                Operand { sql, nullable, json: false }
            }
            (Place::Document(names), Dialect::Sqlite) => {
                json(format!("json_extract({DOCUMENT}, {})", path(names, self.dialect)))
            }
            (Place::Document(names), Dialect::Postgres) => {
                json(format!("({DOCUMENT}::jsonb #>> {})", path(names, self.dialect)))
            }
            (Place::Part(Some(name)), Dialect::Sqlite) => {
                json(format!("json_extract(e.value, {})", path(std::slice::from_ref(name), self.dialect)))
            }
            (Place::Part(Some(name)), Dialect::Postgres) => json(format!("(e.value ->> {})", text(name))),
            (Place::Part(None), Dialect::Sqlite) => json("e.value".to_owned()),
            (Place::Part(None), Dialect::Postgres) => json("(e.value #>> '{}')".to_owned()),
        }
    }

    fn test(self, operand: &Operand, test: &Test, out: &mut Fragment) {
        let sql = self.typed(operand, test);
        match test {
            Test::Present => {
                return out.sql(&if operand.nullable {
                    format!("({sql} IS NOT NULL)")
                } else {
                    "1 = 1".to_owned()
                });
            }
            // An index works only with a plain comparison; a value from JSON has no index.
            _ if operand.json => out.sql("COALESCE("),
            _ if operand.nullable => out.sql(&format!("({sql} IS NOT NULL AND ")),
            _ => out.sql("("),
        }
        match test {
            Test::Present => {}
            Test::Text(op, value) => self.text(&sql, *op, value, out),
            Test::Truth(value) => {
                out.sql(&format!("{sql} = "));
                out.truth(*value);
            }
            Test::Whole(op, value) => {
                out.sql(&format!("{sql} {} ", sign(*op)));
                out.whole(*value);
            }
            Test::Real(op, value) => {
                out.sql(&format!("{sql} {} ", sign(*op)));
                out.real(*value);
            }
        }
        out.sql(if operand.json { ", FALSE)" } else { ")" });
    }

    /// The operand cast to the type of the test.
    fn typed(self, operand: &Operand, test: &Test) -> String {
        let sql = &operand.sql;
        if !operand.json {
            return sql.clone();
        }
        match (self.dialect, test) {
            (_, Test::Present) | (Dialect::Sqlite, Test::Text(..) | Test::Truth(_) | Test::Whole(..)) => {
                sql.clone()
            }
            (Dialect::Sqlite, Test::Real(..)) => format!("CAST({sql} AS REAL)"),
            // By code points, as on SQLite, not by the collation of the database.
            (Dialect::Postgres, Test::Text(..)) => format!("({sql} COLLATE \"C\")"),
            (Dialect::Postgres, Test::Truth(_)) => format!("{sql}::boolean"),
            (Dialect::Postgres, Test::Whole(..)) => format!("{sql}::numeric"),
            (Dialect::Postgres, Test::Real(..)) => format!("{sql}::double precision"),
        }
    }

    /// Compares texts exactly, with functions of each database: LIKE ignores ASCII case only on SQLite.
    fn text(self, sql: &str, op: Op, value: &str, out: &mut Fragment) {
        match op {
            // A range can use an index: texts with this prefix are at least the prefix and less than its successor.
            Op::StartsWith => {
                out.sql(&format!("{sql} >= "));
                out.text(value);
                if let Some(end) = successor(value) {
                    out.sql(&format!(" AND {sql} < "));
                    out.text(&end);
                }
            }
            Op::Contains => {
                let function = if self.dialect == Dialect::Sqlite { "instr" } else { "strpos" };
                out.sql(&format!("{function}({sql}, "));
                out.text(value);
                out.sql(") > 0");
            }
            Op::EndsWith => {
                let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                match self.dialect {
                    // SQLite's substr counts from the end; with `-0` it would return the whole text.
                    Dialect::Sqlite if length == 0 => return out.sql("TRUE"),
                    Dialect::Sqlite => {
                        out.sql(&format!("substr({sql}, -"));
                        out.whole(length);
                        out.sql(") = ");
                    }
                    Dialect::Postgres => {
                        out.sql(&format!("right({sql}, CAST("));
                        out.whole(length);
                        out.sql(" AS integer)) = ");
                    }
                }
                out.text(value);
            }
            _ => {
                out.sql(&format!("{sql} {} ", sign(op)));
                out.text(value);
            }
        }
    }
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::After => ">",
        Op::NotBefore => ">=",
        Op::Before => "<",
        Op::NotAfter => "<=",
        Op::Equal | Op::StartsWith | Op::Contains | Op::EndsWith => "=",
    }
}

/// The least text that is greater than all texts with this prefix, if there is one.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // Surrogates are not characters: U+E000 follows U+D7FF.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}
