//! Writes a document as TOML: the same content always as the same bytes.

use std::fmt::Write;

use super::{
    document::{Document, Reference, Thing, Value},
    kinds::Kind,
};

/// The longest list on one line, in characters.
const WIDTH: usize = 100;

/// The text of a document: its things sorted, every value that it has.
pub fn write(document: &Document) -> String {
    let mut document = document.clone();
    document.sort();
    let mut text = String::from(
        "# Settings of Vestibule, for `vestibule apply`. docs/configuration-as-code.md describes the keys.\n",
    );
    let domains = Value::texts(document.of(Kind::Domain).filter_map(|thing| thing.text("domain")));
    for thing in document.things.iter().filter(|thing| thing.kind != Kind::Domain) {
        text.push('\n');
        if thing.kind == Kind::Workspace {
            table(&mut text, thing);
            line(&mut text, "domains", &domains);
        } else {
            let _ = writeln!(text, "[[{}]]", thing.kind.name());
            table(&mut text, thing);
        }
    }
    text
}

fn table(text: &mut String, thing: &Thing) {
    for field in thing.kind.fields() {
        if let Some(value) = thing.values.get(field.name) {
            line(text, field.name, value);
        }
    }
}

fn line(text: &mut String, key: &str, value: &Value) {
    let written = match value {
        Value::Text(value) => quoted(value),
        Value::Switch(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Word(word) => quoted(word),
        Value::Texts(values) => list(key, &values.iter().map(|value| quoted(value)).collect::<Vec<_>>()),
        Value::Secret(secret) => match &secret.reference {
            Some(Reference::Env(name)) => format!("{{ env = {} }}", quoted(name)),
            Some(Reference::File(path)) => format!("{{ file = {} }}", quoted(path)),
            None => return,
        },
        Value::Scopes(scopes) => {
            let scope = |one: &super::Scope| {
                format!("{{ scope = {}, text = {} }}", quoted(&one.scope), quoted(&one.text))
            };
            list(key, &scopes.iter().map(scope).collect::<Vec<_>>())
        }
    };
    let _ = writeln!(text, "{key} = {written}");
}

fn list(key: &str, elements: &[String]) -> String {
    let one_line = format!("[{}]", elements.join(", "));
    if key.len() + one_line.chars().count() <= WIDTH {
        return one_line;
    }
    let lines: String = elements.iter().map(|element| format!("    {element},\n")).collect();
    format!("[\n{lines}]")
}

/// A basic string (TOML 1.0, String).
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
