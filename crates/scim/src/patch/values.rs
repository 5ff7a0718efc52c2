//! What one operation makes of the value of one attribute: single, complex or multi-valued (RFC 7644 §3.5.2.1-3).
//! Keeps the promises of multi-valued attributes: no value twice, one primary at most, none instead of empty.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Action;
use crate::document::coerce::{self, MAX_VALUES, Mode, Parts, check_primary, is_primary, too_many};
use crate::error::Rejection;
use crate::filter::{Filter, Literal, Op, check_element, element_matches, fold};
use crate::path::PatchPath;
use crate::schema::{Attribute, Found, Type};

/// One operation with its path: what to do with what.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub path: &'a PatchPath,
    pub action: Action,
    pub value: &'a Value,
}

type Changed<T> = Result<T, Rejection>;

/// The value of the attribute after the change; none when nothing is left.
pub(super) fn changed(
    found: Found<'_>,
    change: Change<'_>,
    current: Option<&Value>,
) -> Changed<Option<Value>> {
    let attribute = found.attribute;
    if attribute.multi_valued {
        return many(attribute, found.sub, change, current);
    }
    if change.path.filter.is_some() {
        return Err(Rejection::path(format!(
            "{} has one value, so a filter can't choose among them",
            attribute.name
        )));
    }
    if !attribute.is_complex() {
        return match change.action {
            Action::Remove => Ok(None),
            Action::Replace => coerce::attribute(attribute, change.value, Mode::Patch),
            // Adding nothing to something leaves it.
            Action::Add => {
                Ok(coerce::attribute(attribute, change.value, Mode::Patch)?.or_else(|| current.cloned()))
            }
        };
    }
    let mut object = current.and_then(Value::as_object).cloned().unwrap_or_default();
    match found.sub {
        Some(part) => merge(&mut object, vec![(part, part_value(attribute, part, change)?)], change.action),
        None if change.action == Action::Remove => object.clear(),
        None if change.value.is_null() => {
            if change.action == Action::Replace {
                object.clear();
            }
        }
        // RFC 7644 §3.5.2.3: sub-attributes that are not specified are left unchanged.
        None => merge(&mut object, coerce::parts(attribute, change.value, Mode::Patch)?, change.action),
    }
    Ok((!object.is_empty()).then_some(Value::Object(object)))
}

fn many(
    attribute: &Attribute,
    part: Option<&Attribute>,
    change: Change<'_>,
    current: Option<&Value>,
) -> Changed<Option<Value>> {
    let mut values = Values { attribute, values: Vec::new(), fresh: Vec::new() };
    values.values = match current {
        Some(Value::Array(current)) => current.clone(),
        current => current.into_iter().cloned().collect(),
    };
    match (&change.path.filter, part) {
        (None, None) => values.all(change)?,
        (None, Some(part)) => {
            let chosen = (0..values.values.len()).collect();
            values.part_of(chosen, part, change, Some(Map::new()))?;
        }
        (Some(filter), part) => {
            check_element(filter, attribute)?;
            let chosen: Vec<usize> = values.matching(filter);
            match part {
                Some(part) => values.part_of(chosen, part, change, seed(filter, attribute)?)?,
                None => values.whole(chosen, filter, change)?,
            }
        }
    }
    values.settle()
}

/// The values of a multi-valued attribute, and which of them this operation has touched.
struct Values<'a> {
    attribute: &'a Attribute,
    values: Vec<Value>,
    fresh: Vec<usize>,
}

impl Values<'_> {
    fn matching(&self, filter: &Filter) -> Vec<usize> {
        let matches = |(_, value): &(usize, &Value)| element_matches(filter, value, self.attribute);
        self.values.iter().enumerate().filter(matches).map(|(index, _)| index).collect()
    }

    /// `emails`: an operation on all values.
    fn all(&mut self, change: Change<'_>) -> Changed<()> {
        let attribute = self.attribute;
        match change.action {
            Action::Remove if change.value.is_null() => self.values.clear(),
            // Not in the RFC: Entra names the values to remove in `value`. To remove all of them would be wrong.
            Action::Remove => {
                let gone = coerce::elements(attribute, change.value, Mode::Patch)?;
                self.values.retain(|value| !gone.iter().any(|gone| same(attribute, value, gone)));
            }
            Action::Replace => {
                self.values = coerce::elements(attribute, change.value, Mode::Patch)?;
                self.fresh = (0..self.values.len()).collect();
            }
            Action::Add => {
                for new in coerce::elements(attribute, change.value, Mode::Patch)? {
                    self.add(new);
                }
            }
        }
        Ok(())
    }

    /// `emails[type eq "work"]`: an operation on the chosen values as a whole.
    fn whole(&mut self, chosen: Vec<usize>, filter: &Filter, change: Change<'_>) -> Changed<()> {
        let attribute = self.attribute;
        let new = match change.action {
            Action::Remove => None,
            _ => coerce::element(attribute, change.value, Mode::Patch)?,
        };
        let Some(new) = new else {
            if change.action != Action::Add {
                self.drop(&chosen);
            }
            return Ok(());
        };
        let seed = seed(filter, attribute)?;
        if chosen.is_empty() {
            let seed = seed.ok_or_else(|| missed(change.path))?;
            self.add(join(seed, new));
            return Ok(());
        }
        for &index in &chosen {
            if let Some(value) = self.values.get_mut(index) {
                let base = match (change.action, &*value) {
                    (Action::Add, Value::Object(value)) => value.clone(),
                    // What the filter says of it still holds afterwards, unless the new value says otherwise.
                    _ => seed.clone().unwrap_or_default(),
                };
                *value = join(base, new.clone());
            }
        }
        self.fresh = chosen;
        Ok(())
    }

    /// `emails[type eq "work"].value`: an operation on one part of the chosen values. `seed` is what a value begins
    /// with that is made because none was chosen.
    fn part_of(
        &mut self,
        chosen: Vec<usize>,
        part: &Attribute,
        change: Change<'_>,
        seed: Option<Map<String, Value>>,
    ) -> Changed<()> {
        if part.is_read_only() {
            return Err(Rejection::mutability(format!("{} is written by the server alone", change.path)));
        }
        let new = part_value(self.attribute, part, change)?;
        if new.is_none() && change.action == Action::Add {
            return Ok(());
        }
        if chosen.is_empty() {
            if let Some(new) = new {
                let mut object = seed.ok_or_else(|| missed(change.path))?;
                // A new value must match the filter it is made for: `emails[primary eq true].primary` set to false would
                // make another one each time it is sent.
                if object.get(part.name.as_ref()).is_some_and(|wanted| *wanted != new) {
                    return Err(missed(change.path));
                }
                object.insert(part.name.to_string(), new);
                self.add(Value::Object(object));
            }
            return Ok(());
        }
        // An e-mail address without the address is none.
        if new.is_none() && part.name == "value" {
            self.drop(&chosen);
            return Ok(());
        }
        for &index in &chosen {
            if let Some(Value::Object(object)) = self.values.get_mut(index) {
                set_part(object, part, new.clone());
            }
        }
        self.fresh = chosen;
        Ok(())
    }

    fn drop(&mut self, chosen: &[usize]) {
        let mut index = 0;
        self.values.retain(|_| {
            index += 1;
            chosen.binary_search(&(index - 1)).is_err()
        });
    }

    /// Adds a value, or joins it with the one it equals: RFC 7644 §3.5.2.1 wants no duplicate.
    fn add(&mut self, new: Value) {
        let attribute = self.attribute;
        match self.values.iter_mut().enumerate().find(|(_, value)| same(attribute, value, &new)) {
            Some((index, value)) => {
                if let Value::Object(object) = value {
                    *value = join(object.clone(), new);
                }
                self.fresh.push(index);
            }
            None => {
                self.values.push(new);
                self.fresh.push(self.values.len() - 1);
            }
        }
    }

    /// One primary at most, the one just set; no empty values; none instead of an empty array.
    fn settle(mut self) -> Changed<Option<Value>> {
        check_primary(self.attribute, self.fresh.iter().filter_map(|&index| self.values.get(index)))?;
        let primary =
            self.fresh.iter().copied().find(|&index| self.values.get(index).is_some_and(is_primary));
        if let Some(primary) = primary {
            for (index, value) in self.values.iter_mut().enumerate() {
                if index != primary && is_primary(value) {
                    // RFC 7644 §3.5.2: the server sets the other one to false.
                    if let Value::Object(object) = value {
                        object.insert("primary".into(), Value::Bool(false));
                    }
                }
            }
        }
        self.values.retain(|value| value.as_object().is_none_or(|object| !object.is_empty()));
        if !self.fresh.is_empty() {
            // What was changed may have become equal to another one.
            let mut seen = HashSet::with_capacity(self.values.len());
            self.values.retain(|value| seen.insert(identity(value)));
        }
        if self.values.len() > MAX_VALUES {
            return Err(too_many(self.attribute));
        }
        Ok((!self.values.is_empty()).then_some(Value::Array(self.values)))
    }
}

fn part_value(attribute: &Attribute, part: &Attribute, change: Change<'_>) -> Changed<Option<Value>> {
    match change.action {
        Action::Remove => Ok(None),
        _ => coerce::single(part, change.value, Mode::Patch, &format!("{}.{}", attribute.name, part.name)),
    }
}

fn set_part(object: &mut Map<String, Value>, part: &Attribute, value: Option<Value>) {
    match value {
        Some(value) => object.insert(part.name.to_string(), value),
        None => object.shift_remove(part.name.as_ref()),
    };
}

/// Sets the parts that were sent. An empty one is taken away, but adding nothing to something leaves it.
fn merge(object: &mut Map<String, Value>, parts: Parts<'_>, action: Action) {
    for (part, value) in parts {
        if value.is_some() || action != Action::Add {
            set_part(object, part, value);
        }
    }
}

/// The base with the parts of the new value on top; a value without parts takes its place.
fn join(mut base: Map<String, Value>, new: Value) -> Value {
    match new {
        Value::Object(new) => {
            base.extend(new);
            Value::Object(base)
        }
        new => new,
    }
}

/// What a value must begin with to satisfy the filter; none when the filter isn't a conjunction of `eq`.
fn seed(filter: &Filter, attribute: &Attribute) -> Changed<Option<Map<String, Value>>> {
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
            (_, Literal::String(text)) => Value::String(text.clone()),
        };
        let name = format!("{}.{}", attribute.name, part.name);
        let Some(value) = coerce::single(part, &value, Mode::Patch, &name)? else { return Ok(None) };
        if seed.insert(part.name.to_string(), value).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(seed))
}

/// What two equal values have in common, whatever the order of their parts.
fn identity(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let mut parts: Vec<String> =
                object.iter().map(|(name, value)| format!("{name:?}{value}")).collect();
            parts.sort_unstable();
            parts.concat()
        }
        value => value.to_string(),
    }
}

/// Whether two values are the same one: the same `value`, and not of two different types.
fn same(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    let equal = |part: &Attribute, one: &Value, other: &Value| match (one, other) {
        (Value::String(one), Value::String(other)) if !part.case_exact => {
            one.eq_ignore_ascii_case(other) || (!one.is_ascii() && fold(one) == fold(other))
        }
        (one, other) => one == other,
    };
    let Some(value) = attribute.sub("value") else { return equal(attribute, one, other) };
    let (Some(one_value), Some(other_value)) = (one.get("value"), other.get("value")) else {
        return one == other;
    };
    let same_type = match (attribute.sub("type"), one.get("type"), other.get("type")) {
        (Some(part), Some(one), Some(other)) => equal(part, one, other),
        _ => true,
    };
    equal(value, one_value, other_value) && same_type
}

fn missed(path: &PatchPath) -> Rejection {
    Rejection::no_target(format!(
        "no value matches {path}, and the filter doesn't say what a new one would be"
    ))
}
