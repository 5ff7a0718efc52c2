//! The values of an event in words: what changed, and the other members. Bounded, so that a page of the longest lines stays small; the
//! export has everything. Pure.

use serde_json::{Map, Value};

/// The most that a page shows of one value, in characters.
const VALUE: usize = 120;
/// The most values that a page shows of a line.
const FACTS: usize = 6;
/// The most that all values of a page may take as HTML, in bytes.
pub(super) const SIZE: usize = 24 * 1024;

/// The values of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Values {
    /// Name, before, after.
    pub changes: Vec<(String, String, String)>,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Whether values are left out.
    pub more: bool,
}

impl Values {
    /// The values of an event's data, as far as they fit into what is `left` of the page. Data that is no object is shown as it is.
    pub(super) fn of(data: Value, left: &mut usize) -> Self {
        let members = match data {
            Value::Object(members) => members,
            damaged => Map::from_iter([("data".to_owned(), damaged)]),
        };
        let mut values = Self::default();
        let (before, after) = (members.get("before"), members.get("after"));
        for change in changes(&members) {
            values.push(left, change);
        }
        let is_in_changes = |name: &str| {
            let object = before.and_then(Value::as_object);
            ["before", "after"].contains(&name) && before.is_some()
                || after.is_none() && object.is_some_and(|object| object.contains_key(name))
        };
        for (name, value) in members.iter().filter(|(name, _)| !is_in_changes(name)) {
            if values.changes.len() + values.facts.len() >= FACTS || !afford(left, &[name, &words(value)]) {
                values.more = true;
                break;
            }
            values.facts.push((clip(&plain(name)), words(value)));
        }
        values
    }

    fn push(&mut self, left: &mut usize, [name, was, is]: [String; 3]) {
        if self.changes.len() >= FACTS || !afford(left, &[&name, &was, &is]) {
            self.more = true;
            return;
        }
        self.changes.push((name, was, is));
    }
}

/// The changes of an event: `before` and `after` are objects or values, or `before` is an object and the other members are the values
/// after.
fn changes(members: &Map<String, Value>) -> Vec<[String; 3]> {
    let nothing = Value::Null;
    match (members.get("before"), members.get("after")) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names = after.keys().chain(before.keys().filter(|name| !after.contains_key(*name)));
            names
                .map(|name| {
                    let (was, is) =
                        (before.get(name).unwrap_or(&nothing), after.get(name).unwrap_or(&nothing));
                    [clip(&plain(name)), words(was), words(is)]
                })
                .collect()
        }
        (Some(Value::Object(before)), None) => before
            .iter()
            .map(|(name, was)| [clip(&plain(name)), words(was), words(members.get(name).unwrap_or(&nothing))])
            .collect(),
        (Some(was), Some(is)) => vec![["all".to_owned(), words(was), words(is)]],
        _ => Vec::new(),
    }
}

/// Subtracts the size of these texts as HTML from what is left, if it is enough.
fn afford(left: &mut usize, texts: &[&str]) -> bool {
    let bytes = |letter: char| if "<>&\"'".contains(letter) { 5 } else { letter.len_utf8() };
    let size: usize = texts.iter().flat_map(|text| text.chars()).map(bytes).sum::<usize>() + 40;
    let fits = size <= *left;
    if fits {
        *left -= size;
    }
    fits
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// A value in words.
fn words(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "nothing".to_owned(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    clip(&text)
}

pub(super) fn clip(text: &str) -> String {
    if text.chars().count() <= VALUE {
        return text.to_owned();
    }
    text.chars().take(VALUE).chain([' ', '…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(data: &str) -> Values {
        Values::of(serde_json::from_str(data).unwrap(), &mut SIZE.clone())
    }

    fn change(name: &str, was: &str, is: &str) -> (String, String, String) {
        (name.to_owned(), was.to_owned(), is.to_owned())
    }

    #[test]
    fn changes_are_found_in_each_form_of_event() {
        let both = values(r#"{"changed":["title"],"before":{"title":null},"after":{"title":"Lady"}}"#);
        assert_eq!(both.changes, [change("title", "nothing", "Lady")]);
        assert_eq!(both.facts, [("changed".to_owned(), "title".to_owned())]);
        let beside = values(r#"{"allow_basic":true,"name":"Acme","before":{"allow_basic":false}}"#);
        assert_eq!(beside.changes, [change("allow basic", "no", "yes")]);
        assert_eq!(beside.facts, [("name".to_owned(), "Acme".to_owned())]);
        let lists = values(r#"{"before":["member"],"after":[]}"#);
        assert_eq!(lists.changes, [change("all", "member", "nothing")]);
        let damaged = values(r#""{nonsense""#);
        assert_eq!(damaged.facts, [("data".to_owned(), "{nonsense".to_owned())]);
    }

    #[test]
    fn a_page_of_the_longest_lines_stays_small() {
        let long = format!(
            r#"{{"a":"{0}","b":"{0}","c":"{0}","d":"{0}","e":"{0}","f":"{0}","g":1}}"#,
            "<".repeat(500)
        );
        let mut left = SIZE;
        let facts: usize =
            (0..50).map(|_| Values::of(serde_json::from_str(&long).unwrap(), &mut left).facts.len()).sum();
        assert!((10..60).contains(&facts), "{facts}");
        assert!(
            values(&long).more
                && values(&long).facts.iter().all(|(_, value)| value.chars().count() <= VALUE + 2)
        );
    }
}
