//! Keycloak: a realm export with users (`kc.sh export --users realm_file`). Realm roles of the realm that Keycloak makes itself are left
//! out. Client roles become `client:role`.

use std::collections::HashMap;

use serde_json::Value;

use super::{issuer_of_discovery, row};
use crate::{
    json::{self, Members},
    record::{BadFile, Connection, Group, Item, OidcConnection, Person, Role, Row, SamlConnection},
};

/// Deepest group, as Keycloak nests groups.
const MOST_DEPTH: usize = 20;

/// Reads the rows: roles, groups, domains and connections, then people. The line of each is its number in the list that has it.
pub(super) fn read(bytes: &[u8]) -> Result<Box<dyn Iterator<Item = Row>>, BadFile> {
    let realm = json::document(bytes)?;
    let members = Members(&realm);
    if members.get("realm").is_none() {
        return Err(BadFile("the file is no realm export: it has no member realm".to_owned()));
    }
    let wrong = |sentence: String| BadFile(sentence);
    let mut rows = Vec::new();
    if let Some(roles) = members.object("roles").map_err(wrong)? {
        for (place, value) in whole(roles, "realm")?.iter().enumerate() {
            rows.extend(role(value).transpose().map(|role| row(place + 1, role)));
        }
    }
    let mut paths = HashMap::new();
    let mut stack: Vec<(&Value, String, usize)> =
        whole(members, "groups")?.iter().rev().map(|group| (group, String::new(), 1)).collect();
    let mut number = 0;
    while let Some((value, above, depth)) = stack.pop() {
        number += 1;
        rows.push(row(number, group(value, &above, &mut paths)));
        let (Some(object), true) = (value.as_object(), depth < MOST_DEPTH) else { continue };
        let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = format!("{above}/{name}");
        let below = object.get("subGroups").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        stack.extend(below.iter().rev().map(|group| (group, path.clone(), depth + 1)));
    }
    for (place, value) in whole(members, "organizations")?.iter().enumerate() {
        let object = value.as_object().ok_or_else(|| BadFile("organizations must be objects".to_owned()))?;
        for domain in Members(object).texts("domains", &["name"]).map_err(wrong)? {
            rows.push(row(place + 1, Ok(Item::Domain(domain))));
        }
    }
    for (place, value) in whole(members, "identityProviders")?.iter().enumerate() {
        rows.push(row(place + 1, connection(value)));
    }
    let people: Vec<Row> = whole(members, "users")?
        .iter()
        .enumerate()
        .filter_map(|(place, value)| Some(row(place + 1, person(value, &paths).transpose()?)))
        .collect();
    rows.extend(people);
    Ok(Box::new(rows.into_iter()))
}

/// A list of the realm, of any length.
fn whole<'a>(members: Members<'a>, name: &str) -> Result<&'a [Value], BadFile> {
    match members.get(name) {
        None => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(BadFile(format!("{name} must be an array"))),
    }
}

fn members_of(value: &Value) -> Result<Members<'_>, String> {
    value.as_object().map(Members).ok_or_else(|| "the element is no JSON object".to_owned())
}

/// A role that the realm's owner made; none for those that Keycloak makes.
fn role(value: &Value) -> Result<Option<Item>, String> {
    let members = members_of(value)?;
    let name = members.needed("name")?;
    if is_own(&name) {
        return Ok(None);
    }
    let description = members.text("description")?.filter(|text| !text.starts_with("${")).unwrap_or_default();
    Ok(Some(Item::Role(Role { name, description, ..Role::default() })))
}

fn is_own(role: &str) -> bool {
    matches!(role, "offline_access" | "uma_authorization") || role.starts_with("default-roles-")
}

/// A group, named by its path without the first slash: names of nested groups need not be unique.
fn group(value: &Value, above: &str, paths: &mut HashMap<String, String>) -> Result<Item, String> {
    let members = members_of(value)?;
    let path = format!("{above}/{}", members.needed("name")?);
    let name = path.trim_start_matches('/').to_owned();
    paths.insert(path, name.clone());
    Ok(Item::Group(Group { name, external_id: None }))
}

/// A person; none for the account of a client.
fn person(value: &Value, paths: &HashMap<String, String>) -> Result<Option<Item>, String> {
    let members = members_of(value)?;
    if members.text("serviceAccountClientId")?.is_some() {
        return Ok(None);
    }
    let mut person = Person {
        user_name: members.needed("username")?,
        old_id: members.text("id")?,
        active: members.truth("enabled")?,
        roles: members.texts("realmRoles", &[])?.into_iter().filter(|role| !is_own(role)).collect(),
        ..Person::default()
    };
    person.set_names(members.text("firstName")?, members.text("lastName")?);
    person.set_emails(members.text("email")?);
    for path in members.texts("groups", &[])? {
        let name = paths
            .get(&path)
            .ok_or_else(|| format!("the group {} is not in the file", path.escape_debug()))?;
        person.groups.push(name.clone());
    }
    Ok(Some(Item::Person(Box::new(person))))
}

fn connection(value: &Value) -> Result<Item, String> {
    let members = members_of(value)?;
    let name = match members.text("displayName")? {
        Some(name) => name,
        None => members.needed("alias")?,
    };
    let config = members.object("config")?.ok_or("config is missing")?;
    match members.needed("providerId")?.as_str() {
        "saml" => Ok(Item::Connection(Connection::Saml(SamlConnection {
            name,
            issuer: config
                .text("idpEntityId")?
                .ok_or("config has no idpEntityId; create this connection from the provider's metadata")?,
            sso_url: config.needed("singleSignOnServiceUrl")?,
            by_post: config.text("postBindingAuthnRequest")?.as_deref() == Some("true"),
            // Several certificates are separated by commas.
            certificates: config.needed("signingCertificate")?.replace(',', "\n"),
        }))),
        "oidc" | "keycloak-oidc" => Ok(Item::Connection(Connection::Oidc(OidcConnection {
            name,
            issuer: match config.text("issuer")? {
                Some(issuer) => issuer_of_discovery(&issuer),
                None => return Err("config has no issuer".to_owned()),
            },
            client_id: config.needed("clientId")?,
        }))),
        other => Ok(Item::Other(format!("identity provider {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_realm_is_read() {
        let realm = json!({
            "realm": "acme",
            "roles": { "realm": [
                { "name": "editor", "description": "Edits" }, { "name": "offline_access" },
                { "name": "default-roles-acme", "composite": true },
            ] },
            "groups": [{ "name": "Eng", "path": "/Eng", "subGroups": [{ "name": "Web", "subGroups": [] }] }],
            "organizations": [{ "name": "Acme", "domains": [{ "name": "acme.example", "verified": true }] }],
            "identityProviders": [
                { "alias": "okta", "providerId": "oidc",
                  "config": { "issuer": "https://acme.okta.com", "clientId": "0oa1", "clientSecret": "**********" } },
                { "alias": "saml", "providerId": "saml", "config": { "singleSignOnServiceUrl": "https://idp.example/sso",
                  "idpEntityId": "https://idp.example", "signingCertificate": "MII1,MII2", "postBindingAuthnRequest": "true" } },
                { "alias": "google", "providerId": "google", "config": {} },
            ],
            "users": [
                { "id": "k1", "username": "ada", "email": "ada@acme.example", "firstName": "Ada", "enabled": true,
                  "groups": ["/Eng/Web"], "realmRoles": ["editor", "default-roles-acme"] },
                { "id": "k2", "username": "service-account-x", "serviceAccountClientId": "x" },
                { "id": "k3", "username": "eve", "groups": ["/Gone"] },
            ],
        });
        let rows: Vec<Row> = read(realm.to_string().as_bytes()).unwrap().collect();
        let item = |place: usize| &rows[place].as_ref().unwrap().item;
        assert!(matches!(item(0), Item::Role(role) if role.name == "editor"));
        assert!(matches!(item(2), Item::Group(group) if group.name == "Eng/Web"));
        assert_eq!(item(3), &Item::Domain("acme.example".to_owned()));
        let Item::Connection(Connection::Saml(saml)) = item(5) else { panic!("{rows:?}") };
        assert!(saml.by_post && saml.certificates == "MII1\nMII2");
        assert!(matches!(item(6), Item::Other(_)));
        let Item::Person(ada) = item(7) else { panic!("{rows:?}") };
        assert_eq!((ada.groups.join("+"), ada.roles.join("+")), ("Eng/Web".to_owned(), "editor".to_owned()));
        assert_eq!(rows[8].as_ref().unwrap_err().line, 3);
        assert_eq!(rows.len(), 9);
        assert!(read(b"{\"users\":[]}").is_err());
    }
}
