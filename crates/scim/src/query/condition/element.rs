//! A filter in brackets: one value meets all of it (RFC 7644 §3.4.2.2, valuePath).

use vestibule_scim_engine::{
    error::Rejection,
    filter::{self, Filter, Literal, Op, part as part_named},
    schema::Attribute,
};
use vestibule_store::search::{Condition, Place, Rows, Test};

use super::{Source, by_email, is, no_value};
use crate::query::condition::column::part_of;

/// At least one value of the attribute meets the filter.
pub(super) fn any(source: &Source<'_>, filter: &Filter, base: &str) -> Result<Condition, Rejection> {
    match source {
        Source::Constant(attribute, texts) => {
            Ok(super::constant(texts, |text| filter::element_matches(filter, &text.into(), attribute)))
        }
        Source::Scalar(attribute, place) => {
            let inner = Element { attribute, rows: None, place: Some(place), base }.condition(filter)?;
            Ok(Condition::And(vec![Condition::Is(place.clone(), Test::Present), inner]))
        }
        Source::Plural { attribute, rows, .. } => {
            let inner = Element { attribute, rows: Some(rows), place: None, base }.condition(filter)?;
            let any = Condition::Any(rows.clone(), Box::new(inner));
            Ok(match indexed(rows, attribute, filter)? {
                Some(indexed) => Condition::And(vec![indexed, any]),
                None => any,
            })
        }
    }
}

/// `emails[type eq "work" and value eq "x"]`: whoever meets it has that address, and addresses have an index.
fn indexed(rows: &Rows, attribute: &Attribute, filter: &Filter) -> Result<Option<Condition>, Rejection> {
    let emails = matches!(rows, Rows::Elements(names) if names.as_slice() == ["emails"]);
    let terms = match filter {
        Filter::And(terms) => terms.as_slice(),
        term => std::slice::from_ref(term),
    };
    let named = terms.iter().find_map(|term| match term {
        Filter::Compare { attr, op: Op::Eq, value: value @ Literal::String(_) } => {
            part_named(attr, attribute).filter(|part| part.name == "value").map(|part| (part, value))
        }
        _ => None,
    });
    match named {
        Some((part, value)) if emails => by_email(part, value).map(Some),
        _ => Ok(None),
    }
}

/// The value that the filter is about.
struct Element<'a> {
    attribute: &'a Attribute,
    /// Among these,
    rows: Option<&'a Rows>,
    /// or the only one, there.
    place: Option<&'a Place>,
    /// Where the workspace's SCIM is.
    base: &'a str,
}

impl Element<'_> {
    fn condition(&self, filter: &Filter) -> Result<Condition, Rejection> {
        let each = |parts: &[Filter]| parts.iter().map(|part| self.condition(part)).collect::<Result<_, _>>();
        Ok(match filter {
            Filter::And(parts) => Condition::And(each(parts)?),
            Filter::Or(parts) => Condition::Or(each(parts)?),
            Filter::Not(inner) => self.condition(inner)?.negated(),
            Filter::Present(attr) => self.part(attr)?.1.present(),
            Filter::Compare { attr, op, value } => {
                let (part, found) = self.part(attr)?;
                match (value, op, found) {
                    (Literal::Null, Op::Eq, found) => found.present().negated(),
                    (Literal::Null, _, found) => found.present(),
                    (value, Op::Ne, Part::At(place)) => is(part, place, Op::Eq, value)?.negated(),
                    (value, op, Part::At(place)) => is(part, place, *op, value)?,
                    (value, op, Part::Text(text)) => match filter::compare(part, &text.into(), *op, value) {
                        true => Condition::Always,
                        false => Condition::Never,
                    },
                }
            }
            Filter::ValuePath { .. } => return Err(no_value(self.attribute)),
        })
    }

    fn part(&self, attr: &vestibule_scim_engine::path::AttrPath) -> Result<(&Attribute, Part), Rejection> {
        let part = part_named(attr, self.attribute).ok_or_else(|| no_value(self.attribute))?;
        let whole = !self.attribute.is_complex();
        let found = match (self.rows, self.place) {
            (Some(Rows::Elements(_)), _) => Part::At(Place::Part((!whole).then(|| part.name.to_string()))),
            (Some(rows), _) => match part_of(rows, &part.name, self.base) {
                (Some(place), _) => Part::At(place),
                (None, Some(text)) => Part::Text(text),
                (None, None) => return Err(no_value(part)),
            },
            (None, Some(Place::Document(names))) if !whole => {
                Part::At(Place::Document(names.iter().cloned().chain([part.name.to_string()]).collect()))
            }
            (None, Some(place)) => Part::At(place.clone()),
            (None, None) => return Err(no_value(part)),
        };
        Ok((part, found))
    }
}

/// A part of the value.
enum Part {
    At(Place),
    Text(&'static str),
}

impl Part {
    fn present(&self) -> Condition {
        match self {
            Part::At(place) => Condition::Is(place.clone(), Test::Present),
            Part::Text(_) => Condition::Always,
        }
    }
}
