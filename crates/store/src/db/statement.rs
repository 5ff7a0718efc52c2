//! SQL statements with constant text, for queries that every request runs. Diesel builds the text of a query on each call; with two
//! databases, it also prepares each UPDATE and each query with LIMIT again. Values are always bound. A statement means the same on
//! both databases.

use std::marker::PhantomData;

use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::RunQueryDsl,
};

use super::{
    conn::{Conn, Db},
    fragment::Fragment,
};

/// A statement whose rows have the SQL types `Types`.
pub(crate) struct Statement<Types> {
    fragment: Fragment,
    types: PhantomData<Types>,
}

impl<Types> Statement<Types> {
    /// Begins a statement with this text.
    pub(crate) fn new(sql: &'static str) -> Self {
        let mut fragment = Fragment::new(true);
        fragment.sql(sql);
        Self { fragment, types: PhantomData }
    }

    /// A statement that is this fragment.
    pub(crate) fn of(fragment: Fragment) -> Self {
        Self { fragment, types: PhantomData }
    }

    /// Appends text.
    pub(crate) fn sql(mut self, sql: &str) -> Self {
        self.fragment.sql(sql);
        self
    }

    /// Binds a text.
    pub(crate) fn text(mut self, value: &str) -> Self {
        self.fragment.text(value);
        self
    }

    /// Binds a text or NULL.
    pub(crate) fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.fragment.maybe_text(value.map(str::to_owned));
        self
    }

    /// Binds an integer.
    pub(crate) fn whole(mut self, value: i64) -> Self {
        self.fragment.whole(value);
        self
    }

    /// Binds an integer or NULL.
    pub(crate) fn maybe_whole(mut self, value: Option<i64>) -> Self {
        self.fragment.maybe_whole(value);
        self
    }

    /// Binds a boolean.
    pub(crate) fn truth(mut self, value: bool) -> Self {
        self.fragment.truth(value);
        self
    }

    /// Appends a condition.
    pub(crate) fn fragment(mut self, fragment: Fragment) -> Self {
        self.fragment.append(fragment);
        self
    }
}

impl<Types> Query for Statement<Types> {
    type SqlType = Types;
}

impl<Types> QueryId for Statement<Types> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Types> QueryFragment<Db> for Statement<Types> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        self.fragment.walk_ast(out)
    }
}

impl<Types> RunQueryDsl<Conn> for Statement<Types> {}
