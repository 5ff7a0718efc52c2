//! Conditions on users and groups, as SQL. A SCIM filter becomes a [`Condition`] in `scim`; here it becomes an
//! expression over real, indexed columns that means the same on both databases.
//! Every expression is true or false, never NULL, so that `not` means not.

use diesel::{
    dsl::sql,
    expression::{AppearsOnTable, BoxableExpression, SelectableExpression, ValidGrouping, is_aggregate},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
};

use crate::{Micros, database::Db, fold::fold};

/// A boolean SQL expression over a table.
pub(crate) type Expression<Table> = Box<dyn BoxableExpression<Table, Db, SqlType = Bool>>;

/// What must hold of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Holds of every one.
    Always,
    /// A text attribute compared.
    Compare(Field, Op, String),
    /// A text attribute is there.
    Present(Field),
    /// The user's `active`.
    Active(bool),
    /// `meta.created`.
    Created(Order, Micros),
    /// `meta.lastModified`.
    Updated(Order, Micros),
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
}

/// An attribute that has a column of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `id`
    Id,
    /// `userName`
    UserName,
    /// `externalId`
    ExternalId,
    /// `displayName`
    DisplayName,
    /// `emails.value`, any of them
    Email,
}

/// How texts are compared. Which case rule holds is the column's: folded columns are compared folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Equal,
    /// Begins with.
    StartsWith,
    /// Contains.
    Contains,
    /// Ends with.
    EndsWith,
}

/// How moments are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// At that moment.
    Equal,
    /// Later.
    After,
    /// Later or then.
    NotBefore,
    /// Earlier.
    Before,
    /// Earlier or then.
    NotAfter,
}

pub(crate) fn always<Table: 'static>() -> Expression<Table> {
    Box::new(sql::<Bool>("1 = 1"))
}

pub(crate) fn never<Table: 'static>() -> Expression<Table> {
    Box::new(sql::<Bool>("1 = 0"))
}

/// One question about a text attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Test<'a> {
    /// It compares so.
    Is(Op, &'a str),
    /// It is there.
    Present,
}

/// The condition over a table; `field` writes a question about one attribute there.
pub(crate) fn expression<Table: 'static>(
    condition: &Condition,
    field: &dyn Fn(Field, Test<'_>) -> Expression<Table>,
) -> Expression<Table> {
    match condition {
        Condition::Always => always(),
        Condition::Compare(which, op, value) => field(*which, Test::Is(*op, value)),
        Condition::Present(which) => field(*which, Test::Present),
        Condition::Active(active) => Box::new(sql::<Bool>("active = ").bind::<Bool, _>(*active)),
        Condition::Created(order, at) => moment("created_at", *order, *at),
        Condition::Updated(order, at) => moment("updated_at", *order, *at),
        Condition::And(all) => {
            all.iter().fold(always(), |left, right| Box::new(left.and(expression(right, field))))
        }
        Condition::Or(any) => {
            any.iter().fold(never(), |left, right| Box::new(left.or(expression(right, field))))
        }
        Condition::Not(inner) => Box::new(diesel::dsl::not(expression(inner, field))),
    }
}

/// A question about a column of folded text.
pub(crate) fn folded<Table: 'static>(column: &str, test: Test<'_>) -> Expression<Table> {
    match test {
        Test::Is(op, value) => compare(column, op, fold(value)),
        Test::Present => present(column),
    }
}

/// A question about a column whose letter case matters.
pub(crate) fn exact<Table: 'static>(column: &str, test: Test<'_>) -> Expression<Table> {
    match test {
        Test::Is(op, value) => compare(column, op, value.to_owned()),
        Test::Present => present(column),
    }
}

/// A question about an attribute with rows of its own: `open` is a subselect up to its workspace.
pub(crate) fn in_rows_of<Table: 'static>(
    open: &'static str,
    workspace_id: &str,
    inner: Expression<Table>,
) -> Expression<Table> {
    Box::new(InRowsOf { open, workspace_id: workspace_id.to_owned(), inner })
}

/// `user_id IN (SELECT … WHERE workspace_id = $n AND inner)`: Diesel's own `eq_any(subselect)` can't hold a boxed
/// expression for both backends at once.
struct InRowsOf<Table: 'static> {
    open: &'static str,
    workspace_id: String,
    inner: Expression<Table>,
}

impl<Table> diesel::expression::Expression for InRowsOf<Table> {
    type SqlType = Bool;
}

impl<Table> QueryId for InRowsOf<Table> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Table> ValidGrouping<()> for InRowsOf<Table> {
    type IsAggregate = is_aggregate::No;
}

impl<Table> SelectableExpression<Table> for InRowsOf<Table> {}
impl<Table> AppearsOnTable<Table> for InRowsOf<Table> {}

impl<Table> QueryFragment<Db> for InRowsOf<Table> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("(");
        out.push_sql(self.open);
        out.push_bind_param::<Text, _>(&self.workspace_id)?;
        out.push_sql(" AND ");
        self.inner.walk_ast(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

fn present<Table: 'static>(column: &str) -> Expression<Table> {
    Box::new(sql::<Bool>(&format!("({column} IS NOT NULL)")))
}

/// Compares exactly, by functions that both databases have: LIKE ignores ASCII case on one and not on the other.
fn compare<Table: 'static>(column: &str, op: Op, value: String) -> Expression<Table> {
    if value.is_empty() && op != Op::Equal {
        return present(column);
    }
    let there = format!("({column} IS NOT NULL AND ");
    let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    match op {
        Op::Equal => Box::new(sql::<Bool>(&format!("{there} {column} = ")).bind::<Text, _>(value).sql(")")),
        Op::StartsWith => Box::new(
            sql::<Bool>(&format!("{there} substr({column}, 1, CAST("))
                .bind::<BigInt, _>(length)
                .sql(" AS INTEGER)) = ")
                .bind::<Text, _>(value)
                .sql(")"),
        ),
        Op::Contains => Box::new(
            sql::<Bool>(&format!("{there} replace({column}, "))
                .bind::<Text, _>(value)
                .sql(&format!(", '') <> {column})")),
        ),
        Op::EndsWith => Box::new(
            sql::<Bool>(&format!("{there} length({column}) >= "))
                .bind::<BigInt, _>(length)
                .sql(&format!(" AND substr({column}, CAST(length({column}) + 1 - "))
                .bind::<BigInt, _>(length)
                .sql(" AS INTEGER)) = ")
                .bind::<Text, _>(value)
                .sql(")"),
        ),
    }
}

fn moment<Table: 'static>(name: &str, order: Order, at: Micros) -> Expression<Table> {
    let operator = match order {
        Order::Equal => "=",
        Order::After => ">",
        Order::NotBefore => ">=",
        Order::Before => "<",
        Order::NotAfter => "<=",
    };
    Box::new(sql::<Bool>(&format!("{name} {operator} ")).bind::<BigInt, _>(at))
}
