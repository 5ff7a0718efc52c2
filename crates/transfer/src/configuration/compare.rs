//! Compares what a file says with what is stored, and lists the steps from the one to the other.

use std::collections::BTreeSet;

use super::{
    document::{Document, Fault, Secret, Thing, Value},
    kinds::Kind,
};

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Creates a thing.
    Create,
    /// Changes a thing.
    Change,
    /// Deletes a thing that the file does not name.
    Delete,
    /// Leaves a thing that the file does not name.
    Leave,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// The stored value; `None`: none is stored.
    pub before: Option<Value>,
    /// The value of the file.
    pub after: Value,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The thing as the file has it, or as it is stored if the file does not name it.
    pub thing: Thing,
    /// The thing as it is stored; `None`: it is created.
    pub stored: Option<Thing>,
    /// The values that differ; of a new thing, all that the file has.
    pub changes: Vec<Change>,
}

impl Step {
    /// The kind of its thing.
    pub fn kind(&self) -> Kind {
        self.thing.kind
    }

    /// The thing with only the values that are to be written.
    pub fn given(&self) -> Thing {
        let values = self.changes.iter().map(|change| (change.key, change.after.clone())).collect();
        Thing { values, ..self.thing.clone() }
    }

    /// Whether it writes anything.
    pub fn writes(&self) -> bool {
        self.action != Action::Leave
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// The steps, in the order of the file, then what the file does not name.
    pub steps: Vec<Step>,
    /// What can't be done.
    pub faults: Vec<Fault>,
}

/// Compares. `prunes`: whether what the file does not name is deleted. `is_kept` says which stored things nobody has to name.
pub fn compare(
    stored: &Document,
    wanted: &Document,
    prunes: bool,
    is_kept: impl Fn(&Thing) -> bool,
) -> Compared {
    let mut compared = Compared::default();
    let mut matched = BTreeSet::new();
    for thing in &wanted.things {
        match find(stored, thing) {
            Ok(Some(position)) if matched.insert(position) => {
                if let Some(before) = stored.things.get(position) {
                    changed(&mut compared, wanted, before, thing);
                }
            }
            Ok(Some(_)) => {
                compared.faults.push(thing.fault(None, "is the same as another one of this file"));
            }
            Ok(None) => created(&mut compared, thing),
            Err(fault) => compared.faults.push(fault),
        }
    }
    for (position, thing) in stored.things.iter().enumerate() {
        if !matched.contains(&position) && thing.kind != Kind::Workspace && !is_kept(thing) {
            let action = if prunes { Action::Delete } else { Action::Leave };
            let (thing, stored) = (thing.clone(), Some(thing.clone()));
            compared.steps.push(Step { action, thing, stored, changes: Vec::new() });
        }
    }
    compared
}

/// The position of the stored thing: by its id, if the file has one, otherwise by its names.
fn find(stored: &Document, wanted: &Thing) -> Result<Option<usize>, Fault> {
    let same_kind = |thing: &Thing| thing.kind == wanted.kind;
    if let Some(id) = wanted.id() {
        return Ok(stored.things.iter().position(|thing| same_kind(thing) && thing.id() == Some(id)));
    }
    let key = wanted.key();
    let is_named = |(_, thing): &(usize, &Thing)| same_kind(thing) && thing.key() == key;
    let mut found = stored.things.iter().enumerate().filter(is_named).map(|(position, _)| position);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(wanted.fault(Some("id"), "is missing: several of this name are stored")),
    }
}

fn created(compared: &mut Compared, thing: &Thing) {
    for field in thing.kind.fields() {
        if field.is_needed && !thing.values.contains_key(field.name) {
            let words = format!("is missing: a new {} needs it", thing.kind.name());
            compared.faults.push(thing.fault(Some(field.name), words));
        }
    }
    if needs_secret(thing)
        && let Some(fault) = without_secret(thing)
    {
        compared.faults.push(fault);
    }
    let changes = thing.values.iter().map(|(key, after)| Change { key, before: None, after: after.clone() });
    let changes = changes.collect();
    compared.steps.push(Step { action: Action::Create, thing: thing.clone(), stored: None, changes });
}

/// Whether a new thing can't do without its secret.
fn needs_secret(thing: &Thing) -> bool {
    let auth_method = thing.text("auth_method");
    match thing.kind {
        Kind::OidcConnection => {
            auth_method != Some("private_key_jwt") && thing.switch("enabled") != Some(false)
        }
        Kind::Client => auth_method.is_none_or(|method| method == "client_secret"),
        Kind::Webhook => true,
        _ => false,
    }
}

/// The fault of a new thing whose secret is not there.
fn without_secret(thing: &Thing) -> Option<Fault> {
    let kind = thing.kind.name();
    let key = if thing.kind == Kind::Webhook { "secret" } else { "client_secret" };
    let words = match thing.secret() {
        Some((_, secret)) if !secret.digests.is_empty() => return None,
        Some((_, Secret { reference: Some(reference), .. })) => {
            format!("refers to {reference}, which is not there; a new {kind} needs its secret")
        }
        _ => format!("is missing: a new {kind} needs {{ env = \"NAME\" }} or {{ file = \"/PATH\" }}"),
    };
    Some(thing.fault(Some(key), words))
}

fn changed(compared: &mut Compared, wanted: &Document, before: &Thing, after: &Thing) {
    let mut changes = Vec::new();
    for field in after.kind.fields() {
        let Some(value) = after.values.get(field.name) else { continue };
        let old = before.values.get(field.name);
        // A thing is found by its names without regard to letter case, or by its id.
        let is_name = after.kind.is_folded() && after.kind.names().contains(&field.name);
        if is_name || is_same(old, value) || follows_metadata(before, after, field.name) {
            continue;
        }
        if field.name == "default" && *value == Value::Switch(false) {
            // Another connection becomes the default, and so this one no longer is.
            let is_default = |thing: &Thing| thing.switch("default") == Some(true);
            if !wanted.things.iter().any(is_default) {
                let words = "can't be false: this is the default; set default = true on another connection";
                compared.faults.push(after.fault(Some("default"), words));
            }
            continue;
        }
        if field.is_fixed {
            let words = format!(
                "can't be changed after the {} is created; remove it, apply with --prune, then add it again",
                after.kind.name()
            );
            compared.faults.push(after.fault(Some(field.name), words));
            continue;
        }
        changes.push(Change { key: field.name, before: old.cloned(), after: value.clone() });
    }
    if !changes.is_empty() {
        let (thing, stored) = (after.clone(), Some(before.clone()));
        compared.steps.push(Step { action: Action::Change, thing, stored, changes });
    }
}

fn is_same(before: Option<&Value>, after: &Value) -> bool {
    match (before, after) {
        // A secret that is not there to compare stays as it is.
        (_, Value::Secret(after)) if after.digests.is_empty() => true,
        (Some(Value::Secret(before)), Value::Secret(after)) => {
            after.digests.iter().all(|digest| before.digests.contains(digest))
        }
        (before, after) => before == Some(after),
    }
}

/// Whether a value comes from the provider's metadata: the certificates of a connection that trusts it. The file has those of the start.
fn follows_metadata(before: &Thing, after: &Thing, key: &str) -> bool {
    let value = |name: &str| after.text(name).or(before.text(name)).unwrap_or_default().to_owned();
    let trusts = after.switch("trusts_metadata").or(before.switch("trusts_metadata")).unwrap_or(false);
    let is_of_metadata = key == "certificates" && after.kind == Kind::SamlConnection;
    is_of_metadata
        && trusts
        && !value("metadata_url").is_empty()
        && before.text("metadata_url") == Some(&value("metadata_url"))
}
