//! Filters in brackets, which one value must satisfy as a whole (RFC 7644 §3.4.2.2, valuePath).

use vestibule_scim_engine::{
    error::Rejection,
    filter::{self, Filter, Literal, Op, sub_attribute},
    path::AttrPath,
    schema::Attribute,
};
use vestibule_store::search::{Condition, Place, Rows, Test};

use super::{
    comparison::{by_email, cannot_compare, constant, is},
    source::{Source, part_of},
};

/// The condition that at least one value of the attribute satisfies the filter.
pub(super) fn any(source: &Source<'_>, filter: &Filter, base: &str) -> Result<Condition, Rejection> {
    match source {
        Source::Constant(attribute, texts) => {
            Ok(constant(texts, |text| filter::element_matches(filter, &text.into(), attribute)))
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

/// The indexed condition that a filter such as `emails[type eq "work" and value eq "x"]` implies: the user has this address.
fn indexed(rows: &Rows, attribute: &Attribute, filter: &Filter) -> Result<Option<Condition>, Rejection> {
    let emails = matches!(rows, Rows::Elements(names) if names.as_slice() == ["emails"]);
    let terms = match filter {
        Filter::And(terms) => terms.as_slice(),
        term => std::slice::from_ref(term),
    };
    let value = terms.iter().find_map(|term| match term {
        Filter::Compare { attr, op: Op::Eq, value: value @ Literal::String(_) } => {
            sub_attribute(attr, attribute).filter(|part| part.name == "value").map(|part| (part, value))
        }
        _ => None,
    });
    match value {
        Some((part, value)) if emails => by_email(part, value).map(Some),
        _ => Ok(None),
    }
}

/// The value that the filter is applied to.
struct Element<'a> {
    attribute: &'a Attribute,
    /// The rows of a multi-valued attribute.
    rows: Option<&'a Rows>,
    /// The place of a single value.
    place: Option<&'a Place>,
    /// The SCIM base URL of the workspace.
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
            Filter::ValuePath { .. } => return Err(cannot_compare(self.attribute)),
        })
    }

    fn part(&self, attr: &AttrPath) -> Result<(&Attribute, Part), Rejection> {
        let part = sub_attribute(attr, self.attribute).ok_or_else(|| cannot_compare(self.attribute))?;
        let whole = !self.attribute.is_complex();
        let found = match (self.rows, self.place) {
            (Some(Rows::Elements(_)), _) => Part::At(Place::Part((!whole).then(|| part.name.to_string()))),
            (Some(rows), _) => match part_of(rows, &part.name, self.base) {
                (Some(place), _) => Part::At(place),
                (None, Some(text)) => Part::Text(text),
                (None, None) => return Err(cannot_compare(part)),
            },
            (None, Some(Place::Document(names))) if !whole => {
                Part::At(Place::Document(names.iter().cloned().chain([part.name.to_string()]).collect()))
            }
            (None, Some(place)) => Part::At(place.clone()),
            (None, None) => return Err(cannot_compare(part)),
        };
        Ok((part, found))
    }
}

/// A sub-attribute of the value: a place, or a constant text.
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
