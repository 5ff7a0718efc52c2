//! A statement written out, for what is asked in every request: Diesel builds the text of its own queries anew each time,
//! and prepares an UPDATE, and whatever has a LIMIT on either of two databases, anew as well. The text is the program's
//! own and the same each time; values are always bound. It means the same on both databases.

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

/// A statement whose rows have these SQL types.
pub(crate) struct Statement<Types> {
    fragment: Fragment,
    types: PhantomData<Types>,
}

impl<Types> Statement<Types> {
    /// Begins with this text.
    pub(crate) fn new(sql: &'static str) -> Self {
        let mut fragment = Fragment::new(true);
        fragment.sql(sql);
        Self { fragment, types: PhantomData }
    }

    /// Goes on with this text.
    pub(crate) fn sql(mut self, sql: &str) -> Self {
        self.fragment.sql(sql);
        self
    }

    /// A text.
    pub(crate) fn text(mut self, value: &str) -> Self {
        self.fragment.text(value);
        self
    }

    /// A text, or NULL.
    pub(crate) fn maybe_text(mut self, value: Option<&str>) -> Self {
        self.fragment.maybe_text(value.map(str::to_owned));
        self
    }

    /// A whole number.
    pub(crate) fn whole(mut self, value: i64) -> Self {
        self.fragment.whole(value);
        self
    }

    /// A whole number, or NULL.
    pub(crate) fn maybe_whole(mut self, value: Option<i64>) -> Self {
        self.fragment.maybe_whole(value);
        self
    }

    /// A truth value.
    pub(crate) fn truth(mut self, value: bool) -> Self {
        self.fragment.truth(value);
        self
    }

    /// A condition.
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
