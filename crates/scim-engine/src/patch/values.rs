//! Computes the new value of one attribute: single, complex or multi-valued (RFC 7644 §3.5.2.1-3). A multi-valued
//! attribute must never have a repeated value, two primary values or an empty array.

use serde_json::{Map, Value};

use super::{
    cost::{Size, work},
    path::PatchPath,
    prepare::{NewValue, Selection, Step},
    request::Action,
};
use crate::{
    budget::Budget,
    document::{
        coerce::{MAX_ACCEPTED, Parts, check_primary, is_primary, too_many},
        distinct::{Index, Key, retain_distinct},
    },
    error::Rejection,
    schema::{Attribute, Found},
};

/// The value of the attribute after the step; none if it is removed.
pub(super) fn new_value(
    found: Found<'_>,
    step: &Step<'_>,
    new: &NewValue<'_>,
    current: Option<Value>,
    budget: &Budget,
) -> Result<Option<Value>, Rejection> {
    if found.attribute.multi_valued {
        budget.charge(work(new, Size::of(current.as_ref())))?;
        return new_multi_value(found.attribute, step, new, current, budget);
    }
    Ok(match new {
        // Adding no value changes nothing.
        NewValue::Single(None) if step.action == Action::Add => current,
        NewValue::Single(value) => value.clone(),
        NewValue::Parts(parts) => {
            let mut object = match current {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            merge(&mut object, parts, step.action);
            (!object.is_empty()).then_some(Value::Object(object))
        }
        _ => None,
    })
}

fn new_multi_value(
    attribute: &Attribute,
    step: &Step<'_>,
    new: &NewValue<'_>,
    current: Option<Value>,
    budget: &Budget,
) -> Result<Option<Value>, Rejection> {
    let values = match current {
        Some(Value::Array(current)) => current,
        current => current.into_iter().collect(),
    };
    let mut values = Values { attribute, values, touched: Vec::new(), budget };
    match new {
        NewValue::Values(new) => values.change_all(new, step.action)?,
        NewValue::Selected(new, selection) => values.change_selected(new.as_ref(), selection, step)?,
        NewValue::Part(part, new, selection) => {
            values.change_part(part, new.as_ref(), selection.as_ref(), step)?;
        }
        _ => values.values.clear(),
    }
    values.finish()
}

/// The values of a multi-valued attribute during one operation.
struct Values<'a> {
    attribute: &'a Attribute,
    values: Vec<Value>,
    /// The positions of the values that the operation has added or changed.
    touched: Vec<usize>,
    budget: &'a Budget,
}

impl Values<'_> {
    fn matching(&self, selection: &Selection<'_>) -> Vec<usize> {
        let matches = |(_, value): &(usize, &Value)| selection.filter.matches(value, self.budget);
        self.values.iter().enumerate().filter(matches).map(|(index, _)| index).collect()
    }

    /// Applies an operation to all values: `emails`.
    fn change_all(&mut self, new: &[Value], action: Action) -> Result<(), Rejection> {
        match action {
            // Not in the RFC: Entra sends the values to remove in `value`. Removing all values would be wrong.
            Action::Remove => {
                let to_remove = Index::of(self.attribute, new);
                let mut positions = Vec::new();
                for (position, value) in self.values.iter().enumerate() {
                    if to_remove.find(&Key::of(self.attribute, value), self.budget)?.is_some() {
                        positions.push(position);
                    }
                }
                self.remove(&positions);
            }
            Action::Replace => {
                self.values = new.to_vec();
                self.touched = (0..self.values.len()).collect();
            }
            Action::Add => {
                let mut index = Index::of(self.attribute, &self.values);
                for new in new {
                    self.add(new.clone(), &mut index)?;
                }
            }
        }
        Ok(())
    }

    /// Applies an operation to whole selected values: `emails[type eq "work"]`.
    fn change_selected(
        &mut self,
        new: Option<&Value>,
        selection: &Selection<'_>,
        step: &Step<'_>,
    ) -> Result<(), Rejection> {
        let Some(new) = new else {
            if step.action != Action::Add {
                self.remove(&self.matching(selection));
            }
            return Ok(());
        };
        let matching = self.matching(selection);
        if matching.is_empty() {
            let seed = selection.seed.clone().ok_or_else(|| no_match(&step.path))?;
            return self.add(merged(seed, new.clone()), &mut Index::of(self.attribute, &self.values));
        }
        for &index in &matching {
            if let Some(value) = self.values.get_mut(index) {
                let base = match (step.action, &*value) {
                    (Action::Add, Value::Object(value)) => value.clone(),
                    // Starts with the sub-attributes that the filter requires. The new value may override them.
                    _ => selection.seed.clone().unwrap_or_default(),
                };
                *value = merged(base, new.clone());
            }
        }
        self.touched = matching;
        Ok(())
    }

    /// Applies an operation to a sub-attribute of the selected values, or of all values: `emails[type eq "work"].value`.
    fn change_part(
        &mut self,
        part: &Attribute,
        new: Option<&Value>,
        selection: Option<&Selection<'_>>,
        step: &Step<'_>,
    ) -> Result<(), Rejection> {
        if new.is_none() && step.action == Action::Add {
            return Ok(());
        }
        let matching = match selection {
            Some(selection) => self.matching(selection),
            None => (0..self.values.len()).collect(),
        };
        if matching.is_empty() {
            if let Some(new) = new {
                let seed = match selection {
                    Some(selection) => selection.seed.clone(),
                    None => Some(Map::new()),
                };
                let mut object = seed.ok_or_else(|| no_match(&step.path))?;
                // The new value must satisfy the filter. Otherwise a repeated `emails[primary eq true].primary` set to
                // false would create another value each time.
                if object.get(part.name.as_ref()).is_some_and(|required| required != new) {
                    return Err(no_match(&step.path));
                }
                object.insert(part.name.to_string(), new.clone());
                self.add(Value::Object(object), &mut Index::of(self.attribute, &self.values))?;
            }
            return Ok(());
        }
        // An element without its `value` is removed.
        if new.is_none() && part.name == "value" {
            self.remove(&matching);
            return Ok(());
        }
        for &index in &matching {
            if let Some(Value::Object(object)) = self.values.get_mut(index) {
                set_part(object, part, new.cloned());
            }
        }
        self.touched = matching;
        Ok(())
    }

    /// Removes the values at these ascending positions.
    fn remove(&mut self, positions: &[usize]) {
        let mut index = 0;
        self.values.retain(|_| {
            index += 1;
            positions.binary_search(&(index - 1)).is_err()
        });
    }

    /// Adds a value, or merges it into its duplicate, because RFC 7644 §3.5.2.1 forbids duplicates.
    fn add(&mut self, new: Value, index: &mut Index) -> Result<(), Rejection> {
        let key = Key::of(self.attribute, &new);
        match index.find(&key, self.budget)? {
            Some(position) => {
                if let Some(value) = self.values.get_mut(position) {
                    if let Value::Object(object) = value {
                        *value = merged(std::mem::take(object), new);
                    }
                    index.change(&Key::of(self.attribute, value), position);
                }
                self.touched.push(position);
            }
            None => {
                self.values.push(new);
                self.touched.push(self.values.len() - 1);
                index.insert(key, self.values.len() - 1);
            }
        }
        Ok(())
    }

    /// The values after the operation: at most one primary, where a newly set one wins; no empty and no repeated values;
    /// none instead of an empty array.
    fn finish(mut self) -> Result<Option<Value>, Rejection> {
        check_primary(self.attribute, self.touched.iter().filter_map(|&index| self.values.get(index)))?;
        let primary =
            self.touched.iter().copied().find(|&index| self.values.get(index).is_some_and(is_primary));
        if let Some(primary) = primary {
            for (index, value) in self.values.iter_mut().enumerate() {
                if index != primary && is_primary(value) {
                    // RFC 7644 §3.5.2: the server sets the old primary to false.
                    if let Value::Object(object) = value {
                        object.insert("primary".into(), Value::Bool(false));
                    }
                }
            }
        }
        self.values.retain(|value| value.as_object().is_none_or(|object| !object.is_empty()));
        if !self.touched.is_empty() {
            // A changed value may have become equal to another one.
            retain_distinct(&mut self.values);
        }
        if self.values.len() > MAX_ACCEPTED {
            return Err(too_many(self.attribute));
        }
        Ok((!self.values.is_empty()).then_some(Value::Array(self.values)))
    }
}

fn set_part(object: &mut Map<String, Value>, part: &Attribute, value: Option<Value>) {
    match value {
        Some(value) => object.insert(part.name.to_string(), value),
        None => object.shift_remove(part.name.as_ref()),
    };
}

/// Sets the sent sub-attributes. Removes empty ones, except for `add`.
fn merge(object: &mut Map<String, Value>, parts: &Parts<'_>, action: Action) {
    for (part, value) in parts {
        if value.is_some() || action != Action::Add {
            set_part(object, part, value.clone());
        }
    }
}

/// The base with the members of the new value; a simple value replaces it.
fn merged(mut base: Map<String, Value>, new: Value) -> Value {
    match new {
        Value::Object(new) => {
            base.extend(new);
            Value::Object(base)
        }
        new => new,
    }
}

fn no_match(path: &PatchPath) -> Rejection {
    Rejection::no_target(format!(
        "no value matches {path}, and the filter doesn't say what a new one would be"
    ))
}
