//! Finds duplicate values of a multi-valued attribute. Must stay linear: values are found by a key or a hash, never by
//! comparing each value with all others.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState},
};

use serde_json::Value;

use crate::{budget::Budget, error::Rejection, filter::fold, schema::Attribute};

/// Removes repeated values. Values are equal if their members are, in any order.
pub(crate) fn retain_distinct(values: &mut Vec<Value>) {
    if values.len() < 2 {
        return;
    }
    let state = RandomState::new();
    let mut seen = HashSet::with_capacity(values.len());
    let first: Vec<bool> = values.iter().map(|value| seen.insert(Whole { value, state: &state })).collect();
    let mut first = first.into_iter();
    values.retain(|_| first.next().unwrap_or(true));
}

/// A value as a key of a hash set.
struct Whole<'a> {
    value: &'a Value,
    state: &'a RandomState,
}

impl PartialEq for Whole<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Whole<'_> {}

impl Hash for Whole<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hash(self.value, self.state).hash(hasher);
    }
}

fn hash(value: &Value, state: &RandomState) -> u64 {
    let mut hasher: DefaultHasher = state.build_hasher();
    match value {
        Value::Null => 0_u8.hash(&mut hasher),
        Value::Bool(truth) => truth.hash(&mut hasher),
        Value::Number(number) => number.to_string().hash(&mut hasher),
        Value::String(text) => text.hash(&mut hasher),
        Value::Array(values) => {
            values.iter().for_each(|value| hash_into(&mut hasher, value, state));
        }
        // A sum does not depend on the order of the members.
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| state.hash_one((name, hash(value, state))))
            .fold(0_u64, u64::wrapping_add)
            .hash(&mut hasher),
    }
    hasher.finish()
}

fn hash_into(hasher: &mut DefaultHasher, value: &Value, state: &RandomState) {
    hash(value, state).hash(hasher);
}

/// The key of a value. Two values are duplicates if they have the same `value` and, where both have a `type`, the same
/// `type`. Values without a `value` are duplicates only if all their members are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    value: String,
    kind: Option<String>,
}

impl Key {
    /// The key of one element of a multi-valued attribute.
    pub(crate) fn of(attribute: &Attribute, element: &Value) -> Self {
        let Some(value) = attribute.sub("value") else {
            return Self { value: part(attribute, element), kind: None };
        };
        match element.get("value") {
            Some(of_value) => Self {
                value: format!("v{}", part(value, of_value)),
                kind: attribute
                    .sub("type")
                    .zip(element.get("type"))
                    .map(|(kind, of_kind)| part(kind, of_kind)),
            },
            None => Self { value: format!("w{}", whole(element)), kind: None },
        }
    }

    fn matches_type(&self, kind: Option<&String>) -> bool {
        self.kind.is_none() || kind.is_none() || self.kind.as_ref() == kind
    }
}

/// The value of a sub-attribute as a text. Equal values have equal texts.
fn part(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if !attribute.case_exact => format!("s{}", fold(text)),
        value => format!("j{}", whole(value)),
    }
}

/// The JSON of a value, with its members in alphabetical order.
fn whole(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut parts: Vec<String> =
                members.iter().map(|(name, value)| format!("{name:?}{value}")).collect();
            parts.sort_unstable();
            parts.concat()
        }
        value => value.to_string(),
    }
}

/// Positions of values by their keys.
#[derive(Debug, Default)]
pub(crate) struct Index(HashMap<String, Vec<(Option<String>, usize)>>);

impl Index {
    /// The index of these values, by position.
    pub(crate) fn of<'a>(attribute: &Attribute, values: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut index = Self::default();
        for (position, value) in values.into_iter().enumerate() {
            index.insert(Key::of(attribute, value), position);
        }
        index
    }

    /// Adds the element at `position`.
    pub(crate) fn insert(&mut self, key: Key, position: usize) {
        self.0.entry(key.value).or_default().push((key.kind, position));
    }

    /// The position of the first duplicate of the value with this key.
    ///
    /// # Errors
    /// `tooMany` if the search through values with the same `value` exceeds the budget.
    pub(crate) fn find(&self, key: &Key, budget: &Budget) -> Result<Option<usize>, Rejection> {
        let Some(candidates) = self.0.get(&key.value) else { return Ok(None) };
        budget.charge(candidates.len() as u64)?;
        Ok(candidates.iter().find(|(kind, _)| key.matches_type(kind.as_ref())).map(|(_, position)| *position))
    }

    /// Updates the `type` of the value at this position. Its `value` must be the key's.
    pub(crate) fn change(&mut self, key: &Key, position: usize) {
        if let Some((kind, _)) =
            self.0.get_mut(&key.value).and_then(|found| found.iter_mut().find(|(_, at)| *at == position))
        {
            kind.clone_from(&key.kind);
        }
    }
}
