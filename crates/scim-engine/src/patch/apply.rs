//! Applying a PATCH to a document: finds what each operation is about and puts the changed value in its place.
//! Never replaces the document: an operation without a path merges, attribute by attribute.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    prepare::{New, Prepared, Step, To},
    request::{Action, Request},
    values::{Weight, changed, work},
};
use crate::{
    budget::Budget,
    document::{check_growth, sync_schemas},
    error::Rejection,
    schema::{Found, Mutability, Schema},
};

/// The resource after the request, or why it is refused. Names come out in the schema's spelling.
///
/// # Errors
/// As [`Prepared::new`] and [`Prepared::apply`].
pub fn apply(
    before: &Map<String, Value>,
    request: &Request,
    schema: &Schema,
) -> Result<Map<String, Value>, Rejection> {
    Prepared::new(request, schema)?.apply(before, &Budget::new())
}

impl Prepared<'_> {
    /// The resource after the request. Its work is counted, and refused before any of it is done.
    ///
    /// # Errors
    /// `tooMany` for more work than the budget has; `noTarget`, `mutability`, `invalidValue` for what doesn't fit the
    /// resource.
    pub fn apply(
        &self,
        before: &Map<String, Value>,
        budget: &Budget,
    ) -> Result<Map<String, Value>, Rejection> {
        budget.check(self.work(before))?;
        let mut after = before.clone();
        for step in &self.steps {
            match &step.to {
                To::Extension(extension) => drop(after.shift_remove(extension.urn.as_ref())),
                To::Attribute(found, new) => set(&mut after, *found, step, new, budget)?,
            }
        }
        check_growth(before, &after, self.schema)?;
        sync_schemas(&mut after, self.schema);
        Ok(after)
    }

    /// The work on the values that the resource has before the first operation, in units.
    fn work(&self, before: &Map<String, Value>) -> u64 {
        let mut weights: HashMap<(Option<&str>, &str), Weight> = HashMap::new();
        let mut units = 0_u64;
        for step in &self.steps {
            let To::Attribute(found, new) = &step.to else { continue };
            if found.attribute.multi_valued {
                let urn = found.extension.map(|extension| extension.urn.as_ref());
                let weight = weights
                    .entry((urn, found.attribute.name.as_ref()))
                    .or_insert_with(|| Weight::of(current(before, *found)));
                units = units.saturating_add(work(new, *weight));
            }
        }
        units
    }
}

fn current<'a>(resource: &'a Map<String, Value>, found: Found<'_>) -> Option<&'a Value> {
    let name = found.attribute.name.as_ref();
    match found.extension {
        Some(extension) => resource.get(extension.urn.as_ref()).and_then(|object| object.get(name)),
        None => resource.get(name),
    }
}

/// Changes one attribute where it lives.
fn set(
    resource: &mut Map<String, Value>,
    found: Found<'_>,
    step: &Step<'_>,
    new: &New<'_>,
    budget: &Budget,
) -> Result<(), Rejection> {
    let attribute = found.attribute;
    let name = attribute.name.as_ref();
    let place = match found.extension {
        Some(extension) => resource.get_mut(extension.urn.as_ref()).and_then(|object| object.get_mut(name)),
        None => resource.get_mut(name),
    };
    // Taken out, not copied: an operation may not cost the size of what it leaves. A refusal drops the whole document.
    let old = place.map(Value::take);
    let kept = if attribute.mutability == Mutability::Immutable { old.clone() } else { None };
    let new = changed(found, step, new, old, budget)?;
    if kept.is_some() && new != kept {
        return Err(Rejection::mutability(format!("{name} can't be changed once it is set")));
    }
    if new.is_none() && (attribute.required || attribute.not_null) {
        // RFC 7644 §3.5.2.2: removing what is required is a matter of mutability; an empty value is a wrong value.
        return Err(match step.action {
            Action::Remove => Rejection::mutability(format!("{name} can't be removed, only replaced")),
            _ => Rejection::value(format!("{name} can't be empty")),
        });
    }
    match (found.extension, new) {
        (None, Some(value)) => {
            resource.insert(name.to_owned(), value);
        }
        (None, None) => {
            resource.shift_remove(name);
        }
        (Some(extension), new) => {
            let object = resource.entry(extension.urn.as_ref()).or_insert_with(|| Value::Object(Map::new()));
            let Some(object) = object.as_object_mut() else {
                return Err(Rejection::value(format!("{} must be an object", extension.urn)));
            };
            match new {
                Some(value) => object.insert(name.to_owned(), value),
                None => object.shift_remove(name),
            };
            if object.is_empty() {
                resource.shift_remove(extension.urn.as_ref());
            }
        }
    }
    Ok(())
}
