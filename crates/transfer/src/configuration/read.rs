//! Reads a TOML file. Reports every fault, each with its line and the path of its key.

use std::collections::BTreeMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    MOST_FILE_BYTES,
    document::{Document, Fault, Place, Reference, Scope, Secret, Thing, Value},
    kinds::{Area, Field, Kind, Shape},
};

/// The most elements of a list.
const MOST_ELEMENTS: usize = 1000;

/// Reads a file. `file` is its name in faults. With faults, the document lacks what is wrong.
pub fn read(file: &str, text: &str, area: Area) -> (Document, Vec<Fault>) {
    let mut reader = Reader { file, text, area, faults: Vec::new() };
    let things = reader.document();
    (Document { file: file.to_owned(), area, things }, reader.faults)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    area: Area,
    faults: Vec<Fault>,
}

type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    fn fault(&mut self, offset: usize, path: &str, sentence: impl Into<String>) {
        let line = self.line(offset);
        let fault =
            Fault { file: self.file.to_owned(), line, path: path.to_owned(), sentence: sentence.into() };
        self.faults.push(fault);
    }

    fn document(&mut self) -> Vec<Thing> {
        if self.text.len() > MOST_FILE_BYTES {
            self.fault(0, "", format!("the file has more than {MOST_FILE_BYTES} bytes"));
            return Vec::new();
        }
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            // Only the message: a rendered error would repeat the line, which may be a secret that somebody pasted.
            let offset = error.span().map(|span| span.start).unwrap_or_default();
            self.fault(offset, "", format!("this is no TOML: {}", error.message()));
        }
        if !errors.is_empty() {
            return Vec::new();
        }
        let mut things = Vec::new();
        let mut own = Vec::new();
        for entry @ (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            let is_meant = |kind: &Kind| kind.name() == name && kind.is_table_of(self.area);
            let tables = Kind::ALL.into_iter().find(is_meant);
            match (tables, self.area) {
                (Some(kind), _) => self.tables(kind, entry, &mut things),
                (None, Area::Workspace) if name == "domains" => self.domains(value, &mut things),
                (None, Area::Workspace) => own.push(entry),
                (None, Area::Deployment) => {
                    let words = format!("is no key of the deployment; it has {}", Self::names(self.area));
                    self.fault(key.span().start, name, words);
                }
            }
        }
        if self.area == Area::Workspace {
            let thing = self.thing(Kind::Workspace, own, "", 0);
            things.push(thing);
        }
        things.sort_by_key(|thing| thing.kind);
        things
    }

    /// The arrays of tables that a file of this area may have, for a sentence.
    fn names(area: Area) -> String {
        let tables = Kind::ALL.into_iter().filter(|kind| kind.is_table_of(area));
        tables.map(|kind| format!("[[{}]]", kind.name())).collect::<Vec<_>>().join(", ")
    }

    fn tables(&mut self, kind: Kind, (key, value): Entry<'_, '_>, things: &mut Vec<Thing>) {
        let wrong = format!("must be an array of tables: write [[{}]]", kind.name());
        let DeValue::Array(elements) = value.get_ref() else {
            return self.fault(key.span().start, kind.name(), wrong);
        };
        for (position, element) in elements.iter().enumerate() {
            let path = format!("{}[{position}]", kind.name());
            let DeValue::Table(table) = element.get_ref() else {
                self.fault(element.span().start, &path, wrong.clone());
                continue;
            };
            let entries: Vec<_> = table.iter().collect();
            let first = entries.iter().map(|(key, _)| key.span().start).min();
            let offset = first.unwrap_or(element.span().start);
            let thing = self.thing(kind, entries, &path, offset);
            things.push(thing);
        }
    }

    fn domains(&mut self, value: &Spanned<DeValue<'_>>, things: &mut Vec<Thing>) {
        let DeValue::Array(elements) = value.get_ref() else {
            return self.fault(value.span().start, "domains", "must be a list of texts");
        };
        for (position, element) in elements.iter().enumerate() {
            let path = format!("domains[{position}]");
            let offset = element.span().start;
            match self.value(DOMAIN_SHAPE, element) {
                Ok(value) => {
                    let at = Place {
                        file: self.file.to_owned(),
                        line: self.line(offset),
                        path,
                        lines: BTreeMap::new(),
                    };
                    things.push(Thing {
                        kind: Kind::Domain,
                        values: BTreeMap::from([("domain", value)]),
                        at,
                    });
                }
                Err(sentence) => self.fault(offset, &path, sentence),
            }
        }
    }

    fn thing(&mut self, kind: Kind, entries: Vec<Entry<'_, '_>>, path: &str, offset: usize) -> Thing {
        let mut at = Place {
            file: self.file.to_owned(),
            line: self.line(offset),
            path: path.to_owned(),
            lines: BTreeMap::new(),
        };
        let mut values = BTreeMap::new();
        for (key, value) in entries {
            let name = key.get_ref().as_ref();
            let within = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let Some(Field { name, shape, .. }) = kind.fields().iter().find(|field| field.name == name)
            else {
                let words = match kind {
                    Kind::Workspace => "is no key of a workspace".to_owned(),
                    kind => format!("is no key of [[{}]]", kind.name()),
                };
                self.fault(key.span().start, &within, words);
                continue;
            };
            match self.value(*shape, value) {
                Ok(value) => {
                    at.lines.insert(*name, self.line(key.span().start));
                    values.insert(*name, value);
                }
                Err(sentence) => self.fault(value.span().start, &within, sentence),
            }
        }
        let thing = Thing { kind, values, at };
        for name in kind.names() {
            let is_faulty = self.faults.iter().any(|fault| fault.path == thing.fault(Some(name), "").path);
            if thing.text(name).is_none() && !is_faulty {
                self.faults.push(thing.fault(Some(name), "is missing"));
            }
        }
        thing
    }

    /// The value of a shape; else the predicate of a sentence about its key. No sentence repeats the value.
    fn value(&self, shape: Shape, value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
        let value = value.get_ref();
        match (shape, value) {
            (Shape::Text, DeValue::String(text)) => {
                let text = checked(text)?;
                if text.trim() != text || text.chars().any(char::is_control) {
                    return Err("must have no control characters, and no space at its ends".to_owned());
                }
                Ok(Value::Text(text.to_owned()))
            }
            (Shape::Prose, DeValue::String(text)) => Ok(Value::Text(checked(text)?.to_owned())),
            (Shape::Text | Shape::Prose, _) => Err("must be a text".to_owned()),
            (Shape::Choice(all), DeValue::String(text)) if all.contains(&text.as_ref()) => {
                Ok(Value::Text(text.as_ref().to_owned()))
            }
            (Shape::Choice(all), _) => {
                let all: Vec<String> = all.iter().map(|one| format!("{one:?}")).collect();
                Err(format!("must be one of {}", all.join(", ")))
            }
            (Shape::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
            (Shape::Switch, _) => Err("must be true or false".to_owned()),
            (Shape::NumberOr(word), DeValue::String(text)) if text.as_ref() == word => Ok(Value::Word(word)),
            (Shape::Number | Shape::NumberOr(_), DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix());
                number.map(Value::Number).map_err(|_| "is too large".to_owned())
            }
            (Shape::Number, _) => Err("must be a whole number".to_owned()),
            (Shape::NumberOr(word), _) => Err(format!("must be a whole number or \"{word}\"")),
            (Shape::Texts, DeValue::Array(elements)) if elements.len() <= MOST_ELEMENTS => {
                let text = |element: &Spanned<DeValue<'_>>| match element.get_ref() {
                    DeValue::String(text) => checked(text).map(str::to_owned),
                    _ => Err("must be a list of texts".to_owned()),
                };
                Ok(Value::texts(elements.iter().map(text).collect::<Result<Vec<_>, _>>()?))
            }
            (Shape::Texts, _) => Err(format!("must be a list of at most {MOST_ELEMENTS} texts")),
            (Shape::Secret, DeValue::Table(table)) => reference(table),
            (Shape::Secret, _) => Err(SECRET.to_owned()),
            (Shape::Scopes, DeValue::Array(elements)) if elements.len() <= MOST_ELEMENTS => {
                let scope = |element: &Spanned<DeValue<'_>>| match element.get_ref() {
                    DeValue::Table(table) => scope(table),
                    _ => Err(SCOPES.to_owned()),
                };
                Ok(Value::Scopes(elements.iter().map(scope).collect::<Result<Vec<_>, _>>()?))
            }
            (Shape::Scopes, _) => Err(SCOPES.to_owned()),
        }
    }
}

const DOMAIN_SHAPE: Shape = Shape::Text;
const SECRET: &str =
    "must be { env = \"NAME\" } or { file = \"/PATH\" }: a file of this folder never has a secret itself";
const SCOPES: &str = "must be a list of { scope = \"…\", text = \"…\" }";

fn checked(text: &str) -> Result<&str, String> {
    if text.contains('\0') { Err("must not have a NUL character".to_owned()) } else { Ok(text) }
}

fn reference(table: &DeTable<'_>) -> Result<Value, String> {
    let mut members = table.iter();
    let (Some((key, value)), None) = (members.next(), members.next()) else { return Err(SECRET.to_owned()) };
    let DeValue::String(text) = value.get_ref() else { return Err(SECRET.to_owned()) };
    let text = text.as_ref();
    let reference = match key.get_ref().as_ref() {
        "env" if text.is_empty() || text.contains(['=', '\0', ' ']) => {
            return Err("has no name of an environment variable".to_owned());
        }
        "env" => Reference::Env(text.to_owned()),
        "file" if !text.starts_with('/') || text.contains('\0') => {
            return Err("must have an absolute path".to_owned());
        }
        "file" => Reference::File(text.to_owned()),
        _ => return Err(SECRET.to_owned()),
    };
    Ok(Value::Secret(Secret { reference: Some(reference), digests: Vec::new() }))
}

fn scope(table: &DeTable<'_>) -> Result<Scope, String> {
    let mut scope = Scope { scope: String::new(), text: String::new() };
    for (key, value) in table {
        let DeValue::String(text) = value.get_ref() else { return Err(SCOPES.to_owned()) };
        let text = checked(text)?.to_owned();
        match key.get_ref().as_ref() {
            "scope" => scope.scope = text,
            "text" => scope.text = text,
            _ => return Err(SCOPES.to_owned()),
        }
    }
    if scope.scope.is_empty() { Err(SCOPES.to_owned()) } else { Ok(scope) }
}
