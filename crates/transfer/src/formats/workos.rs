//! WorkOS: objects of its API (`directory_user`, `directory_group`, `connection`, `organization_domain`) as JSON Lines or an array, or a
//! CSV of directory users with the API's names as columns.

use super::{
    delimited::{self, Column},
    name_or_email, one_or_more, row,
};
use crate::{
    Options,
    csv::text_of,
    json::{self, Members},
    record::{BadFile, Group, Item, Person, Row},
};

/// The columns of a CSV, by their names without letter case, blanks, dashes and underscores.
const COLUMNS: [(&str, Column); 18] = [
    ("id", Column::OldId),
    ("idpid", Column::ExternalId),
    ("username", Column::UserName),
    ("email", Column::Emails),
    ("emails", Column::Emails),
    ("firstname", Column::GivenName),
    ("lastname", Column::FamilyName),
    ("name", Column::DisplayName),
    ("jobtitle", Column::Title),
    ("state", Column::State),
    ("groups", Column::Groups),
    ("role", Column::Roles),
    ("roles", Column::Roles),
    ("object", Column::Ignored),
    ("directoryid", Column::Ignored),
    ("organizationid", Column::Ignored),
    ("createdat", Column::Ignored),
    ("updatedat", Column::Ignored),
];

/// Reads the rows.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    options: &Options,
) -> Result<Box<dyn Iterator<Item = Row> + 'a>, BadFile> {
    let first = text_of(bytes)?.iter().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        let find = |name: &str| COLUMNS.iter().find(|one| one.0 == name).map(|one| one.1);
        return delimited::with_columns(bytes, options, find);
    }
    let rows = json::objects(bytes)?.into_iter().map(|object| {
        let (line, object) = object?;
        row(line, item(Members(&object)))
    });
    Ok(Box::new(rows))
}

fn item(members: Members<'_>) -> Result<Item, String> {
    match members.needed("object")?.as_str() {
        "directory_user" => person(members),
        "directory_group" => {
            Ok(Item::Group(Group { name: members.needed("name")?, external_id: members.text("idp_id")? }))
        }
        "organization_domain" => Ok(Item::Domain(members.needed("domain")?)),
        // The API names no issuer, address or certificate of a connection.
        other => Ok(Item::Other(other.to_owned())),
    }
}

fn person(members: Members<'_>) -> Result<Item, String> {
    let mut person = Person {
        old_id: Some(members.needed("id")?),
        external_id: members.text("idp_id")?,
        ..Person::default()
    };
    let mut emails: Vec<String> = members.text("email")?.into_iter().collect();
    emails.extend(members.texts("emails", &["value"])?);
    person.user_name = name_or_email(members.text("username")?, &emails)?;
    person.set("displayName", members.text("name")?);
    person.set("title", members.text("job_title")?);
    person.set_names(members.text("first_name")?, members.text("last_name")?);
    person.set_emails(emails);
    person.active = members.text("state")?.map(|state| state == "active");
    person.groups = members.texts("groups", &["name"])?;
    person.roles = match one_or_more(members, "roles", &["slug"])? {
        roles if roles.is_empty() => one_or_more(members, "role", &["slug"])?,
        roles => roles,
    };
    Ok(Item::Person(Box::new(person)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<Result<Item, String>> {
        let row = |row: Row| row.map(|record| record.item).map_err(|bad| bad.sentence);
        read(text.as_bytes(), &Options::default()).unwrap().map(row).collect()
    }

    #[test]
    fn objects_of_the_api_are_read() {
        let user = r#"{"object":"directory_user","id":"directory_user_1","idp_id":"00u1","first_name":"Ada","email":"ada@acme.example","username":"ada@acme.example","state":"inactive","groups":[{"id":"directory_group_1","name":"Eng"}],"role":{"slug":"editor"},"custom_attributes":{}}"#;
        let rest = r#"{"object":"directory_group","id":"directory_group_1","idp_id":"00g1","name":"Eng"}
{"object":"organization_domain","domain":"acme.example","state":"verified"}
{"object":"connection","id":"conn_1","connection_type":"OktaSAML"}
{"id":"x"}"#;
        let items = items(&format!("{user}\n{rest}"));
        let Ok(Item::Person(ada)) = &items[0] else { panic!("{items:?}") };
        assert_eq!((ada.external_id.as_deref(), ada.active), (Some("00u1"), Some(false)));
        assert_eq!((ada.groups.join("+"), ada.roles.join("+")), ("Eng".to_owned(), "editor".to_owned()));
        assert!(matches!(&items[1], Ok(Item::Group(group)) if group.external_id.as_deref() == Some("00g1")));
        assert_eq!(items[2], Ok(Item::Domain("acme.example".to_owned())));
        assert_eq!(items[3], Ok(Item::Other("connection".to_owned())));
        assert!(items[4].is_err());
        let array = format!("[{user}]");
        let mut rows = read(array.as_bytes(), &Options::default()).unwrap();
        assert!(matches!(rows.next().unwrap().unwrap().item, Item::Person(_)));
    }

    #[test]
    fn a_csv_has_the_names_of_the_api() {
        let items = items(
            "id,idp_id,first_name,last_name,email,username,state,groups\nu1,00u1,Ada,L,ada@acme.example,,active,Eng|Ops\n",
        );
        let Ok(Item::Person(ada)) = &items[0] else { panic!("{items:?}") };
        assert_eq!((ada.old_id.as_deref(), ada.active, ada.groups.len()), (Some("u1"), Some(true), 2));
    }
}
