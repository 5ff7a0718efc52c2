//! SCIM filters (RFC 7644 §3.4.2.2): parsed, checked against a schema, evaluated, printed. A text that is no valid filter
//! is refused; a filter must never match more than it says.

mod check;
mod compare;
mod element;
mod evaluate;
mod instant;
#[cfg(test)]
mod interop_tests;
mod parse;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use std::{fmt, ops::Deref};

use serde_json::Number;

use crate::path::AttrPath;

pub use check::{check, sub_attribute};
pub use compare::compare;
pub(crate) use element::ElementFilter;
pub use evaluate::{element_matches, matches};
pub use instant::Instant;
pub use parse::parse;
pub(crate) use parse::parse_element;
/// Folds a text for comparisons: as stored keys are folded, but without trimming.
pub(crate) use vestibule_core::fold::letters as fold;

/// The longest filter, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// The deepest nesting of parentheses, brackets and `not`.
pub(crate) const MAX_DEPTH: usize = 32;
/// The most comparisons of one filter.
pub(crate) const MAX_TERMS: usize = 200;

/// A filter, as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// True if all of these filters are true. The parser creates it with two or more.
    And(Vec<Filter>),
    /// True if one of these filters is true. The parser creates it with two or more.
    Or(Vec<Filter>),
    /// True if this filter is false.
    Not(Box<Filter>),
    /// `attr op value`.
    Compare {
        /// The attribute.
        attr: AttrPath,
        /// The operator.
        op: Op,
        /// The literal.
        value: Literal,
    },
    /// `attr pr`: the attribute has a value.
    Present(AttrPath),
    /// `attr[filter]`: one value satisfies the filter, whose paths are sub-attributes of the value.
    ValuePath {
        /// The attribute, never a sub-attribute.
        attr: AttrPath,
        /// The condition on one value.
        filter: Box<Filter>,
    },
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal, or no value at all.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater, or later.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, or earlier.
    Lt,
    /// Less or equal.
    Le,
}

impl Op {
    /// All operators.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator with this name in any letter case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(word))
    }

    /// The name of the operator.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// The value that an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, without its quotes and escapes.
    String(Text),
}

/// A text literal with its folded form, which is computed once because the filter is compared with many values.
#[derive(Debug, Clone)]
pub struct Text {
    sent: String,
    folded: String,
}

impl Text {
    /// The folded form, for attributes without `caseExact`.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl From<String> for Text {
    fn from(sent: String) -> Self {
        let folded = fold(&sent);
        Self { sent, folded }
    }
}

impl From<&str> for Text {
    fn from(sent: &str) -> Self {
        sent.to_owned().into()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.sent
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.sent == other.sent
    }
}

impl Literal {
    /// The boolean, also in quotes, which some clients send.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The text, if the literal is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::String(text) => {
                serde_json::to_string(&**text).map_err(|_| fmt::Error).and_then(|s| f.write_str(&s))
            }
        }
    }
}

/// Prints a filter so that it parses to the same tree. Adds parentheses only where the tree needs them.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut join = |parts: &[Filter], word: &str, wrap: fn(&Filter) -> bool| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                if wrap(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
            }
            Ok(())
        };
        match self {
            Self::And(parts) => join(parts, "and", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => join(parts, "or", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { attr, op, value } => write!(f, "{attr} {} {value}", op.as_str()),
            Self::Present(attr) => write!(f, "{attr} pr"),
            Self::ValuePath { attr, filter } => write!(f, "{attr}[{filter}]"),
        }
    }
}
