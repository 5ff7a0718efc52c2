//! Lines about rights and members in words: what a person got and lost (`rights_changed`), and who joined and left a group. Pure.

use serde_json::{Map, Value};
use vestibule_core::{ids::UserId, providers::Provider, sets::EventKind};
use vestibule_store::{people::users::UserSummary, rights::origins::Right, trail::events::Event};

use crate::{audit::sentences::sentence, layout::role_source};

/// People whom a line of a group names on a page.
const NAMED: usize = 10;

/// What somebody got and lost, in words; `None` for a line of another kind, or one that can't be read.
pub(crate) fn of_person(event: &Event, provider: &Provider) -> Option<String> {
    if event.kind != EventKind::RightsChanged.as_str() {
        return None;
    }
    let data = event.data_or_text();
    let list = |name: &str| in_words(data.get(name), provider);
    let (gained, lost) = (list("gained"), list("lost"));
    let part =
        |verb: &str, list: Vec<String>| (!list.is_empty()).then(|| format!("{verb} {}", list.join(", ")));
    let parts: Vec<String> = [part("got", gained), part("lost", lost)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The number of the line that caused this one.
pub(crate) fn cause(event: &Event) -> Option<i64> {
    if event.kind != EventKind::RightsChanged.as_str() {
        return None;
    }
    event.data_or_text().get("cause")?.get("seq")?.as_i64()
}

/// The ids of people whom a line of a group names.
pub(crate) fn named_people(event: &Event) -> Vec<UserId> {
    let is_of_group =
        [EventKind::GroupCreated, EventKind::GroupUpdated].iter().any(|kind| kind.as_str() == event.kind);
    if !is_of_group {
        return Vec::new();
    }
    let data = event.data_or_text();
    let ids = |name: &str| data.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let some = |name: &str| ids(name).into_iter().take(NAMED);
    some("joined").chain(some("left")).filter_map(|id| id.as_str().map(UserId::from_stored)).collect()
}

/// The data of a line with names in place of ids, where a page shows names.
pub(crate) fn readable(event: &Event, people: &[UserSummary], provider: &Provider) -> Value {
    let mut data = event.data_or_text();
    let Some(members) = data.as_object_mut() else { return data };
    if event.kind == EventKind::RightsChanged.as_str() {
        for name in ["gained", "lost"] {
            let words = in_words(members.get(name), provider);
            members.insert(name.to_owned(), Value::from(words));
        }
        let cause = members.get("cause").and_then(|cause| cause.get("kind")).and_then(Value::as_str);
        if let Some(sentence) = cause.map(sentence) {
            members.insert("cause".to_owned(), Value::from(sentence));
        }
    } else if !named_people(event).is_empty() {
        // The numbers follow from the names, and a line has room for few members.
        for (name, count) in [("joined", "added"), ("joined", "members"), ("left", "removed")] {
            name_people(members, (name, count), people);
        }
    }
    data
}

/// Replaces ids of people by their names, and says how many more there are.
fn name_people(members: &mut Map<String, Value>, (name, count): (&str, &str), people: &[UserSummary]) {
    let (Some(Value::Array(ids)), Some(total)) =
        (members.get(name).cloned(), members.get(count).and_then(Value::as_u64))
    else {
        return;
    };
    let named = ids.iter().filter_map(Value::as_str).take(NAMED);
    let mut words: Vec<String> = named
        .map(|id| {
            let person = people.iter().find(|person| person.user_id.as_str() == id);
            person.map_or("somebody deleted since", UserSummary::greeting).to_owned()
        })
        .collect();
    let more = total.saturating_sub(u64::try_from(words.len()).unwrap_or_default());
    if more > 0 {
        words.push(format!("{more} more"));
    }
    members.remove(count);
    members.insert(name.to_owned(), Value::from(words));
}

/// Rights in words: "role editor (the group Engineering)".
fn in_words(list: Option<&Value>, provider: &Provider) -> Vec<String> {
    let rights = list.and_then(Value::as_array).into_iter().flatten();
    let rights = rights.filter_map(|right| serde_json::from_value::<Right>(right.clone()).ok());
    rights
        .map(|right| {
            let from = role_source::of_text(&right.source, provider);
            format!("{} {} ({from})", right.kind.word(), right.id)
        })
        .collect()
}
