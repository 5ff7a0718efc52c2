//! Conditions on users and groups, and their order. `scim` translates a SCIM filter to a [`Condition`]; this module translates it
//! to SQL with the same meaning on both databases: with real, indexed columns where they exist, and otherwise with the JSON of
//! `users.comparable`. Each condition is true or false, never NULL, so that `not` is the negation.

mod ids;
mod page;
mod place;
mod render;
#[cfg(test)]
mod tests;

pub(crate) use crate::db::fragment::Fragment;
pub(crate) use ids::{ids_table, in_ids};
pub use page::{From, Key, Listed, Page, Sort, SortKind};
pub(crate) use page::{PageSql, total_of};
pub use place::{Column, Place, Rows, Scope};
pub(crate) use render::Dialect;

/// A condition on a resource, or on one of its values.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// True for every resource.
    Always,
    /// True for no resource.
    Never,
    /// The value at this place passes the test.
    Is(Place, Test),
    /// At least one of these values meets the condition, which refers to parts of that value.
    Any(Rows, Box<Condition>),
    /// All conditions are true.
    And(Vec<Condition>),
    /// At least one condition is true.
    Or(Vec<Condition>),
    /// The condition is false.
    Not(Box<Condition>),
}

impl Condition {
    /// Whether matching resources are found without a check of each resource: all of them ordered by id, or those under one value
    /// of an index.
    pub fn is_indexed(&self) -> bool {
        *self == Condition::Always || self.is_found_by_index()
    }

    fn is_found_by_index(&self) -> bool {
        match self {
            Condition::Never => true,
            Condition::Is(Place::Column(column), Test::Text(Op::Equal, _)) => {
                matches!(column, Column::Id | Column::UserName | Column::ExternalId | Column::DisplayName)
            }
            Condition::Any(Rows::Emails, inner) => {
                matches!(**inner, Condition::Is(_, Test::Text(Op::Equal, _)))
            }
            Condition::And(parts) => parts.iter().any(Condition::is_found_by_index),
            // The planner of the database decides whether it combines several indexes.
            Condition::Or(_)
            | Condition::Not(_)
            | Condition::Always
            | Condition::Is(..)
            | Condition::Any(..) => false,
        }
    }

    /// Number of comparisons with values that have no column: parts of a document, rows of other tables. They determine the cost
    /// of a search for each resource.
    pub fn scattered_tests(&self) -> usize {
        match self {
            Condition::Always | Condition::Never | Condition::Is(Place::Column(_), _) => 0,
            Condition::Is(..) => 1,
            Condition::Any(_, inner) => inner.scattered_tests().max(1),
            Condition::Not(inner) => inner.scattered_tests(),
            Condition::And(parts) | Condition::Or(parts) => {
                parts.iter().map(Condition::scattered_tests).sum()
            }
        }
    }

    /// The negation.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Condition::Always => Condition::Never,
            Condition::Never => Condition::Always,
            Condition::Not(inner) => *inner,
            other => Condition::Not(Box::new(other)),
        }
    }
}

/// A test of one value. Texts are compared as given: the caller folds them if the place contains folded texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is a value.
    Present,
    /// Comparison with a text, by code points.
    Text(Op, String),
    /// Equality with this boolean.
    Truth(bool),
    /// Comparison with an integer, or a time in microseconds.
    Whole(Op, i64),
    /// Comparison with a floating-point number.
    Real(Op, f64),
}

/// Comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Equal,
    /// Greater, or later.
    After,
    /// Greater or equal.
    NotBefore,
    /// Less, or earlier.
    Before,
    /// Less or equal.
    NotAfter,
    /// Begins with; texts only.
    StartsWith,
    /// Contains; texts only.
    Contains,
    /// Ends with; texts only.
    EndsWith,
}
