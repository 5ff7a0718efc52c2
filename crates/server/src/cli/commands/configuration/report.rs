//! What a run prints: the steps, what the folder does not name, and what is wrong. Never a secret: a secret is set, changed or unchanged.

use serde_json::{Map, Value as Json, json};
use vestibule_transfer::configuration::{Action, Change, Document, Fault, Secret, Step, Value};

/// What was done with one file, or would be.
pub(super) struct Part<'a> {
    /// The file.
    pub document: &'a Document,
    /// The steps.
    pub steps: Vec<Step>,
}

/// The report of a run. `run`: its id, the request of its events; `None`: nothing was written.
pub(super) fn of(parts: &[Part<'_>], run: Option<&str>) -> Json {
    let (mut changes, mut left, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts = [0_usize; 3];
    let [created, changed, deleted] = &mut counts;
    for part in parts {
        for step in &part.steps {
            let (list, action) = match step.action {
                Action::Create => (&mut changes, Some((&mut *created, "create"))),
                Action::Change => (&mut changes, Some((&mut *changed, "change"))),
                Action::Delete => (&mut changes, Some((&mut *deleted, "delete"))),
                Action::Leave => (&mut left, None),
            };
            let mut line = Map::new();
            line.insert("file".to_owned(), json!(part.document.file));
            let workspace = part.document.workspace().and_then(|thing| thing.text("id"));
            line.insert("workspace".to_owned(), json!(workspace));
            if let Some((count, action)) = action {
                *count += 1;
                line.insert("action".to_owned(), json!(action));
            }
            line.insert("kind".to_owned(), json!(step.kind().name()));
            line.insert("name".to_owned(), json!(step.thing.name()));
            if step.thing.kind.has_id() && step.action != Action::Create {
                line.insert("id".to_owned(), json!(step.stored.as_ref().and_then(|thing| thing.id())));
            }
            let fields = fields(step);
            if !fields.is_empty() {
                line.insert("fields".to_owned(), Json::Array(fields));
            }
            list.push(Json::Object(line));
        }
        for thing in &part.document.things {
            if let Some((key, Secret { reference: Some(reference), digests })) = thing.secret()
                && digests.is_empty()
            {
                let fault = thing.fault(Some(key), "");
                kept.push(json!({
                    "file": fault.file, "line": fault.line, "key": fault.path, "refers_to": reference.to_string(),
                }));
            }
        }
    }
    json!({
        "written": run.is_some(),
        "run": run,
        "summary": summary(counts, run.is_some()),
        "changes": changes,
        "not_in_the_folder": left,
        "stored_secrets_kept": kept,
    })
}

fn summary([created, changed, deleted]: [usize; 3], is_written: bool) -> String {
    match (created + changed + deleted, is_written) {
        (0, _) => "nothing to change".to_owned(),
        (_, true) => format!("{created} created, {changed} changed, {deleted} deleted"),
        (_, false) => format!("{created} to create, {changed} to change, {deleted} to delete"),
    }
}

/// The values of a step.
fn fields(step: &Step) -> Vec<Json> {
    let mut fields: Vec<Json> = step.changes.iter().map(|change| field(step, change)).collect();
    let secret = step.thing.secret().filter(|(_, secret)| !secret.digests.is_empty());
    if let (Action::Change, Some((key, _))) = (step.action, secret)
        && !step.changes.iter().any(|change| change.key == key)
    {
        fields.push(json!({ "key": key, "secret": "unchanged" }));
    }
    fields
}

fn field(step: &Step, change: &Change) -> Json {
    let key = change.key;
    match (&change.after, step.action) {
        (Value::Secret(_), Action::Create) => json!({ "key": key, "secret": "set" }),
        (Value::Secret(_), _) => json!({ "key": key, "secret": "changed" }),
        (after, Action::Create) => json!({ "key": key, "after": value(after) }),
        (after, _) => {
            json!({ "key": key, "before": change.before.as_ref().map(value), "after": value(after) })
        }
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Switch(on) => json!(on),
        Value::Number(number) => json!(number),
        Value::Word(word) => json!(word),
        Value::Texts(texts) => json!(texts),
        Value::Secret(_) => json!("a secret"),
        Value::Scopes(scopes) => {
            scopes.iter().map(|one| json!({ "scope": one.scope, "text": one.text })).collect()
        }
    }
}

/// Faults as the report has them.
pub(super) fn faults(faults: &[Fault]) -> Json {
    let one = |fault: &Fault| json!({ "file": fault.file, "line": fault.line, "key": fault.path, "sentence": fault.sentence });
    faults.iter().map(one).collect()
}
