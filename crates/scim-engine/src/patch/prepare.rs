//! A PATCH made ready before the resource is read: paths resolved, filters checked, values brought to their canonical
//! form. What is wrong with the request alone is refused here, outside the transaction that applies it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    path::PatchPath,
    request::{Action, Operation, Request},
};
use crate::{
    document::coerce::{self, Mode, Parts},
    error::{Rejection, quote},
    filter::{ElementFilter, Filter, Literal, Op},
    schema::{Attribute, Definition, Found, Schema, Target, Type, is_never_stored},
};

/// A PATCH of a resource of one schema, ready to be applied.
pub struct Prepared<'a> {
    pub(super) schema: &'a Schema,
    pub(super) steps: Vec<Step<'a>>,
}

/// A change of one attribute; an operation without a path is one for each member of its value.
pub(super) struct Step<'a> {
    pub(super) path: Cow<'a, PatchPath>,
    pub(super) action: Action,
    pub(super) to: To<'a>,
}

/// What a step changes.
pub(super) enum To<'a> {
    /// Takes the whole extension object away.
    Extension(&'a Definition),
    /// Changes an attribute, or a part of it.
    Attribute(Found<'a>, Box<New<'a>>),
}

/// What a step brings, in canonical form.
pub(super) enum New<'a> {
    /// Takes the attribute away.
    Nothing,
    /// Of an attribute with one value, simple.
    Single(Option<Value>),
    /// Of an attribute with one value, complex: the parts that were sent.
    Parts(Parts<'a>),
    /// Of an attribute with many values: whole values.
    Values(Vec<Value>),
    /// One whole value, for those that the filter picks.
    Chosen(Option<Value>, Chosen<'a>),
    /// One part, for those that the filter picks; for all without one.
    Part(&'a Attribute, Option<Value>, Option<Chosen<'a>>),
}

/// Which values a filter picks, and what a value begins with that is made because it picks none.
pub(super) struct Chosen<'a> {
    pub(super) filter: ElementFilter<'a>,
    pub(super) seed: Option<Map<String, Value>>,
}

impl<'a> Prepared<'a> {
    /// Whether an operation changes this attribute of the core schema, in any letter case.
    pub fn changes(&self, attribute: &str) -> bool {
        self.steps.iter().any(|step| step.path.target.attr.eq_ignore_ascii_case(attribute))
    }

    /// Makes a request ready for resources of that schema.
    ///
    /// # Errors
    /// `invalidPath`, `invalidFilter`, `invalidValue`, `mutability`, `noTarget`.
    pub fn new(request: &'a Request, schema: &'a Schema) -> Result<Self, Rejection> {
        let mut prepared = Self { schema, steps: Vec::new() };
        for Operation { action, path, value } in &request.operations {
            let value = value.as_ref().unwrap_or(&Value::Null);
            match path {
                Some(path) => prepared.at_path(Cow::Borrowed(path), *action, value, Origin::Path)?,
                None => prepared.merge(*action, value)?,
            }
        }
        Ok(prepared)
    }

    /// An operation on the resource itself: each member of its value is an operation of its own.
    fn merge(&mut self, action: Action, value: &Value) -> Result<(), Rejection> {
        let Some(members) = value.as_object() else {
            return Err(Rejection::value("without a 'path' the 'value' must be an object of attributes"));
        };
        for (name, value) in members {
            // Names may be paths: Entra sends `name.familyName`, even `emails[type eq "work"].value`.
            self.at_path(Cow::Owned(PatchPath::parse(name)?), action, value, Origin::Value)?;
        }
        Ok(())
    }

    fn at_path(
        &mut self,
        path: Cow<'a, PatchPath>,
        action: Action,
        value: &Value,
        origin: Origin,
    ) -> Result<(), Rejection> {
        if is_never_stored(&path.target.attr) && path.filter.is_none() {
            return Ok(());
        }
        match self.schema.resolve(&path.target) {
            Some(Target::Attribute(found)) if found.is_read_only() => match origin {
                Origin::Value => Ok(()),
                Origin::Path => Err(Rejection::mutability(format!("{path} is written by the server alone"))),
            },
            Some(Target::Attribute(found)) => {
                let new = new(found, &path, action, value)?;
                self.steps.push(Step { path, action, to: To::Attribute(found, Box::new(new)) });
                Ok(())
            }
            Some(Target::Extension(extension)) if path.filter.is_none() => {
                self.extend(extension, path, action, value)
            }
            Some(Target::Resource) if path.filter.is_none() && action != Action::Remove => {
                self.merge(action, value)
            }
            _ => Err(unknown(&path, self.schema)),
        }
    }

    /// An operation on a whole extension object: merges like one on the resource.
    fn extend(
        &mut self,
        extension: &'a Definition,
        path: Cow<'a, PatchPath>,
        action: Action,
        value: &Value,
    ) -> Result<(), Rejection> {
        if action == Action::Remove || (action == Action::Replace && value.is_null()) {
            let kept = extension.attributes.iter().find(|attribute| attribute.required || attribute.not_null);
            if let Some(attribute) = kept {
                return Err(Rejection::mutability(format!(
                    "{} is required and can't be removed",
                    attribute.name
                )));
            }
            self.steps.push(Step { path, action, to: To::Extension(extension) });
            return Ok(());
        }
        let Some(members) = value.as_object() else {
            return Err(Rejection::value(format!(
                "the 'value' for {} must be an object of attributes",
                extension.urn
            )));
        };
        for (name, value) in members {
            // Some clients write `schemas` into the extension object too: an echo there as it is above.
            let own = extension.attribute(name).is_some();
            if !own && self.schema.lookup(None, name, None).is_some_and(|found| found.is_read_only()) {
                continue;
            }
            let mut path = PatchPath::parse(name)?;
            path.target.urn.get_or_insert_with(|| extension.urn.to_string());
            self.at_path(Cow::Owned(path), action, value, Origin::Value)?;
        }
        Ok(())
    }
}

/// Whether the client named the attribute in `path`, or it came along in a value.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Path,
    /// Clients send back what they were given, `id` and `meta` included: what only the server writes is passed over.
    Value,
}

/// What an operation brings for an attribute.
fn new<'a>(found: Found<'a>, path: &PatchPath, action: Action, value: &Value) -> Result<New<'a>, Rejection> {
    let attribute = found.attribute;
    if attribute.multi_valued {
        return of_many(found, path, action, value);
    }
    if path.filter.is_some() {
        return Err(Rejection::path(format!(
            "{} has one value, so a filter can't choose among them",
            attribute.name
        )));
    }
    Ok(match found.sub {
        Some(part) => New::Parts(vec![(part, part_value(attribute, part, action, value)?)]),
        None if action == Action::Remove => New::Nothing,
        None if !attribute.is_complex() => New::Single(coerce::attribute(attribute, value, Mode::Patch)?),
        // Adding nothing to something leaves it.
        None if value.is_null() && action == Action::Add => New::Parts(Vec::new()),
        None if value.is_null() => New::Nothing,
        // RFC 7644 §3.5.2.3: sub-attributes that are not specified are left unchanged.
        None => New::Parts(coerce::parts(attribute, value, Mode::Patch)?),
    })
}

fn of_many<'a>(
    found: Found<'a>,
    path: &PatchPath,
    action: Action,
    value: &Value,
) -> Result<New<'a>, Rejection> {
    let attribute = found.attribute;
    let Some(filter) = &path.filter else {
        return Ok(match found.sub {
            Some(part) => New::Part(part, part_value(attribute, part, action, value)?, None),
            None if action == Action::Remove && value.is_null() => New::Nothing,
            None => New::Values(coerce::elements(attribute, value, Mode::Patch)?),
        });
    };
    let ready = ElementFilter::new(filter, attribute)?;
    let chosen = |seed| Chosen { filter: ready, seed };
    match found.sub {
        Some(part) => {
            let seed = seed(filter, attribute)?;
            Ok(New::Part(part, part_value(attribute, part, action, value)?, Some(chosen(seed))))
        }
        None => {
            let new = match action {
                Action::Remove => None,
                _ => coerce::element(attribute, value, Mode::Patch)?,
            };
            let seed = if new.is_some() { seed(filter, attribute)? } else { None };
            Ok(New::Chosen(new, chosen(seed)))
        }
    }
}

fn part_value(
    attribute: &Attribute,
    part: &Attribute,
    action: Action,
    value: &Value,
) -> Result<Option<Value>, Rejection> {
    match action {
        Action::Remove => Ok(None),
        _ => coerce::part(attribute, part, value),
    }
}

/// What a value must begin with to satisfy the filter; none when the filter isn't a conjunction of `eq`.
fn seed(filter: &Filter, attribute: &Attribute) -> Result<Option<Map<String, Value>>, Rejection> {
    let mut seed = Map::new();
    let terms = match filter {
        Filter::And(terms) => terms.as_slice(),
        term => std::slice::from_ref(term),
    };
    for term in terms {
        let Filter::Compare { attr, op: Op::Eq, value } = term else { return Ok(None) };
        let Some(part) = attribute.sub(&attr.attr).filter(|part| !part.is_read_only()) else {
            return Ok(None);
        };
        let value = match (part.kind, value) {
            (_, Literal::Null) => return Ok(None),
            (Type::Boolean, value) => value.as_bool().into(),
            (_, Literal::Bool(truth)) => Value::Bool(*truth),
            (_, Literal::Number(number)) => Value::Number(number.clone()),
            (_, Literal::String(text)) => Value::String(text.to_string()),
        };
        let name = format!("{}.{}", attribute.name, part.name);
        let Some(value) = coerce::single(part, &value, Mode::Patch, &name)? else { return Ok(None) };
        if seed.insert(part.name.to_string(), value).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(seed))
}

fn unknown(path: &PatchPath, schema: &Schema) -> Rejection {
    let kind = schema.kind().name();
    let path = quote(&path.to_string());
    Rejection::path(format!(
        "a {kind} has no attribute {path}; /Schemas lists those it has, each extension by its URN"
    ))
}
