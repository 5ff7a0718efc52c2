//! A piece of SQL: constant text and bound values. It is a Diesel expression, usable as a condition on both databases.

use diesel::{
    expression::{AppearsOnTable, SelectableExpression, ValidGrouping, is_aggregate},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Double, Nullable, Text},
};

use super::conn::Db;

/// A boolean SQL expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fragment {
    pieces: Vec<Piece>,
    /// Whether Diesel may cache the prepared statement. Only for texts of which there are few, because Diesel never removes one.
    cacheable: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Sql(String),
    Text(String),
    MaybeText(Option<String>),
    Whole(i64),
    MaybeWhole(Option<i64>),
    Real(f64),
    Truth(bool),
}

impl Fragment {
    pub(crate) fn new(cacheable: bool) -> Self {
        Self { pieces: Vec::new(), cacheable }
    }

    pub(crate) fn sql(&mut self, sql: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Sql(text)) => text.push_str(sql),
            _ => self.pieces.push(Piece::Sql(sql.to_owned())),
        }
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.pieces.push(Piece::Text(value.to_owned()));
    }

    pub(crate) fn whole(&mut self, value: i64) {
        self.pieces.push(Piece::Whole(value));
    }

    pub(crate) fn maybe_text(&mut self, value: Option<String>) {
        self.pieces.push(Piece::MaybeText(value));
    }

    pub(crate) fn maybe_whole(&mut self, value: Option<i64>) {
        self.pieces.push(Piece::MaybeWhole(value));
    }

    /// Appends another fragment.
    pub(crate) fn append(&mut self, other: Fragment) {
        self.cacheable &= other.cacheable;
        for piece in other.pieces {
            match piece {
                Piece::Sql(sql) => self.sql(&sql),
                bound => self.pieces.push(bound),
            }
        }
    }

    pub(crate) fn real(&mut self, value: f64) {
        self.pieces.push(Piece::Real(value));
    }

    pub(crate) fn truth(&mut self, value: bool) {
        self.pieces.push(Piece::Truth(value));
    }
}

#[cfg(test)]
impl Fragment {
    /// The text with the values in place, for assertions.
    pub(crate) fn shown(&self) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Sql(sql) => sql.clone(),
            Piece::Text(value) => format!("«{value}»"),
            Piece::Whole(value) => format!("«{value}»"),
            Piece::MaybeText(value) => format!("«{value:?}»"),
            Piece::MaybeWhole(value) => format!("«{value:?}»"),
            Piece::Real(value) => format!("«{value}»"),
            Piece::Truth(value) => format!("«{value}»"),
        };
        self.pieces.iter().map(show).collect()
    }
}

impl Expression for Fragment {
    type SqlType = Bool;
}

impl QueryId for Fragment {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl ValidGrouping<()> for Fragment {
    type IsAggregate = is_aggregate::No;
}

impl<Table> SelectableExpression<Table> for Fragment {}
impl<Table> AppearsOnTable<Table> for Fragment {}

impl QueryFragment<Db> for Fragment {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        if !self.cacheable {
            out.unsafe_to_cache_prepared();
        }
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Piece::Whole(value) => out.push_bind_param::<BigInt, _>(value)?,
                Piece::MaybeText(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Piece::MaybeWhole(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Piece::Real(value) => out.push_bind_param::<Double, _>(value)?,
                Piece::Truth(value) => out.push_bind_param::<Bool, _>(value)?,
            }
        }
        Ok(())
    }
}
