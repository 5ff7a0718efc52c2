//! Applies a prepared PATCH to a document, attribute by attribute. It must never replace the document: an operation
//! without a path merges.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    cost::{Size, work},
    prepare::{NewValue, Prepared, Step, Target},
    request::{Action, Request},
    values::new_value,
};
use crate::{
    budget::Budget,
    document::{check_growth, sync_schemas},
    error::Rejection,
    schema::{Found, Mutability, Schema},
};

/// Applies a request to a resource. The result has names in the schema's spelling.
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
    /// Applies the request to a resource. Counts the work first, and refuses it before any of it is done.
    ///
    /// # Errors
    /// `tooMany` if the work exceeds the budget; `noTarget`, `mutability`, `invalidValue` if the request does not fit
    /// the resource.
    pub fn apply(
        &self,
        before: &Map<String, Value>,
        budget: &Budget,
    ) -> Result<Map<String, Value>, Rejection> {
        budget.check(self.work(before))?;
        let mut after = before.clone();
        for step in &self.steps {
            match &step.target {
                Target::Extension(extension) => drop(after.shift_remove(extension.urn.as_ref())),
                Target::Attribute(found, new) => set(&mut after, *found, step, new, budget)?,
            }
        }
        check_growth(before, &after, self.schema)?;
        sync_schemas(&mut after, self.schema);
        Ok(after)
    }

    /// The work on the values of the resource before the first operation, in units.
    fn work(&self, before: &Map<String, Value>) -> u64 {
        let mut sizes: HashMap<(Option<&str>, &str), Size> = HashMap::new();
        let mut units = 0_u64;
        for step in &self.steps {
            let Target::Attribute(found, new) = &step.target else { continue };
            if found.attribute.multi_valued {
                let urn = found.extension.map(|extension| extension.urn.as_ref());
                let size = sizes
                    .entry((urn, found.attribute.name.as_ref()))
                    .or_insert_with(|| Size::of(current(before, *found)));
                units = units.saturating_add(work(new, *size));
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

/// Changes one attribute of the resource.
fn set(
    resource: &mut Map<String, Value>,
    found: Found<'_>,
    step: &Step<'_>,
    new: &NewValue<'_>,
    budget: &Budget,
) -> Result<(), Rejection> {
    let attribute = found.attribute;
    let name = attribute.name.as_ref();
    let place = match found.extension {
        Some(extension) => resource.get_mut(extension.urn.as_ref()).and_then(|object| object.get_mut(name)),
        None => resource.get_mut(name),
    };
    // Moves the value out instead of copying it, so that unchanged values cost nothing. On an error the caller drops the
    // document.
    let old = place.map(Value::take);
    let immutable = if attribute.mutability == Mutability::Immutable { old.clone() } else { None };
    let new = new_value(found, step, new, old, budget)?;
    if immutable.is_some() && new != immutable {
        return Err(Rejection::mutability(format!("{name} can't be changed once it is set")));
    }
    if new.is_none() && (attribute.required || attribute.not_null) {
        // RFC 7644 §3.5.2.2: removing a required attribute is `mutability`; an empty value is `invalidValue`.
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
