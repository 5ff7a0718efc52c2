//! The formats of files, each in a module of its own.

mod auth0;
mod delimited;
mod jsonl;
mod keycloak;
mod polis;
mod workos;

use std::str::FromStr;

use serde_json::Value;

use crate::{
    MOST_BYTES, MOST_VALUES,
    json::Members,
    record::{BadFile, BadRow, Item, Record, Row},
};

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV with a header line.
    Csv,
    /// JSON Lines, as `vestibule export` writes them.
    Jsonl,
    /// Users, organization members and connections of Auth0, as JSON Lines.
    Auth0,
    /// Directory users, groups, connections and domains of WorkOS, as CSV or JSON.
    Workos,
    /// Directory and connection records of Ory Polis (BoxyHQ Jackson), as JSON.
    Polis,
    /// A realm export of Keycloak.
    Keycloak,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "csv" => Self::Csv,
            "jsonl" => Self::Jsonl,
            "auth0" => Self::Auth0,
            "workos" => Self::Workos,
            "polis" => Self::Polis,
            "keycloak" => Self::Keycloak,
            _ => return Err(format!("{name} is none of csv, jsonl, auth0, workos, polis and keycloak")),
        })
    }
}

/// How a file is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Columns of a CSV file that are left out.
    pub ignored_columns: Vec<String>,
}

/// Reads the rows of a file, in order.
///
/// # Errors
/// A file that is too large, or that can't be read as this format at all.
pub fn read<'a>(
    format: Format,
    bytes: &'a [u8],
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Row> + 'a>, BadFile> {
    if bytes.len() > MOST_BYTES {
        return Err(BadFile(format!("the file has more than {MOST_BYTES} bytes; split it")));
    }
    match format {
        Format::Csv => delimited::read(bytes, options),
        Format::Jsonl => jsonl::read(bytes),
        Format::Auth0 => auth0::read(bytes),
        Format::Workos => workos::read(bytes, options),
        Format::Polis => polis::read(bytes),
        Format::Keycloak => keycloak::read(bytes),
    }
}

/// Makes a row of what was read on a line.
fn row(line: usize, item: Result<Item, String>) -> Row {
    match item {
        Ok(item) => Ok(Record { line, item }),
        Err(sentence) => Err(BadRow { line, sentence }),
    }
}

/// The user name of a person, or else the first email address.
fn name_or_email(user_name: Option<String>, emails: &[String]) -> Result<String, String> {
    user_name
        .or_else(|| emails.first().cloned())
        .ok_or_else(|| "the row has neither a user name nor an email address".to_owned())
}

/// Refuses a list that is too long.
fn bounded(name: &str, values: Vec<String>) -> Result<Vec<String>, String> {
    match values.len() {
        count if count > MOST_VALUES => Err(format!("{name} has more than {MOST_VALUES} values")),
        _ => Ok(values),
    }
}

/// The texts of a value that is a text, or an array of texts or objects.
fn one_or_more(members: Members<'_>, name: &str, within: &[&str]) -> Result<Vec<String>, String> {
    match members.get(name) {
        Some(Value::String(_)) => Ok(members.text(name)?.into_iter().collect()),
        Some(Value::Object(object)) => {
            let found = within.iter().find_map(|member| object.get(*member)?.as_str());
            Ok(found.map(str::to_owned).into_iter().collect())
        }
        _ => members.texts(name, within),
    }
}

/// `https://a.example/.well-known/openid-configuration` → `https://a.example`
fn issuer_of_discovery(url: &str) -> String {
    url.trim().strip_suffix("/.well-known/openid-configuration").unwrap_or(url.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name() {
        for name in ["csv", "jsonl", "auth0", "workos", "polis", "keycloak"] {
            assert!(name.parse::<Format>().is_ok(), "{name}");
        }
        assert!("CSV".parse::<Format>().is_err());
    }

    #[test]
    fn nothing_makes_a_reader_panic() {
        let texts: [&[u8]; 12] = [
            b"",
            b"\n",
            b"{",
            b"[",
            b"[1]",
            b"{}",
            b"null",
            b"\"x\"",
            b"userName\n\"",
            b"\xff",
            b"{\"users\":1}",
            b"{\"type\":\"user\"}",
        ];
        for name in ["csv", "jsonl", "auth0", "workos", "polis", "keycloak"] {
            for text in texts {
                if let Ok(rows) = read(name.parse().unwrap(), text, &Options::default()) {
                    drop(rows.collect::<Vec<_>>());
                }
            }
        }
    }
}
