//! Ory Polis (BoxyHQ Jackson): records of its directories and connections, as JSON Lines or an array. A record's kind is found by its
//! members (`npm/src/directory-sync/types.ts`, `npm/src/typings.ts` of its repository).

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{issuer_of_discovery, name_or_email, row};
use crate::{
    json::{self, Members, Object},
    record::{BadFile, Connection, Group, Item, OidcConnection, Person, Record, Row, SamlConnection},
};

/// Reads the rows. Memberships (`{"group_id", "user_id"}`) become groups of their people.
pub(super) fn read(bytes: &[u8]) -> Result<Box<dyn Iterator<Item = Row>>, BadFile> {
    let (mut objects, mut rows): (Vec<Object>, Vec<Row>) = Default::default();
    for object in json::objects(bytes)? {
        match object {
            Ok(object) => objects.push(object),
            Err(bad) => rows.push(Err(bad)),
        }
    }
    let text =
        |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let groups: HashMap<String, String> = objects
        .iter()
        .filter(|(_, object)| is_group(object))
        .filter_map(|(_, group)| Some((text(group, "id")?, text(group, "name")?)))
        .collect();
    let mut of_user: HashMap<String, Vec<String>> = HashMap::new();
    for (_, object) in &objects {
        let pair = text(object, "group_id").zip(text(object, "user_id"));
        if let Some((name, user_id)) = pair.and_then(|(group, user)| Some((groups.get(&group)?, user))) {
            of_user.entry(user_id).or_default().push(name.clone());
        }
    }
    rows.extend(objects.iter().filter_map(|(line, object)| {
        let item = item(Members(object), &groups, &of_user).transpose()?;
        Some(row(*line, item))
    }));
    rows.sort_by_key(|row| match row {
        Ok(Record { line, .. }) => *line,
        Err(bad) => bad.line,
    });
    Ok(Box::new(rows.into_iter()))
}

fn is_group(object: &Map<String, Value>) -> bool {
    object.contains_key("id")
        && object.contains_key("name")
        && ["email", "tenant", "scim", "idpMetadata", "oidcProvider"]
            .iter()
            .all(|name| !object.contains_key(*name))
}

/// The content of a record; `None` for a membership, which belongs to its person.
fn item(
    members: Members<'_>,
    groups: &HashMap<String, String>,
    of_user: &HashMap<String, Vec<String>>,
) -> Result<Option<Item>, String> {
    if let Some(group_id) = members.text("group_id")? {
        members.needed("user_id")?;
        return match groups.get(&group_id) {
            Some(_) => Ok(None),
            None => {
                Err(format!("the group {} of the membership is not in the file", group_id.escape_debug()))
            }
        };
    }
    if members.get("idpMetadata").is_some() || members.get("oidcProvider").is_some() {
        return connection(members).map(Some);
    }
    if members.get("scim").is_some() {
        return Ok(Some(Item::Other("directory".to_owned())));
    }
    if is_group(members.0) {
        let raw = members.object("raw")?;
        let external_id = raw.map(|raw| raw.text("externalId")).transpose()?.flatten();
        return Ok(Some(Item::Group(Group { name: members.needed("name")?, external_id })));
    }
    if members.get("email").is_some() {
        return person(members, of_user).map(Some);
    }
    Err("the record is no user, group, membership, directory or connection".to_owned())
}

fn person(members: Members<'_>, of_user: &HashMap<String, Vec<String>>) -> Result<Item, String> {
    let id = members.needed("id")?;
    let emails = vec![members.needed("email")?];
    let raw = members.object("raw")?;
    let of_raw = |name: &str| raw.map(|raw| raw.text(name)).transpose().map(Option::flatten);
    let mut person = Person {
        groups: of_user.get(&id).cloned().unwrap_or_default(),
        old_id: Some(id),
        external_id: of_raw("externalId")?,
        user_name: name_or_email(of_raw("userName")?, &emails)?,
        active: members.truth("active")?,
        roles: members.texts("roles", &["value"])?,
        ..Person::default()
    };
    person.set("displayName", of_raw("displayName")?);
    person.set("title", of_raw("title")?);
    person.set_names(members.text("first_name")?, members.text("last_name")?);
    person.set_emails(emails);
    Ok(Item::Person(Box::new(person)))
}

fn connection(members: Members<'_>) -> Result<Item, String> {
    let named = match members.text("name")? {
        Some(name) => Some(name),
        None => members.text("label")?,
    };
    if let Some(oidc) = members.object("oidcProvider")? {
        let issuer = match (oidc.text("discoveryUrl")?, oidc.object("metadata")?) {
            (Some(url), _) => issuer_of_discovery(&url),
            (None, Some(metadata)) => metadata.needed("issuer")?,
            (None, None) => return Err("oidcProvider has neither discoveryUrl nor metadata".to_owned()),
        };
        let name = named.unwrap_or_else(|| issuer.clone());
        let client_id = oidc.needed("clientId")?;
        return Ok(Item::Connection(Connection::Oidc(OidcConnection { name, issuer, client_id })));
    }
    let idp = members.object("idpMetadata")?.ok_or("idpMetadata is missing")?;
    let sso = idp.object("sso")?.ok_or("idpMetadata has no sso")?;
    let issuer = idp.needed("entityID")?;
    let (redirect, post) = (sso.text("redirectUrl")?, sso.text("postUrl")?);
    Ok(Item::Connection(Connection::Saml(SamlConnection {
        name: named.unwrap_or_else(|| issuer.clone()),
        issuer,
        by_post: redirect.is_none(),
        sso_url: redirect.or(post).ok_or("idpMetadata.sso has neither redirectUrl nor postUrl")?,
        certificates: idp.needed("publicKey")?,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_joined() {
        let text = r#"{"id":"u1","email":"ada@acme.example","first_name":"Ada","last_name":"L","active":true,"raw":{"userName":"ada@acme.example","externalId":"00u1"}}
{"id":"g1","name":"Eng","raw":{"displayName":"Eng"}}
{"id":"m1","group_id":"g1","user_id":"u1"}
{"id":"m2","group_id":"g2","user_id":"u1"}
{"id":"d1","name":"Acme","tenant":"acme","product":"p","type":"okta-scim-v2","scim":{"path":"/x","secret":"hush"}}
{"clientID":"c","clientSecret":"hush","tenant":"acme","product":"p","name":"Okta","idpMetadata":{"entityID":"http://www.okta.com/exk1","sso":{"redirectUrl":"https://acme.okta.com/sso"},"publicKey":"MII"}}
{"clientID":"c","clientSecret":"hush","oidcProvider":{"provider":"okta","discoveryUrl":"https://acme.okta.com/.well-known/openid-configuration","clientId":"0oa1","clientSecret":"hush"}}
"#;
        let rows: Vec<Row> = read(text.as_bytes()).unwrap().collect();
        assert!(!format!("{rows:?}").contains("hush"));
        let Ok(Record { item: Item::Person(ada), line: 1 }) = &rows[0] else { panic!("{rows:?}") };
        assert_eq!((ada.groups.join("+"), ada.external_id.as_deref()), ("Eng".to_owned(), Some("00u1")));
        assert!(matches!(&rows[1], Ok(Record { item: Item::Group(_), .. })));
        assert_eq!(rows[2].as_ref().unwrap_err().line, 4);
        assert!(matches!(&rows[3], Ok(Record { item: Item::Other(_), .. })));
        assert!(matches!(&rows[4], Ok(Record { item: Item::Connection(Connection::Saml(_)), .. })));
        let Ok(Record { item: Item::Connection(Connection::Oidc(okta)), .. }) = &rows[5] else { panic!() };
        assert_eq!(okta.issuer, "https://acme.okta.com");
    }
}
