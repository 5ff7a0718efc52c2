//! Translates a filter into a [`Condition`] of the store with the same meaning as [`filter::matches`]; a test compares
//! the two. No term is ignored, and none is evaluated by loading the directory.

mod comparison;
mod element;
mod source;

use comparison::{by_email, cannot_compare, constant, is};
pub(crate) use source::{Source, of as source_of};
use vestibule_scim_engine::{
    error::Rejection,
    filter::{self, Filter, Literal, Op},
    path::AttrPath,
    schema::Schema,
};
use vestibule_store::search::{Condition, Place, Rows, Test};

/// The condition of a filter. `base` is the SCIM base URL of the workspace.
///
/// # Errors
/// `invalidFilter` for unknown attributes, operators that do not fit, and `meta.version`, which is computed.
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
            .ok_or_else(|| Rejection::filter(format!("{attr} can't be used in a filter")))
    }

    fn compare(&self, source: &Source<'_>, op: Op, value: &Literal) -> Result<Condition, Rejection> {
        match (value, op) {
            (Literal::Null, Op::Eq) => return Ok(source.present().negated()),
            (Literal::Null, _) => return Ok(source.present()),
            _ => {}
        }
        let source = source.to_compare();
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
                let present = || Condition::Is(place.clone(), Test::Present);
                if op == Op::Ne {
                    // `ne` is true if there is no value, or if one differs.
                    let differs = is(leaf, place.clone(), Op::Eq, value)?.negated();
                    Condition::Or(vec![
                        any(present()).negated(),
                        any(Condition::And(vec![present(), differs])),
                    ])
                } else {
                    any(is(leaf, place.clone(), op, value)?)
                }
            }
            // Every value has the same text in this sub-attribute.
            Source::Plural { leaf, rows, constant: Some(text), .. } => {
                let is_true = filter::compare(leaf, &(*text).into(), op, value);
                let some = Condition::Any(rows.clone(), Box::new(Condition::Always));
                match (is_true, op) {
                    (true, Op::Ne) => Condition::Always,
                    (true, _) => some,
                    (false, Op::Ne) => some.negated(),
                    (false, _) => Condition::Never,
                }
            }
            Source::Plural { leaf, .. } => return Err(cannot_compare(leaf)),
        })
    }
}
