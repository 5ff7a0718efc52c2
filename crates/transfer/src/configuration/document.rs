//! A file as it was read, or the stored settings in the same form.

use std::{collections::BTreeMap, fmt};

use vestibule_core::fold::fold;

use super::kinds::{Area, Kind};

/// One file, or what is stored of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file, as errors name it.
    pub file: String,
    /// What it is about.
    pub area: Area,
    /// The things in it. The workspace itself is the first.
    pub things: Vec<Thing>,
}

/// A thing: a workspace, a role, a connection, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Its kind.
    pub kind: Kind,
    /// Its values, by key. A key that is absent says nothing about the value.
    pub values: BTreeMap<&'static str, Value>,
    /// Where it is.
    pub at: Place,
}

/// Where a thing is in a file. A stored thing has the empty place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line where it begins, from 1; 0: none.
    pub line: usize,
    /// Its path, such as `role[2]`; empty for the top of the file.
    pub path: String,
    /// The lines of its keys.
    pub lines: BTreeMap<&'static str, usize>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// The word in place of a number.
    Word(&'static str),
    /// A list of texts: sorted, each once.
    Texts(Vec<String>),
    /// A secret.
    Secret(Secret),
    /// Scopes, in order.
    Scopes(Vec<Scope>),
}

impl Value {
    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut all: Vec<String> = texts.into_iter().map(Into::into).collect();
        all.sort();
        all.dedup();
        Self::Texts(all)
    }
}

/// A secret: where it is, and the digests by which it is compared. Its text is nowhere here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secret {
    /// Where it is; `None`: the stored one.
    pub reference: Option<Reference>,
    /// Digests of the secrets that are valid. Of a file: that of the secret it refers to, or none when it is not there.
    pub digests: Vec<String>,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reference {
    /// An environment variable.
    Env(String),
    /// A file: an absolute path.
    File(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(formatter, "the environment variable {name}"),
            Self::File(path) => write!(formatter, "the file {path}"),
        }
    }
}

/// A scope of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The scope.
    pub scope: String,
    /// Description for people; empty: none.
    pub text: String,
}

impl Thing {
    /// A thing that is stored.
    pub fn stored(kind: Kind, values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self { kind, values: values.into_iter().collect(), at: Place::default() }
    }

    /// The text at a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The switch at a key.
    pub fn switch(&self, key: &str) -> Option<bool> {
        match self.values.get(key) {
            Some(Value::Switch(on)) => Some(*on),
            _ => None,
        }
    }

    /// The number at a key; `Some(None)`: the word in its place.
    pub fn number(&self, key: &str) -> Option<Option<i64>> {
        match self.values.get(key) {
            Some(Value::Number(number)) => Some(Some(*number)),
            Some(Value::Word(_)) => Some(None),
            _ => None,
        }
    }

    /// The list of texts at a key.
    pub fn texts(&self, key: &str) -> Option<&[String]> {
        match self.values.get(key) {
            Some(Value::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    /// The scopes at a key.
    pub fn scopes(&self, key: &str) -> Option<&[Scope]> {
        match self.values.get(key) {
            Some(Value::Scopes(scopes)) => Some(scopes),
            _ => None,
        }
    }

    /// The secret of the thing with its key; a kind has at most one.
    pub fn secret(&self) -> Option<(&'static str, &Secret)> {
        self.values.iter().find_map(|(key, value)| match value {
            Value::Secret(secret) => Some((*key, secret)),
            _ => None,
        })
    }

    /// Its id, if its kind has one besides its name.
    pub fn id(&self) -> Option<&str> {
        if self.kind.has_id() { self.text("id") } else { None }
    }

    /// What people call it: its names in the file.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.kind.names().iter().filter_map(|key| self.text(key)).collect();
        names.join(" ")
    }

    /// Its names, as they are compared.
    pub(super) fn key(&self) -> String {
        if self.kind.is_folded() { fold(&self.name()) } else { self.name() }
    }

    /// A fault of the thing, or of the value at a key.
    pub fn fault(&self, key: Option<&str>, sentence: impl Into<String>) -> Fault {
        let line = key.and_then(|key| self.at.lines.get(key)).copied().unwrap_or(self.at.line);
        let path = match (self.at.path.as_str(), key) {
            (path, None) => path.to_owned(),
            ("", Some(key)) => key.to_owned(),
            // A domain is a text in a list, not a table with keys.
            (path, Some(_)) if self.kind == Kind::Domain => path.to_owned(),
            (path, Some(key)) => format!("{path}.{key}"),
        };
        Fault { file: self.at.file.clone(), line, path, sentence: sentence.into() }
    }
}

impl Document {
    /// The workspace itself; `None` for the deployment.
    pub fn workspace(&self) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.kind == Kind::Workspace)
    }

    /// The things of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(move |thing| thing.kind == kind)
    }

    /// Sorts the things as they are written: by kind, name and id.
    pub fn sort(&mut self) {
        self.things
            .sort_by_cached_key(|thing| (thing.kind, thing.key(), thing.id().unwrap_or_default().to_owned()));
    }
}

/// What is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1; 0: none.
    pub line: usize,
    /// The path of the key, such as `role[2].name`; empty: the whole file.
    pub path: String,
    /// What is wrong: the predicate of a sentence about the key, or a sentence.
    pub sentence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        if !self.path.is_empty() {
            write!(formatter, ": {}", self.path)?;
        }
        write!(formatter, ": {}", self.sentence)
    }
}
