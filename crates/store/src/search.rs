//! Conditions on users and groups, and the order they come in. A SCIM filter becomes a [`Condition`] in `scim`; here it
//! becomes SQL that means the same on both databases: over real, indexed columns where there are some, over the JSON of
//! `users.comparable` for the rest. Every condition is true or false, never NULL, so that `not` means not.

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

/// What must hold of a resource, or of one of its values.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Holds of every one.
    Always,
    /// Holds of none.
    Never,
    /// What is at that place meets the test.
    Is(Place, Test),
    /// At least one of these values meets the condition, whose places are parts of that value.
    Any(Rows, Box<Condition>),
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
}

impl Condition {
    /// Whether the resources that meet it are found without looking at each one: all in the order of ids, or those that an index
    /// has under one value.
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
            // Whether a database joins several indexes is its planner's decision.
            Condition::Or(_)
            | Condition::Not(_)
            | Condition::Always
            | Condition::Is(..)
            | Condition::Any(..) => false,
        }
    }

    /// How many comparisons it makes with what has no column of its own: parts of a document, rows of other tables. They are what
    /// a search costs for each resource.
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

    /// The opposite.
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

/// One question about one value. Texts are compared as given: who asks has folded them where the place holds folded ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is a value.
    Present,
    /// A text compares so, by code points.
    Text(Op, String),
    /// It is this truth value.
    Truth(bool),
    /// A whole number, or a moment in microseconds, compares so.
    Whole(Op, i64),
    /// A number compares so, as floating point.
    Real(Op, f64),
}

/// How values are compared.
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
