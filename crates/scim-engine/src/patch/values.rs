//! What one operation makes of the value of one attribute: single, complex or multi-valued (RFC 7644 §3.5.2.1-3).
//! Keeps the promises of multi-valued attributes: no value twice, one primary at most, none instead of empty.

use serde_json::{Map, Value};

use super::{
    path::PatchPath,
    prepare::{Chosen, New, Step},
    request::Action,
};
use crate::{
    budget::{BYTES_PER_UNIT, Budget},
    document::{
        coerce::{MOST_STORED, Parts, check_primary, is_primary, too_many},
        distinct::{Index, Key, retain_distinct},
    },
    error::Rejection,
    schema::{Attribute, Found},
};

type Changed<T> = Result<T, Rejection>;

/// How many values an attribute has, and how many bytes of text they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    values: u64,
    bytes: u64,
}

impl Weight {
    pub(super) fn of(value: Option<&Value>) -> Self {
        match value {
            None => Self { values: 0, bytes: 0 },
            Some(Value::Array(values)) => {
                Self { values: values.len() as u64, bytes: values.iter().map(bytes).sum() }
            }
            Some(value) => Self { values: 1, bytes: bytes(value) },
        }
    }
}

fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(values) => values.iter().map(bytes).sum(),
        Value::Object(members) => members.values().map(bytes).sum(),
        _ => 0,
    }
}

/// The work of one operation on a multi-valued attribute of that weight, in units: each value is visited, and compared
/// with each term of the filter.
pub(super) fn work(new: &New<'_>, weight: Weight) -> u64 {
    let visits = weight.values.saturating_add(1);
    match new {
        New::Values(values) => visits.saturating_add(values.len() as u64),
        New::Chosen(_, chosen) | New::Part(_, _, Some(chosen)) => {
            let compared = weight.values.saturating_add(weight.bytes / BYTES_PER_UNIT);
            visits.saturating_add(compared.saturating_mul(chosen.filter.terms()))
        }
        _ => visits,
    }
}

/// The value of the attribute after the step; none when nothing is left.
pub(super) fn changed(
    found: Found<'_>,
    step: &Step<'_>,
    new: &New<'_>,
    current: Option<Value>,
    budget: &Budget,
) -> Changed<Option<Value>> {
    if found.attribute.multi_valued {
        budget.charge(work(new, Weight::of(current.as_ref())))?;
        return many(found.attribute, step, new, current, budget);
    }
    Ok(match new {
        // Adding nothing to something leaves it.
        New::Single(None) if step.action == Action::Add => current,
        New::Single(value) => value.clone(),
        New::Parts(parts) => {
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

fn many(
    attribute: &Attribute,
    step: &Step<'_>,
    new: &New<'_>,
    current: Option<Value>,
    budget: &Budget,
) -> Changed<Option<Value>> {
    let values = match current {
        Some(Value::Array(current)) => current,
        current => current.into_iter().collect(),
    };
    let mut values = Values { attribute, values, fresh: Vec::new(), budget };
    match new {
        New::Values(new) => values.all(new, step.action)?,
        New::Chosen(new, chosen) => values.whole(new.as_ref(), chosen, step)?,
        New::Part(part, new, chosen) => values.part_of(part, new.as_ref(), chosen.as_ref(), step)?,
        _ => values.values.clear(),
    }
    values.settle()
}

/// The values of a multi-valued attribute, and which of them this operation has touched.
struct Values<'a> {
    attribute: &'a Attribute,
    values: Vec<Value>,
    fresh: Vec<usize>,
    budget: &'a Budget,
}

impl Values<'_> {
    fn matching(&self, chosen: &Chosen<'_>) -> Vec<usize> {
        let matches = |(_, value): &(usize, &Value)| chosen.filter.matches(value, self.budget);
        self.values.iter().enumerate().filter(matches).map(|(index, _)| index).collect()
    }

    /// `emails`: an operation on all values.
    fn all(&mut self, new: &[Value], action: Action) -> Changed<()> {
        match action {
            // Not in the RFC: Entra names the values to remove in `value`. To remove all of them would be wrong.
            Action::Remove => {
                let gone = Index::of(self.attribute, new);
                let mut chosen = Vec::new();
                for (position, value) in self.values.iter().enumerate() {
                    if gone.find(&Key::of(self.attribute, value), self.budget)?.is_some() {
                        chosen.push(position);
                    }
                }
                self.drop(&chosen);
            }
            Action::Replace => {
                self.values = new.to_vec();
                self.fresh = (0..self.values.len()).collect();
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

    /// `emails[type eq "work"]`: an operation on the chosen values as a whole.
    fn whole(&mut self, new: Option<&Value>, chosen: &Chosen<'_>, step: &Step<'_>) -> Changed<()> {
        let Some(new) = new else {
            if step.action != Action::Add {
                self.drop(&self.matching(chosen));
            }
            return Ok(());
        };
        let picked = self.matching(chosen);
        if picked.is_empty() {
            let seed = chosen.seed.clone().ok_or_else(|| missed(&step.path))?;
            return self.add(join(seed, new.clone()), &mut Index::of(self.attribute, &self.values));
        }
        for &index in &picked {
            if let Some(value) = self.values.get_mut(index) {
                let base = match (step.action, &*value) {
                    (Action::Add, Value::Object(value)) => value.clone(),
                    // What the filter says of it still holds afterwards, unless the new value says otherwise.
                    _ => chosen.seed.clone().unwrap_or_default(),
                };
                *value = join(base, new.clone());
            }
        }
        self.fresh = picked;
        Ok(())
    }

    /// `emails[type eq "work"].value`: an operation on one part of the chosen values; of all of them without a filter.
    fn part_of(
        &mut self,
        part: &Attribute,
        new: Option<&Value>,
        chosen: Option<&Chosen<'_>>,
        step: &Step<'_>,
    ) -> Changed<()> {
        if new.is_none() && step.action == Action::Add {
            return Ok(());
        }
        let picked = match chosen {
            Some(chosen) => self.matching(chosen),
            None => (0..self.values.len()).collect(),
        };
        if picked.is_empty() {
            if let Some(new) = new {
                let seed = match chosen {
                    Some(chosen) => chosen.seed.clone(),
                    None => Some(Map::new()),
                };
                let mut object = seed.ok_or_else(|| missed(&step.path))?;
                // A new value must match the filter it is made for: `emails[primary eq true].primary` set to false would
                // make another one each time it is sent.
                if object.get(part.name.as_ref()).is_some_and(|wanted| wanted != new) {
                    return Err(missed(&step.path));
                }
                object.insert(part.name.to_string(), new.clone());
                self.add(Value::Object(object), &mut Index::of(self.attribute, &self.values))?;
            }
            return Ok(());
        }
        // An e-mail address without the address is none.
        if new.is_none() && part.name == "value" {
            self.drop(&picked);
            return Ok(());
        }
        for &index in &picked {
            if let Some(Value::Object(object)) = self.values.get_mut(index) {
                set_part(object, part, new.cloned());
            }
        }
        self.fresh = picked;
        Ok(())
    }

    /// Takes the values at these positions away; the positions ascend.
    fn drop(&mut self, chosen: &[usize]) {
        let mut index = 0;
        self.values.retain(|_| {
            index += 1;
            chosen.binary_search(&(index - 1)).is_err()
        });
    }

    /// Adds a value, or joins it with the one it equals: RFC 7644 §3.5.2.1 wants no duplicate.
    fn add(&mut self, new: Value, index: &mut Index) -> Changed<()> {
        let key = Key::of(self.attribute, &new);
        match index.find(&key, self.budget)? {
            Some(position) => {
                if let Some(value) = self.values.get_mut(position) {
                    if let Value::Object(object) = value {
                        *value = join(std::mem::take(object), new);
                    }
                    index.change(&Key::of(self.attribute, value), position);
                }
                self.fresh.push(position);
            }
            None => {
                self.values.push(new);
                self.fresh.push(self.values.len() - 1);
                index.insert(key, self.values.len() - 1);
            }
        }
        Ok(())
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
            retain_distinct(&mut self.values);
        }
        if self.values.len() > MOST_STORED {
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

/// Sets the parts that were sent. An empty one is taken away, but adding nothing to something leaves it.
fn merge(object: &mut Map<String, Value>, parts: &Parts<'_>, action: Action) {
    for (part, value) in parts {
        if value.is_some() || action != Action::Add {
            set_part(object, part, value.clone());
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

fn missed(path: &PatchPath) -> Rejection {
    Rejection::no_target(format!(
        "no value matches {path}, and the filter doesn't say what a new one would be"
    ))
}
