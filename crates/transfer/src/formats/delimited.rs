//! CSV with a header line. A column that is not among those here is refused, unless it is named to be left out: a misspelled column
//! would lose its values without a word.

use std::collections::HashSet;

use super::{bounded, name_or_email, row};
use crate::{
    Options,
    csv::Rows,
    record::{BadFile, Item, Person, Row},
};

/// What a column contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Column {
    UserName,
    ExternalId,
    OldId,
    GivenName,
    FamilyName,
    DisplayName,
    Emails,
    Active,
    State,
    Groups,
    Roles,
    Entitlements,
    Title,
    Ignored,
}

/// The columns, by their names without letter case, blanks, dashes and underscores.
const COLUMNS: [(&str, Column); 24] = [
    ("username", Column::UserName),
    ("login", Column::UserName),
    ("externalid", Column::ExternalId),
    ("oldid", Column::OldId),
    ("givenname", Column::GivenName),
    ("firstname", Column::GivenName),
    ("familyname", Column::FamilyName),
    ("lastname", Column::FamilyName),
    ("displayname", Column::DisplayName),
    ("name", Column::DisplayName),
    ("email", Column::Emails),
    ("emails", Column::Emails),
    ("mail", Column::Emails),
    ("active", Column::Active),
    ("enabled", Column::Active),
    ("group", Column::Groups),
    ("groups", Column::Groups),
    ("role", Column::Roles),
    ("roles", Column::Roles),
    ("entitlement", Column::Entitlements),
    ("entitlements", Column::Entitlements),
    ("title", Column::Title),
    ("jobtitle", Column::Title),
    ("surname", Column::FamilyName),
];

/// Reads the rows.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Row> + 'a>, BadFile> {
    with_columns(bytes, options, |name| COLUMNS.iter().find(|one| one.0 == name).map(|one| one.1))
}

/// Reads the rows of a file; `find` is the meaning of a column of this name.
pub(super) fn with_columns<'a>(
    bytes: &'a [u8],
    options: &Options,
    find: impl Fn(&str) -> Option<Column>,
) -> Result<Box<dyn Iterator<Item = Row> + 'a>, BadFile> {
    let mut rows = Rows::of(bytes)?;
    let header = match rows.next() {
        None => return Err(BadFile("the file is empty; its first line names the columns".to_owned())),
        Some(Err(bad)) => return Err(BadFile(format!("line {}: {}", bad.line, bad.sentence))),
        Some(Ok(header)) => header,
    };
    let ignored: Vec<String> = options.ignored_columns.iter().map(|name| plain(name)).collect();
    let (mut columns, mut seen) = (Vec::new(), HashSet::new());
    for name in &header.cells {
        let plain = plain(name);
        let column = match find(&plain) {
            _ if ignored.contains(&plain) => Column::Ignored,
            Some(column) => column,
            None => {
                return Err(BadFile(format!(
                    "the column {} is none that an import reads; rename it, or leave it out with --ignore-column",
                    name.escape_debug()
                )));
            }
        };
        if column != Column::Ignored && !seen.insert(column) {
            return Err(BadFile(format!(
                "two columns have the same meaning as {}; remove one",
                name.escape_debug()
            )));
        }
        columns.push(column);
    }
    if !seen.contains(&Column::UserName) && !seen.contains(&Column::Emails) {
        return Err(BadFile("the file needs a column userName or email in its first line".to_owned()));
    }
    Ok(Box::new(rows.map(move |cells| {
        let cells = cells?;
        row(cells.line, person(&columns, cells.cells))
    })))
}

/// The name of a column as it is compared.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

fn person(columns: &[Column], cells: Vec<String>) -> Result<Item, String> {
    if cells.len() != columns.len() {
        return Err(format!("the row has {} cells, but the header has {}", cells.len(), columns.len()));
    }
    let (mut person, mut user_name, mut emails) = (Person::default(), None, Vec::new());
    let (mut given, mut family) = (None, None);
    for (column, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        match column {
            Column::UserName => user_name = Some(cell),
            Column::ExternalId => person.external_id = Some(cell),
            Column::OldId => person.old_id = Some(cell),
            Column::GivenName => given = Some(cell),
            Column::FamilyName => family = Some(cell),
            Column::DisplayName => person.set("displayName", Some(cell)),
            Column::Title => person.set("title", Some(cell)),
            Column::Emails => emails = values("email", &cell)?,
            Column::Active => person.active = Some(truth(&cell)?),
            Column::State => person.active = Some(cell.eq_ignore_ascii_case("active")),
            Column::Groups => person.groups = values("groups", &cell)?,
            Column::Roles => person.roles = values("roles", &cell)?,
            Column::Entitlements => person.entitlements = values("entitlements", &cell)?,
            Column::Ignored => {}
        }
    }
    person.user_name = name_or_email(user_name, &emails)?;
    person.set_names(given, family);
    person.set_emails(emails);
    Ok(Item::Person(Box::new(person)))
}

/// The values of a cell, separated by `|`.
fn values(name: &str, cell: &str) -> Result<Vec<String>, String> {
    let values = cell.split('|').map(str::trim).filter(|value| !value.is_empty());
    bounded(name, values.map(str::to_owned).collect())
}

fn truth(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("active must be true or false, not {}", cell.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn people(text: &str) -> Vec<Result<Person, String>> {
        read(text.as_bytes(), &Options::default())
            .unwrap()
            .map(|row| match row {
                Ok(record) => match record.item {
                    Item::Person(person) => Ok(*person),
                    other => panic!("{other:?}"),
                },
                Err(bad) => Err(format!("{}: {}", bad.line, bad.sentence)),
            })
            .collect()
    }

    #[test]
    fn a_row_is_a_person() {
        let read = people(
            "\u{feff}User Name;External ID;first_name;LastName;email;active;groups;roles;old id\r\n\
             ada;00uADA;Ada;\"Love;lace\";ada@acme.example|ADA@acme.example|a@b.example;no;Eng | Ops;editor|Viewer;auth0|1\r\n\
             ;;;;bob@acme.example;;;;\r\n",
        );
        let ada = read[0].as_ref().unwrap();
        assert_eq!((ada.user_name.as_str(), ada.external_id.as_deref()), ("ada", Some("00uADA")));
        assert_eq!((ada.active, ada.old_id.as_deref()), (Some(false), Some("auth0|1")));
        assert_eq!((ada.groups.join("+"), ada.roles.join("+")), ("Eng+Ops".into(), "editor+Viewer".into()));
        assert_eq!(ada.attributes["name"], json!({ "givenName": "Ada", "familyName": "Love;lace" }));
        assert_eq!(
            ada.attributes["emails"],
            json!([
                { "value": "ada@acme.example", "type": "work", "primary": true },
                { "value": "a@b.example", "type": "other" },
            ])
        );
        let bob = read[1].as_ref().unwrap();
        assert_eq!((bob.user_name.as_str(), bob.active), ("bob@acme.example", None));
    }

    #[test]
    fn markup_and_formulas_are_texts() {
        let read = people("userName,displayName\nada,=HYPERLINK(\"\"x\"\")\nbob,<script>alert(1)</script>\n");
        assert!(read[0].is_err(), "a quote inside a cell");
        assert_eq!(read[1].as_ref().unwrap().attributes["displayName"], "<script>alert(1)</script>");
        let read = people("userName,displayName\nada,\"=HYPERLINK(\"\"x\"\")\"\n");
        assert_eq!(read[0].as_ref().unwrap().attributes["displayName"], "=HYPERLINK(\"x\")");
    }

    #[test]
    fn a_wrong_row_says_what_is_wrong() {
        let read = people("userName,active\nada,perhaps\nbob\n,true\neve,1\n");
        assert!(read[0].as_ref().unwrap_err().starts_with("2: active must be"));
        assert!(read[1].as_ref().unwrap_err().starts_with("3: the row has 1 cells"));
        assert!(read[2].as_ref().unwrap_err().starts_with("4: the row has neither"));
        assert!(read[3].is_ok());
        let many = "x|".repeat(crate::MOST_VALUES + 1);
        assert!(people(&format!("userName,groups\nada,{many}\n"))[0].is_err());
    }

    #[test]
    fn a_wrong_header_refuses_the_file() {
        let refused = |text: &str, ignored: &[&str]| {
            let ignored_columns = ignored.iter().map(|name| (*name).to_owned()).collect();
            read(text.as_bytes(), &Options { ignored_columns }).err().map(|bad| bad.0)
        };
        assert!(refused("", &[]).unwrap().contains("empty"));
        assert!(refused("userName,shoe size\nada,3\n", &[]).unwrap().contains("shoe size"));
        assert_eq!(refused("userName,shoe size\nada,3\n", &["Shoe-Size"]), None);
        assert!(refused("userName,login\nada,ada\n", &[]).unwrap().contains("two columns"));
        assert!(refused("displayName\nAda\n", &[]).unwrap().contains("userName or email"));
    }

    #[test]
    fn two_hundred_thousand_rows_are_read() {
        let mut text = String::from("userName,groups\n");
        for number in 0..200_000 {
            text.push_str(&format!("person{number}@acme.example,Everybody\n"));
        }
        assert_eq!(
            read(text.as_bytes(), &Options::default()).unwrap().filter(Result::is_ok).count(),
            200_000
        );
    }
}
