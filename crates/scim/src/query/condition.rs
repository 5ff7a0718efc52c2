//! A checked filter as a [`Condition`] that the store looks up: the same meaning as [`filter::matches`], which a test
//! holds it against. Nothing is ever evaluated by loading the directory, and nothing is ignored.

mod column;
mod element;

pub(crate) use column::{Source, of as source_of};
use vestibule_core::fold;
use vestibule_scim_engine::{
    error::{Rejection, ScimType},
    filter::{self, Filter, Instant, Literal, Op},
    path::AttrPath,
    schema::{Attribute, Schema, Type},
};
use vestibule_store::search::{Column, Condition, Op as Relation, Place, Rows, Test};

/// The condition that a filter means. `base` is the workspace's SCIM base URL.
///
/// # Errors
/// `invalidFilter`: unknown attributes, operators that don't fit, and `meta.version`, which nobody can look up.
pub(crate) fn of(filter: &Filter, schema: &Schema, base: &str) -> Result<Condition, Rejection> {
    filter::check(filter, schema)?;
    Compiler { schema, base }.condition(filter)
}

struct Compiler<'a> {
    schema: &'a Schema,
    base: &'a str,
}

impl<'a> Compiler<'a> {
    fn condition(&self, filter: &Filter) -> Result<Condition, Rejection> {
        let each = |parts: &[Filter]| parts.iter().map(|part| self.condition(part)).collect::<Result<_, _>>();
        Ok(match filter {
            Filter::And(parts) => Condition::And(each(parts)?),
            Filter::Or(parts) => Condition::Or(each(parts)?),
            Filter::Not(inner) => self.condition(inner)?.negated(),
            Filter::Present(attr) => self.source(attr)?.present(),
            Filter::Compare { attr, op, value } => self.compare(&self.source(attr)?, *op, value)?,
            Filter::ValuePath { attr, filter } => element::any(&self.source(attr)?, filter, self.base)?,
        })
    }

    fn source(&self, attr: &AttrPath) -> Result<Source<'a>, Rejection> {
        let found = self.schema.find(attr).ok_or_else(|| Rejection::filter(format!("there is no {attr}")))?;
        source_of(found, self.schema, self.base)
            .ok_or_else(|| Rejection::new(ScimType::InvalidFilter, format!("{attr} can't be searched by")))
    }

    fn compare(&self, source: &Source<'_>, op: Op, value: &Literal) -> Result<Condition, Rejection> {
        match (value, op) {
            (Literal::Null, Op::Eq) => return Ok(source.present().negated()),
            (Literal::Null, _) => return Ok(source.present()),
            _ => {}
        }
        let source = source.compared();
        Ok(match &source {
            Source::Constant(leaf, texts) => {
                constant(texts, |text| filter::compare(leaf, &text.into(), op, value))
            }
            Source::Scalar(leaf, place) if op == Op::Ne => is(leaf, place.clone(), Op::Eq, value)?.negated(),
            Source::Scalar(leaf, place) => is(leaf, place.clone(), op, value)?,
            Source::Plural {
                leaf, rows: Rows::Elements(names), part: Some(Place::Part(Some(part))), ..
            } if op == Op::Eq && names.as_slice() == ["emails"] && part == "value" => by_email(leaf, value)?,
            Source::Plural { leaf, rows, part: Some(place), .. } => {
                let any = |inner| Condition::Any(rows.clone(), Box::new(inner));
                let there = || Condition::Is(place.clone(), Test::Present);
                if op == Op::Ne {
                    // Holds when there is no value, or when one differs.
                    let differs = is(leaf, place.clone(), Op::Eq, value)?.negated();
                    Condition::Or(vec![any(there()).negated(), any(Condition::And(vec![there(), differs]))])
                } else {
                    any(is(leaf, place.clone(), op, value)?)
                }
            }
            // Each value has the same text there.
            Source::Plural { leaf, rows, constant: Some(text), .. } => {
                let holds = filter::compare(leaf, &(*text).into(), op, value);
                let some = Condition::Any(rows.clone(), Box::new(Condition::Always));
                match (holds, op) {
                    (true, Op::Ne) => Condition::Always,
                    (true, _) => some,
                    (false, Op::Ne) => some.negated(),
                    (false, _) => Condition::Never,
                }
            }
            Source::Plural { leaf, .. } => return Err(no_value(leaf)),
        })
    }
}

/// The index of e-mail addresses answers `emails.value eq "x"`.
fn by_email(leaf: &Attribute, value: &Literal) -> Result<Condition, Rejection> {
    let inner = is(leaf, Place::Row(Column::Email), Op::Eq, value)?;
    Ok(Condition::Any(Rows::Emails, Box::new(inner)))
}

fn constant(texts: &[(String, Condition)], holds: impl Fn(&str) -> bool) -> Condition {
    let met = texts.iter().filter(|(text, _)| holds(text)).map(|(_, when)| when.clone());
    match met.collect::<Vec<_>>() {
        met if met.contains(&Condition::Always) => Condition::Always,
        met if met.is_empty() => Condition::Never,
        met => Condition::Or(met),
    }
}

/// One value at a place in that relation to the literal; never `ne`, which is the opposite of `eq`.
fn is(leaf: &Attribute, place: Place, op: Op, value: &Literal) -> Result<Condition, Rejection> {
    let test = match (leaf.kind, value) {
        (Type::Boolean, value) => Test::Truth(value.as_bool().ok_or_else(|| no_value(leaf))?),
        (Type::Integer, Literal::Number(number)) => match number.as_i64() {
            Some(whole) => Test::Whole(relation(op), whole),
            None => Test::Real(relation(op), number.as_f64().ok_or_else(|| no_value(leaf))?),
        },
        (Type::Decimal, Literal::Number(number)) => {
            Test::Real(relation(op), number.as_f64().ok_or_else(|| no_value(leaf))?)
        }
        (Type::DateTime, Literal::String(text)) => {
            let at = Instant::parse(text).ok_or_else(|| no_value(leaf))?;
            match (at.is_whole_micros(), op) {
                // What is stored ends at microseconds: nothing equals a moment between two, and after it is from the next on.
                (false, Op::Eq) => return Ok(Condition::Never),
                (false, Op::Ge) => Test::Whole(Relation::After, at.as_micros()),
                (false, Op::Lt) => Test::Whole(Relation::NotAfter, at.as_micros()),
                _ => Test::Whole(relation(op), at.as_micros()),
            }
        }
        (_, Literal::String(text)) => {
            // Names and addresses are equal by the key that makes them unique, which has no outer blanks.
            let keyed = matches!(
                &place,
                Place::Column(Column::UserName | Column::DisplayName)
                    | Place::Row(Column::UserName | Column::DisplayName | Column::Email)
            );
            if !leaf.case_exact && keyed && op == Op::Eq {
                return Ok(has_key(place, text));
            }
            let text = if leaf.case_exact { text.to_string() } else { text.folded().to_owned() };
            Test::Text(relation(op), text)
        }
        _ => return Err(no_value(leaf)),
    };
    Ok(Condition::Is(place, test))
}

/// The name at a place has the key of this one. A row that kept the key of an older version is found by that, too.
fn has_key(place: Place, text: &str) -> Condition {
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

fn no_value(leaf: &Attribute) -> Rejection {
    Rejection::filter(format!("{} can't be compared with that", leaf.name))
}
