//! Conditions on one value: an operator and a literal in the store's terms.

use vestibule_core::fold;
use vestibule_scim_engine::{
    error::Rejection,
    filter::{Instant, Literal, Op},
    schema::{Attribute, Type},
};
use vestibule_store::search::{Column, Condition, Op as Relation, Place, Rows, Test};

/// The condition `emails.value eq "x"`, which uses the index of email addresses.
pub(super) fn by_email(leaf: &Attribute, value: &Literal) -> Result<Condition, Rejection> {
    let inner = is(leaf, Place::Row(Column::Email), Op::Eq, value)?;
    Ok(Condition::Any(Rows::Emails, Box::new(inner)))
}

/// The condition that one of these constant texts satisfies the test.
pub(super) fn constant(texts: &[(String, Condition)], is_match: impl Fn(&str) -> bool) -> Condition {
    let matching = texts.iter().filter(|(text, _)| is_match(text)).map(|(_, when)| when.clone());
    match matching.collect::<Vec<_>>() {
        matching if matching.contains(&Condition::Always) => Condition::Always,
        matching if matching.is_empty() => Condition::Never,
        matching => Condition::Or(matching),
    }
}

/// The comparison of the value at a place with a literal. The operator is never `ne`: callers negate `eq`.
pub(super) fn is(leaf: &Attribute, place: Place, op: Op, value: &Literal) -> Result<Condition, Rejection> {
    let test = match (leaf.kind, value) {
        (Type::Boolean, value) => Test::Truth(value.as_bool().ok_or_else(|| cannot_compare(leaf))?),
        (Type::Integer, Literal::Number(number)) => match number.as_i64() {
            Some(whole) => Test::Whole(relation(op), whole),
            None => Test::Real(relation(op), number.as_f64().ok_or_else(|| cannot_compare(leaf))?),
        },
        (Type::Decimal, Literal::Number(number)) => {
            Test::Real(relation(op), number.as_f64().ok_or_else(|| cannot_compare(leaf))?)
        }
        (Type::DateTime, Literal::String(text)) => {
            let at = Instant::parse(text).ok_or_else(|| cannot_compare(leaf))?;
            match (at.is_whole_micros(), op) {
                // Stored times have microseconds: none equals a time between two of them.
                (false, Op::Eq) => return Ok(Condition::Never),
                (false, Op::Ge) => Test::Whole(Relation::After, at.as_micros()),
                (false, Op::Lt) => Test::Whole(Relation::NotAfter, at.as_micros()),
                _ => Test::Whole(relation(op), at.as_micros()),
            }
        }
        (_, Literal::String(text)) => {
            // Names and addresses are compared by their unique key, which has no outer spaces.
            let has_key = matches!(
                &place,
                Place::Column(Column::UserName | Column::DisplayName)
                    | Place::Row(Column::UserName | Column::DisplayName | Column::Email)
            );
            if !leaf.case_exact && has_key && op == Op::Eq {
                return Ok(key_is(place, text));
            }
            let text = if leaf.case_exact { text.to_string() } else { text.folded().to_owned() };
            Test::Text(relation(op), text)
        }
        _ => return Err(cannot_compare(leaf)),
    };
    Ok(Condition::Is(place, test))
}

/// The condition that the name at a place has the key of this text. Rows with a key of an older version are found by that key.
fn key_is(place: Place, text: &str) -> Condition {
    let equal = |key: String| Condition::Is(place.clone(), Test::Text(Relation::Equal, key));
    let (new, old) = (fold::fold(text), fold::letter_case(text));
    if new == old { equal(new) } else { Condition::Or(vec![equal(new), equal(old)]) }
}

fn relation(op: Op) -> Relation {
    match op {
        Op::Eq | Op::Ne => Relation::Equal,
        Op::Co => Relation::Contains,
        Op::Sw => Relation::StartsWith,
        Op::Ew => Relation::EndsWith,
        Op::Gt => Relation::After,
        Op::Ge => Relation::NotBefore,
        Op::Lt => Relation::Before,
        Op::Le => Relation::NotAfter,
    }
}

/// The refusal of a literal that does not fit the attribute.
pub(super) fn cannot_compare(leaf: &Attribute) -> Rejection {
    Rejection::filter(format!("{} can't be compared with this value", leaf.name))
}
