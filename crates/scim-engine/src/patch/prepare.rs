//! Prepares a PATCH before the resource is read: resolves paths, checks filters, brings values to canonical form.
//! Errors in the request itself are found here, before the transaction that applies it.

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
    schema::{self, Attribute, Definition, Found, Schema, Type, is_never_stored},
};

/// A PATCH that can be applied to resources of one schema.
pub struct Prepared<'a> {
    pub(super) schema: &'a Schema,
    pub(super) steps: Vec<Step<'a>>,
}

/// A change of one attribute. An operation without a path has one for each member of its value.
pub(super) struct Step<'a> {
    pub(super) path: Cow<'a, PatchPath>,
    pub(super) action: Action,
    pub(super) target: Target<'a>,
}

/// The target of a step.
pub(super) enum Target<'a> {
    /// A whole extension object, which is removed.
    Extension(&'a Definition),
    /// An attribute or a sub-attribute, and its new value.
    Attribute(Found<'a>, Box<NewValue<'a>>),
}

/// The value of a step, in canonical form.
pub(super) enum NewValue<'a> {
    /// No value: the attribute is removed.
    Nothing,
    /// The value of a simple single-valued attribute.
    Single(Option<Value>),
    /// The sent sub-attributes of a complex single-valued attribute.
    Parts(Parts<'a>),
    /// Whole values of a multi-valued attribute.
    Values(Vec<Value>),
    /// One whole value for the values that a filter selects.
    Selected(Option<Value>, Selection<'a>),
    /// The value of a sub-attribute for the values that a filter selects; without a filter for all.
    Part(&'a Attribute, Option<Value>, Option<Selection<'a>>),
}

/// The filter of a path. `seed` has the sub-attributes that a value must have to satisfy it; none if the filter does
/// not define them.
pub(super) struct Selection<'a> {
    pub(super) filter: ElementFilter<'a>,
    pub(super) seed: Option<Map<String, Value>>,
}

impl<'a> Prepared<'a> {
    /// Whether an operation changes a core attribute with this name, in any letter case. An extension's attribute of the same name is
    /// another one.
    pub fn changes(&self, attribute: &str) -> bool {
        self.steps.iter().any(|step| match &step.target {
            Target::Attribute(found, _) => {
                found.extension.is_none() && found.attribute.name.eq_ignore_ascii_case(attribute)
            }
            Target::Extension(_) => false,
        })
    }

    /// Prepares a request for resources of a schema.
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

    /// Prepares an operation without a path: each member of the value is a step.
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
            Some(schema::Target::Attribute(found)) if found.is_read_only() => match origin {
                Origin::Value => Ok(()),
                Origin::Path => Err(Rejection::mutability(format!("{path} is written by the server alone"))),
            },
            Some(schema::Target::Attribute(found)) => {
                let target = Target::Attribute(found, Box::new(new_value(found, &path, action, value)?));
                self.steps.push(Step { path, action, target });
                Ok(())
            }
            Some(schema::Target::Extension(extension)) if path.filter.is_none() => {
                self.extend(extension, path, action, value)
            }
            Some(schema::Target::Resource) if path.filter.is_none() && action != Action::Remove => {
                self.merge(action, value)
            }
            _ => Err(unknown(&path, self.schema)),
        }
    }

    /// Prepares an operation on a whole extension object, which merges like one without a path.
    fn extend(
        &mut self,
        extension: &'a Definition,
        path: Cow<'a, PatchPath>,
        action: Action,
        value: &Value,
    ) -> Result<(), Rejection> {
        if action == Action::Remove || (action == Action::Replace && value.is_null()) {
            let required =
                extension.attributes.iter().find(|attribute| attribute.required || attribute.not_null);
            if let Some(attribute) = required {
                return Err(Rejection::mutability(format!(
                    "{} is required and can't be removed",
                    attribute.name
                )));
            }
            self.steps.push(Step { path, action, target: Target::Extension(extension) });
            return Ok(());
        }
        let Some(members) = value.as_object() else {
            return Err(Rejection::value(format!(
                "the 'value' for {} must be an object of attributes",
                extension.urn
            )));
        };
        for (name, value) in members {
            // Some clients send `schemas` in the extension object too. It is ignored there as in the resource.
            let is_of_extension = extension.attribute(name).is_some();
            if !is_of_extension
                && self.schema.lookup(None, name, None).is_some_and(|found| found.is_read_only())
            {
                continue;
            }
            let mut path = PatchPath::parse(name)?;
            path.target.urn.get_or_insert_with(|| extension.urn.to_string());
            self.at_path(Cow::Owned(path), action, value, Origin::Value)?;
        }
        Ok(())
    }
}

/// Where the client named the attribute.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// In `path`.
    Path,
    /// As a member of a value. Clients send returned attributes back, `id` and `meta` too, so read-only ones are
    /// ignored here.
    Value,
}

/// The value that an operation has for an attribute.
fn new_value<'a>(
    found: Found<'a>,
    path: &PatchPath,
    action: Action,
    value: &Value,
) -> Result<NewValue<'a>, Rejection> {
    let attribute = found.attribute;
    if attribute.multi_valued {
        return new_multi_value(found, path, action, value);
    }
    if path.filter.is_some() {
        return Err(Rejection::path(format!(
            "{} has one value, so a filter can't choose among them",
            attribute.name
        )));
    }
    Ok(match found.sub {
        Some(part) => NewValue::Parts(vec![(part, part_value(attribute, part, action, value)?)]),
        None if action == Action::Remove => NewValue::Nothing,
        None if !attribute.is_complex() => {
            NewValue::Single(coerce::attribute(attribute, value, Mode::Patch)?)
        }
        // Adding no value changes nothing.
        None if value.is_null() && action == Action::Add => NewValue::Parts(Vec::new()),
        None if value.is_null() => NewValue::Nothing,
        // RFC 7644 §3.5.2.3: sub-attributes that are not specified are left unchanged.
        None => NewValue::Parts(coerce::parts(attribute, value, Mode::Patch)?),
    })
}

fn new_multi_value<'a>(
    found: Found<'a>,
    path: &PatchPath,
    action: Action,
    value: &Value,
) -> Result<NewValue<'a>, Rejection> {
    let attribute = found.attribute;
    let Some(filter) = &path.filter else {
        return Ok(match found.sub {
            Some(part) => NewValue::Part(part, part_value(attribute, part, action, value)?, None),
            None if action == Action::Remove && value.is_null() => NewValue::Nothing,
            None => NewValue::Values(coerce::elements(attribute, value, Mode::Patch)?),
        });
    };
    let prepared = ElementFilter::new(filter, attribute)?;
    let selection = |seed| Selection { filter: prepared, seed };
    match found.sub {
        Some(part) => {
            let seed = seed(filter, attribute)?;
            Ok(NewValue::Part(part, part_value(attribute, part, action, value)?, Some(selection(seed))))
        }
        None => {
            let new = match action {
                Action::Remove => None,
                _ => coerce::element(attribute, value, Mode::Patch)?,
            };
            let seed = if new.is_some() { seed(filter, attribute)? } else { None };
            Ok(NewValue::Selected(new, selection(seed)))
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

/// The sub-attributes that a value must have to satisfy the filter; none if the filter is no conjunction of `eq`.
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
            (_, Literal::Bool(boolean)) => Value::Bool(*boolean),
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
