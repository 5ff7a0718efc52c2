//! JSON Lines, as `vestibule export` writes them (docs/moving/README.md has the format). A line without `type` is a user. The header is
//! optional; a header of a newer version is refused, because its lines may mean something else.

use serde_json::{Map, Value};

use super::row;
use crate::{
    json::{self, Members},
    record::{
        BadFile, Connection, Custom, Element, Entitlement, Group, Item, Mapping, OidcConnection, Person,
        Role, Row, SamlConnection,
    },
};

/// The version of the format.
const VERSION: i64 = 1;

/// Reads the rows.
pub(super) fn read<'a>(bytes: &'a [u8]) -> Result<Box<dyn Iterator<Item = Row> + 'a>, BadFile> {
    if let Some(Ok((_, first))) = json::lines(bytes)?.next()
        && let Some(version) = first.get("vestibule_export")
        && version.as_i64() != Some(VERSION)
    {
        return Err(BadFile(format!(
            "the file has version {version} of the format; this release reads {VERSION}"
        )));
    }
    let rows = json::lines(bytes)?.filter_map(|object| match object {
        Err(bad) => Some(Err(bad)),
        Ok((_, object)) if object.contains_key("vestibule_export") => None,
        Ok((line, object)) => Some(row(line, item(Members(&object)))),
    });
    Ok(Box::new(rows))
}

fn item(members: Members<'_>) -> Result<Item, String> {
    let kind = members.text("type")?.unwrap_or_else(|| "user".to_owned());
    Ok(match kind.as_str() {
        "user" => Item::Person(Box::new(person(members)?)),
        "role" => Item::Role(Role {
            id: members.text("id")?,
            name: members.needed("name")?,
            description: members.text("description")?.unwrap_or_default(),
            by_okta: members.truth("by_okta")?,
        }),
        "entitlement" => Item::Entitlement(Entitlement {
            id: members.text("id")?,
            name: members.needed("name")?,
            description: members.text("description")?.unwrap_or_default(),
        }),
        "attribute" => {
            let mut custom = members.0.clone();
            custom.shift_remove("type");
            // The export has the attribute's own type in `value_type`, because `type` is the kind of the line.
            if let Some(kind) = custom.shift_remove("value_type") {
                custom.insert("type".to_owned(), kind);
            }
            Item::Custom(Custom(custom))
        }
        "mapping" => Item::Mapping(Mapping {
            group: members.needed("group")?,
            roles: members.texts("roles", &[])?,
            entitlements: members.texts("entitlements", &[])?,
        }),
        "domain" => Item::Domain(members.needed("domain")?),
        "group" => {
            Item::Group(Group { name: members.needed("name")?, external_id: members.text("external_id")? })
        }
        "connection" => connection(members)?,
        _ => Item::Other(kind),
    })
}

fn person(members: Members<'_>) -> Result<Person, String> {
    let assigned = members.list("assigned")?.iter().map(element).collect::<Result<_, String>>()?;
    Ok(Person {
        user_name: members.needed("user_name")?,
        external_id: members.text("external_id")?,
        old_id: members.text("old_id")?,
        active: members.truth("active")?,
        attributes: attributes(members)?,
        groups: members.texts("groups", &[])?,
        roles: members.texts("roles", &[])?,
        entitlements: members.texts("entitlements", &[])?,
        is_provisioned: members.text("source")?.as_deref() == Some("scim"),
        assigned,
    })
}

fn attributes(members: Members<'_>) -> Result<Map<String, Value>, String> {
    let attributes = members.object("attributes")?;
    let mut attributes = attributes.map(|attributes| attributes.0.clone()).unwrap_or_default();
    if let Some(name) = members.text("display_name")? {
        attributes.insert("displayName".to_owned(), name.into());
    }
    for name in
        ["id", "userName", "externalId", "active", "groups", "roles", "entitlements", "meta", "schemas"]
    {
        if attributes.contains_key(name) {
            return Err(format!(
                "attributes must not have {name}; it has a member of its own, or is computed"
            ));
        }
    }
    Ok(attributes)
}

fn element(value: &Value) -> Result<Element, String> {
    let members = value.as_object().map(Members).ok_or("assigned must be objects")?;
    Ok(Element {
        kind: members.needed("kind")?,
        id: members.needed("id")?,
        display: members.text("display")?,
        element_type: members.text("element_type")?,
        is_primary: members.truth("primary")?,
    })
}

fn connection(members: Members<'_>) -> Result<Item, String> {
    let (name, issuer) = (members.needed("name")?, members.needed("issuer")?);
    Ok(match members.needed("kind")?.as_str() {
        "oidc" => Item::Connection(Connection::Oidc(OidcConnection {
            name,
            issuer,
            client_id: members.needed("client_id")?,
        })),
        "saml" => Item::Connection(Connection::Saml(SamlConnection {
            name,
            issuer,
            sso_url: members.needed("sso_url")?,
            by_post: members.text("sso_binding")?.as_deref() == Some("post"),
            certificates: members.texts("certificates", &[])?.join("\n"),
        })),
        other => return Err(format!("kind must be oidc or saml, not {}", other.escape_debug())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<Result<Item, String>> {
        let row = |row: Row| row.map(|record| record.item).map_err(|bad| bad.sentence);
        read(text.as_bytes()).unwrap().map(row).collect()
    }

    #[test]
    fn lines_are_read_by_their_type() {
        let items = items(
            r#"{"vestibule_export":1,"workspace":"x"}
{"type":"role","id":"ops","name":"Ops","by_okta":false}
{"type":"attribute","schema":"urn:x:User","name":"oldId","value_type":"string"}
{"user_name":"ada","attributes":{"title":"Countess"},"groups":["Eng"]}
{"type":"event","seq":1}
{"user_name":"eve","attributes":{"userName":"x"}}
{"user_name":3}
nonsense"#,
        );
        assert!(matches!(&items[0], Ok(Item::Role(role)) if role.by_okta == Some(false)));
        assert!(matches!(&items[1], Ok(Item::Custom(custom)) if custom.0["type"] == "string"));
        assert!(matches!(&items[2], Ok(Item::Person(ada)) if ada.attributes["title"] == "Countess"));
        assert_eq!(items[3], Ok(Item::Other("event".to_owned())));
        assert!(items[4].as_ref().unwrap_err().contains("userName"));
        assert!(items[5].as_ref().unwrap_err().contains("user_name must be a text"));
        assert!(items[6].is_err());
        assert!(read(b"{\"vestibule_export\":2}\n").is_err());
    }
}
