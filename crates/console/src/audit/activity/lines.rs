//! Lines of the trail as `/activity` shows them: names looked up once for all of them, what happened in a sentence, what it was
//! before and is since. Bounded, so that a page of the longest lines stays small; the export has everything.

use serde_json::{Map, Value};
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::{
        groups,
        users::{self, Brief},
    },
    trail::{events::Event, requests},
};

use crate::{
    account::sessions::Moment,
    audit::{sentences::sentence, trail_lines},
};

/// The most of one value that is shown, in characters.
const VALUE: usize = 120;
/// The most that is shown of a line's changes and details.
const FACTS: usize = 6;
/// What all values of a page may weigh, as HTML.
const WEIGHT: usize = 24 * 1024;

/// A line.
pub(crate) struct Line {
    pub seq: i64,
    pub at: Moment,
    pub who: Party,
    pub whom: Party,
    pub what: String,
    /// Name, before, after.
    pub changes: Vec<(String, String, String)>,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Whether something of it is left to the export.
    pub more: bool,
    /// The request, when it is kept.
    pub request: Option<String>,
}

/// Who did something, or whom it was done to.
pub(crate) struct Party {
    pub words: String,
    /// Where they have a page.
    pub link: Option<String>,
}

/// These events as lines.
pub(crate) fn of(
    conn: &mut Conn,
    workspace_id: &str,
    events: Vec<Event>,
    now: Micros,
) -> Result<Vec<Line>, Error> {
    let named = |kind: &str| {
        let parties = events.iter().flat_map(|event| [&event.actor, &event.target]);
        let mut ids: Vec<String> =
            parties.filter_map(|party| party.strip_prefix(kind)).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let people = users::briefs(conn, workspace_id, &named("user:"))?;
    let groups = groups::names(conn, workspace_id, &named("group:"))?;
    let asked: Vec<String> = events.iter().map(|event| event.request_id.clone()).collect();
    let kept = requests::kept(conn, workspace_id, &asked)?;
    let mut left = WEIGHT;
    Ok(events
        .into_iter()
        .map(|event| {
            let told = Told::of(&event.data, &mut left);
            Line {
                seq: event.seq,
                at: Moment::of(event.at, now),
                who: party(&event.actor, &people, &groups),
                whom: party(&event.target, &people, &groups),
                what: sentence(&event.kind),
                changes: told.changes,
                facts: told.facts,
                more: told.more,
                request: Some(event.request_id).filter(|id| kept.contains(id)),
            }
        })
        .collect())
}

fn party(named: &str, people: &[Brief], groups: &[(String, String)]) -> Party {
    let linked = |words: &str, link: String| Party { words: words.to_owned(), link: Some(link) };
    match named.split_once(':') {
        Some(("group", id)) => match groups.iter().find(|(group, _)| group == id) {
            Some((_, name)) => linked(&format!("the group {}", clip(name)), format!("/groups/{id}")),
            None => Party { words: "a group deleted since".to_owned(), link: None },
        },
        Some(("webhook", id)) => linked("a webhook", format!("/webhooks/{id}")),
        Some(("grant", _)) => linked("a connection", "/tokens".to_owned()),
        Some(("client", _)) => Party { words: "an app".to_owned(), link: None },
        _ => {
            let known = trail_lines::party(named, people);
            let link = known.person.map(|id| format!("/people/{id}"));
            Party { words: clip(&known.words), link }
        }
    }
}

/// What an event's data tell.
#[derive(Debug, Default, PartialEq)]
struct Told {
    changes: Vec<(String, String, String)>,
    facts: Vec<(String, String)>,
    more: bool,
}

impl Told {
    /// Of a JSON object, as much as is `left` of the page.
    fn of(data: &str, left: &mut usize) -> Self {
        let members: Map<String, Value> = serde_json::from_str(data).unwrap_or_default();
        let mut told = Self::default();
        let (before, after) = (members.get("before"), members.get("after"));
        for change in changes(&members) {
            told.push(left, change);
        }
        let said = |name: &str| {
            let object = before.and_then(Value::as_object);
            ["before", "after"].contains(&name) && before.is_some()
                || after.is_none() && object.is_some_and(|object| object.contains_key(name))
        };
        for (name, value) in members.iter().filter(|(name, _)| !said(name)) {
            if told.changes.len() + told.facts.len() >= FACTS || !afford(left, &[name, &words(value)]) {
                told.more = true;
                break;
            }
            told.facts.push((clip(&plain(name)), words(value)));
        }
        told
    }

    fn push(&mut self, left: &mut usize, [name, was, is]: [String; 3]) {
        if self.changes.len() >= FACTS || !afford(left, &[&name, &was, &is]) {
            self.more = true;
            return;
        }
        self.changes.push((name, was, is));
    }
}

/// What was so before and is otherwise now: both told as objects or as values, or what was before beside what is.
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

/// Takes what these weigh as HTML from what is left, if there is as much.
fn afford(left: &mut usize, texts: &[&str]) -> bool {
    let heavy = |letter: char| if "<>&\"'".contains(letter) { 5 } else { letter.len_utf8() };
    let weight: usize = texts.iter().flat_map(|text| text.chars()).map(heavy).sum::<usize>() + 40;
    let fits = weight <= *left;
    if fits {
        *left -= weight;
    }
    fits
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// A value as people read it.
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

fn clip(text: &str) -> String {
    if text.chars().count() <= VALUE {
        return text.to_owned();
    }
    text.chars().take(VALUE).chain([' ', '…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(data: &str) -> Told {
        Told::of(data, &mut WEIGHT.clone())
    }

    fn change(name: &str, was: &str, is: &str) -> (String, String, String) {
        (name.to_owned(), was.to_owned(), is.to_owned())
    }

    #[test]
    fn what_changed_is_told_however_the_event_says_it() {
        let both = told(r#"{"changed":["title"],"before":{"title":null},"after":{"title":"Lady"}}"#);
        assert_eq!(both.changes, [change("title", "nothing", "Lady")]);
        assert_eq!(both.facts, [("changed".to_owned(), "title".to_owned())]);
        let beside = told(r#"{"allow_basic":true,"name":"Acme","before":{"allow_basic":false}}"#);
        assert_eq!(beside.changes, [change("allow basic", "no", "yes")]);
        assert_eq!(beside.facts, [("name".to_owned(), "Acme".to_owned())]);
        let lists = told(r#"{"before":["member"],"after":[]}"#);
        assert_eq!(lists.changes, [change("all", "member", "nothing")]);
        assert_eq!(told("nonsense"), Told::default());
    }

    #[test]
    fn a_page_of_the_longest_lines_stays_small() {
        let long = format!(
            r#"{{"a":"{0}","b":"{0}","c":"{0}","d":"{0}","e":"{0}","f":"{0}","g":1}}"#,
            "<".repeat(500)
        );
        let mut left = WEIGHT;
        let shown: usize = (0..50).map(|_| Told::of(&long, &mut left).facts.len()).sum();
        assert!((10..60).contains(&shown), "{shown}");
        assert!(
            told(&long).more && told(&long).facts.iter().all(|(_, value)| value.chars().count() <= VALUE + 2)
        );
    }
}
