//! Comparing one value with one literal, by the type of the attribute and its `caseExact`.
//! A pair that can't be compared is never equal, greater or less; it must never match by accident.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{Instant, Literal, Op, fold};
use crate::schema::{Attribute, Type};

/// Whether the value of the attribute stands in that relation to the literal. `ne` is the opposite of `eq`.
pub(crate) fn compare(attribute: &Attribute, value: &Value, op: Op, literal: &Literal) -> bool {
    if op == Op::Ne {
        return !compare(attribute, value, Op::Eq, literal);
    }
    match (attribute.kind, value, literal) {
        (Type::Boolean, Value::Bool(value), literal) => op == Op::Eq && literal.as_bool() == Some(*value),
        (Type::Integer, Value::Number(value), Literal::Number(literal)) => {
            order(value, literal).is_some_and(|order| holds(op, order))
        }
        // Floating point on both sides, as both databases compare them.
        (Type::Decimal, Value::Number(value), Literal::Number(literal)) => {
            let order = value.as_f64().zip(literal.as_f64()).and_then(|(one, other)| one.partial_cmp(&other));
            order.is_some_and(|order| holds(op, order))
        }
        (Type::DateTime, Value::String(value), Literal::String(literal)) => {
            match (Instant::parse(value), Instant::parse(literal)) {
                (Some(value), Some(literal)) => holds(op, value.cmp(&literal)),
                _ => false,
            }
        }
        (kind, Value::String(value), Literal::String(literal)) if kind.is_textual() => {
            if attribute.case_exact {
                compare_text(value, op, literal)
            } else {
                compare_text(&fold(value), op, &fold(literal))
            }
        }
        _ => false,
    }
}

fn compare_text(value: &str, op: Op, literal: &str) -> bool {
    match op {
        Op::Co => value.contains(literal),
        Op::Sw => value.starts_with(literal),
        Op::Ew => value.ends_with(literal),
        _ => holds(op, value.cmp(literal)),
    }
}

fn holds(op: Op, order: Ordering) -> bool {
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
    // Whole numbers as such: beyond 2^53 neighbours would become equal.
    match (value.as_i128(), literal.as_i128()) {
        (Some(value), Some(literal)) => Some(value.cmp(&literal)),
        _ => value.as_f64()?.partial_cmp(&literal.as_f64()?),
    }
}
