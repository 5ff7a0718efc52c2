//! A CSV of the people who are assigned to an app, as an identity provider's reports write it. Columns are found by the names in the first
//! line; the others are left out, because a report has many. No form of such a report was verified with a real org.

use crate::{
    csv::Rows,
    record::{BadFile, BadRow},
};

/// Somebody who is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Number of the row's first line, from 1.
    pub line: usize,
    /// Login names and addresses, as written, without empty ones.
    pub names: Vec<String>,
    /// The provider's own id of the person.
    pub id: Option<String>,
    /// Whether the person, or the assignment, is active; `None`: the list doesn't say.
    pub active: Option<bool>,
}

/// What a column contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Id,
    Status,
    Ignored,
}

/// Columns with a login name or an address, by their names in lower case without blanks, dashes, dots and underscores.
const NAMES: [&str; 14] = [
    "login",
    "userlogin",
    "oktalogin",
    "username",
    "oktausername",
    "appusername",
    "applicationusername",
    "credentialsusername",
    "userprincipalname",
    "email",
    "useremail",
    "primaryemail",
    "emailaddress",
    "mail",
];

/// Columns with the provider's own id.
const IDS: [&str; 4] = ["id", "userid", "oktaid", "externalid"];

/// Columns that say whether the person or the assignment is active.
const STATES: [&str; 5] = ["status", "userstatus", "oktastatus", "appuserstatus", "active"];

/// States of somebody who has no access. Okta's own are the first five (user and app user objects of its API).
const INACTIVE: [&str; 11] = [
    "deprovisioned",
    "suspended",
    "inactive",
    "revoked",
    "deleted",
    "deactivated",
    "disabled",
    "unassigned",
    "removed",
    "false",
    "no",
];

/// States of somebody who has access, or will have it. Okta's own are the first ten.
const ACTIVE: [&str; 17] = [
    "active",
    "staged",
    "provisioned",
    "recovery",
    "locked_out",
    "password_expired",
    "pending",
    "imported",
    "matched",
    "implicit",
    "password reset",
    "password expired",
    "locked out",
    "pending user action",
    "assigned",
    "true",
    "yes",
];

/// Reads the rows.
///
/// # Errors
/// [`BadFile`]: the file is empty, in UTF-16, or has no column that names people.
pub fn read(bytes: &[u8]) -> Result<impl Iterator<Item = Result<Assignment, BadRow>> + '_, BadFile> {
    let mut rows = Rows::of(bytes)?;
    let header = match rows.next() {
        None => return Err(BadFile("the file is empty; its first line names the columns".to_owned())),
        Some(Err(bad)) => return Err(BadFile(format!("line {}: {}", bad.line, bad.sentence))),
        Some(Ok(header)) => header,
    };
    let columns: Vec<Column> = header.cells.iter().map(|name| column(name)).collect();
    if !columns.iter().any(|column| matches!(column, Column::Name | Column::Id)) {
        return Err(BadFile(
            "no column of the first line names people; one must be Login, Username, Email or User ID"
                .to_owned(),
        ));
    }
    Ok(rows.map(move |row| {
        let row = row?;
        let bad = |sentence: String| BadRow { line: row.line, sentence };
        if row.cells.len() != columns.len() {
            let sentence =
                format!("the row has {} cells, but the header has {}", row.cells.len(), columns.len());
            return Err(bad(sentence));
        }
        let mut found = Assignment { line: row.line, names: Vec::new(), id: None, active: None };
        for (column, cell) in columns.iter().zip(&row.cells).filter(|(_, cell)| !cell.is_empty()) {
            match column {
                Column::Name => found.names.push(cell.clone()),
                Column::Id => found.id = found.id.or_else(|| Some(cell.clone())),
                // One column that says no is enough: the person's status, or that of the assignment.
                Column::Status => {
                    let active = state(cell).map_err(bad)?;
                    found.active = Some(found.active.unwrap_or(true) && active);
                }
                Column::Ignored => {}
            }
        }
        if found.names.is_empty() && found.id.is_none() {
            return Err(bad("the row names nobody".to_owned()));
        }
        Ok(found)
    }))
}

fn column(name: &str) -> Column {
    let plain: String = name
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '_' | '.'))
        .flat_map(char::to_lowercase)
        .collect();
    match plain.as_str() {
        plain if NAMES.contains(&plain) => Column::Name,
        plain if IDS.contains(&plain) => Column::Id,
        plain if STATES.contains(&plain) => Column::Status,
        _ => Column::Ignored,
    }
}

fn state(cell: &str) -> Result<bool, String> {
    let plain = cell.to_lowercase();
    match plain.as_str() {
        plain if INACTIVE.contains(&plain) => Ok(false),
        plain if ACTIVE.contains(&plain) => Ok(true),
        _ => Err(format!("the status {} is unknown", cell.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Result<(Vec<String>, Option<String>, Option<bool>), (usize, String)>;

    fn rows(text: &str) -> Vec<Row> {
        let row = |row: Result<Assignment, BadRow>| match row {
            Ok(row) => Ok((row.names, row.id, row.active)),
            Err(bad) => Err((bad.line, bad.sentence)),
        };
        read(text.as_bytes()).unwrap().map(row).collect()
    }

    fn good(names: &[&str], id: Option<&str>, active: Option<bool>) -> Row {
        Ok((names.iter().map(|&name| name.to_owned()).collect(), id.map(str::to_owned), active))
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let text = "\u{feff}\"First name\";\"User.Login\";\"E-mail\";\"Okta ID\";\"Status\"\r\n\
                    Ada;ada@acme.example;ada.l@acme.example;00u1;ACTIVE\r\n\
                    \"Bob\r\nthe builder\";bob@acme.example;;;Deprovisioned\r\n";
        assert_eq!(
            rows(text),
            [
                good(&["ada@acme.example", "ada.l@acme.example"], Some("00u1"), Some(true)),
                good(&["bob@acme.example"], None, Some(false)),
            ]
        );
        assert_eq!(rows("id\n00u1\n"), [good(&[], Some("00u1"), None)]);
        // The assignment is active, the person is not.
        assert_eq!(
            rows("login,user_status,status\nada,SUSPENDED,ACTIVE\n"),
            [good(&["ada"], None, Some(false))]
        );
    }

    #[test]
    fn each_bad_row_has_its_sentence_and_the_others_are_read() {
        let found = rows("login,status\nada,ACTIVE\nbob\n,ACTIVE\ncat,MAYBE\ndan,\n");
        assert_eq!(
            found,
            [
                good(&["ada"], None, Some(true)),
                Err((3, "the row has 1 cells, but the header has 2".to_owned())),
                Err((4, "the row names nobody".to_owned())),
                Err((5, "the status MAYBE is unknown".to_owned())),
                good(&["dan"], None, None),
            ]
        );
    }

    #[test]
    fn a_file_without_people_is_refused() {
        let refused = |bytes: &[u8]| read(bytes).err().map(|bad| bad.0).unwrap();
        assert!(refused(b"").contains("empty"));
        assert!(
            refused(b"First name,Department\nAda,Engines\n")
                .contains("no column of the first line names people")
        );
        assert!(refused(b"\xff\xfel\0o\0").contains("UTF-16"));
        assert!(refused(b"\"login\nada\n").contains("never closed"));
    }
}
