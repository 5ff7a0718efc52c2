//! Compares one value with one literal, by the type of the attribute and its `caseExact`. A pair that cannot be
//! compared never matches, except with `ne`.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Number, Value};

use super::{Instant, Literal, Op, fold};
use crate::schema::{Attribute, Type};

/// A value prepared for comparisons with any number of literals.
pub(super) enum Operand<'a> {
    /// A text, folded unless the attribute has `caseExact`.
    Text(Cow<'a, str>),
    /// A date and time.
    Instant(Instant),
    /// A value of another type.
    Other(&'a Value),
}

impl<'a> Operand<'a> {
    pub(super) fn of(attribute: &Attribute, value: &'a Value) -> Self {
        match (attribute.kind, value) {
            (Type::DateTime, Value::String(text)) => {
                Instant::parse(text).map_or(Self::Other(value), Self::Instant)
            }
            (kind, Value::String(text)) if kind.is_textual() => Self::Text(match attribute.case_exact {
                true => Cow::Borrowed(text),
                false => Cow::Owned(fold(text)),
            }),
            _ => Self::Other(value),
        }
    }

    /// Whether the comparison is true. `ne` is the negation of `eq`.
    pub(super) fn compare(&self, attribute: &Attribute, op: Op, literal: &Literal) -> bool {
        if op == Op::Ne {
            return !self.compare(attribute, Op::Eq, literal);
        }
        match (attribute.kind, self, literal) {
            (Type::Boolean, Self::Other(Value::Bool(value)), literal) => {
                op == Op::Eq && literal.as_bool() == Some(*value)
            }
            (Type::Integer, Self::Other(Value::Number(value)), Literal::Number(literal)) => {
                order(value, literal).is_some_and(|order| is_true(op, order))
            }
            // Compares floating point numbers, as both databases do.
            (Type::Decimal, Self::Other(Value::Number(value)), Literal::Number(literal)) => {
                let order =
                    value.as_f64().zip(literal.as_f64()).and_then(|(one, other)| one.partial_cmp(&other));
                order.is_some_and(|order| is_true(op, order))
            }
            (_, Self::Instant(value), Literal::String(literal)) => {
                Instant::parse(literal).is_some_and(|literal| is_true(op, value.cmp(&literal)))
            }
            (_, Self::Text(value), Literal::String(literal)) => {
                compare_text(value, op, if attribute.case_exact { literal } else { literal.folded() })
            }
            _ => false,
        }
    }
}

/// Whether the comparison of a value of the attribute with the literal is true.
pub fn compare(attribute: &Attribute, value: &Value, op: Op, literal: &Literal) -> bool {
    Operand::of(attribute, value).compare(attribute, op, literal)
}

fn compare_text(value: &str, op: Op, literal: &str) -> bool {
    match op {
        Op::Co => value.contains(literal),
        Op::Sw => value.starts_with(literal),
        Op::Ew => value.ends_with(literal),
        _ => is_true(op, value.cmp(literal)),
    }
}

fn is_true(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Co | Op::Sw | Op::Ew => false,
    }
}

fn order(value: &Number, literal: &Number) -> Option<Ordering> {
    // Compares integers as integers: beyond 2^53 different ones would be equal as floating point numbers.
    match (value.as_i128(), literal.as_i128()) {
        (Some(value), Some(literal)) => Some(value.cmp(&literal)),
        _ => value.as_f64()?.partial_cmp(&literal.as_f64()?),
    }
}
