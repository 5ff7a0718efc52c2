//! Auth0: lines of its bulk user export, and lines of its Management API wrapped by kind: `{"member": …}`, `{"connection": …}`,
//! `{"organization": …}`. The bulk export has the users of the whole tenant; with lines of members, only members are imported.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{name_or_email, one_or_more, row};
use crate::{
    json::{self, Members, Object},
    record::{BadFile, BadRow, Connection, Item, OidcConnection, Person, Row, SamlConnection},
};

/// Reads the rows.
pub(super) fn read(bytes: &[u8]) -> Result<Box<dyn Iterator<Item = Row>>, BadFile> {
    let (mut users, mut members, mut rows): (Vec<Object>, Vec<Object>, Vec<Row>) = Default::default();
    for object in json::objects(bytes)? {
        let (line, object) = match object {
            Ok(object) => object,
            Err(bad) => {
                rows.push(Err(bad));
                continue;
            }
        };
        let wrapped = |name: &str| object.get(name).and_then(Value::as_object).filter(|_| object.len() == 1);
        if let Some(member) = wrapped("member") {
            members.push((line, member.clone()));
        } else if let Some(connection) = wrapped("connection") {
            rows.push(row(line, self::connection(Members(connection))));
        } else if wrapped("organization").is_some() {
            rows.push(row(line, Ok(Item::Other("organization".to_owned()))));
        } else if object.contains_key("user_id") {
            users.push((line, object));
        } else {
            let sentence =
                "the line is no user of an export, and no member, connection or organization".to_owned();
            rows.push(Err(BadRow { line, sentence }));
        }
    }
    if members.is_empty() {
        rows.extend(users.iter().map(|(line, user)| row(*line, person(user, None))));
    } else {
        let id =
            |object: &Map<String, Value>| object.get("user_id").and_then(Value::as_str).map(str::to_owned);
        let by_id: HashMap<String, &Map<String, Value>> =
            users.iter().filter_map(|(_, user)| Some((id(user)?, user))).collect();
        rows.extend(members.iter().map(|(line, member)| {
            let user = id(member).and_then(|id| by_id.get(&id).copied()).unwrap_or(member);
            row(*line, person(user, Some(member)))
        }));
    }
    Ok(Box::new(rows.into_iter()))
}

fn person(user: &Map<String, Value>, member: Option<&Map<String, Value>>) -> Result<Item, String> {
    let members = Members(user);
    let mut person = Person { old_id: Some(members.needed("user_id")?), ..Person::default() };
    let emails: Vec<String> = members.text("email")?.into_iter().collect();
    // The email address is what people sign in with at most connections.
    let named = emails.first().cloned().or(members.text("username")?);
    person.user_name = name_or_email(named, &emails)?;
    // An Okta connection's own id of the person is not exported; Auth0's id is none that Okta sends.
    let name = members.text("name")?.filter(|name| !emails.contains(name));
    person.set("displayName", name);
    person.set("nickName", members.text("nickname")?);
    person.set_names(members.text("given_name")?, members.text("family_name")?);
    person.set_emails(emails);
    person.active = members.truth("blocked")?.map(|blocked| !blocked);
    if let Some(member) = member {
        person.roles = one_or_more(Members(member), "roles", &["name"])?;
    }
    Ok(Item::Person(Box::new(person)))
}

fn connection(members: Members<'_>) -> Result<Item, String> {
    let name = match members.text("display_name")? {
        Some(name) => name,
        None => members.needed("name")?,
    };
    let strategy = members.needed("strategy")?;
    let options = members.object("options")?.ok_or("options is missing")?;
    match strategy.as_str() {
        "samlp" => Ok(Item::Connection(Connection::Saml(SamlConnection {
            name,
            issuer: issuer_of_saml(options)?,
            sso_url: options.needed("signInEndpoint")?,
            by_post: options.text("protocolBinding")?.is_some_and(|binding| binding.ends_with("HTTP-POST")),
            certificates: match options.text("cert")? {
                Some(pem) => pem,
                None => options.needed("signingCert")?,
            },
        }))),
        "oidc" | "okta" => Ok(Item::Connection(Connection::Oidc(OidcConnection {
            name,
            issuer: match (options.text("issuer")?, options.text("domain")?) {
                (Some(issuer), _) => issuer,
                (None, Some(domain)) => format!("https://{domain}"),
                (None, None) => return Err("options has neither issuer nor domain".to_owned()),
            },
            client_id: options.needed("client_id")?,
        }))),
        other => Ok(Item::Other(format!("connection of strategy {other}"))),
    }
}

/// The entity ID of the provider: Auth0 does not always export it.
fn issuer_of_saml(options: Members<'_>) -> Result<String, String> {
    for name in ["entityId", "idpEntityId", "issuer"] {
        if let Some(issuer) = options.text(name)? {
            return Ok(issuer);
        }
    }
    Err("options has no entityId of the provider; create this connection from the provider's metadata"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<Result<Item, String>> {
        let row = |row: Row| row.map(|record| record.item).map_err(|bad| bad.sentence);
        read(text.as_bytes()).unwrap().map(row).collect()
    }

    const USERS: &str = r#"{"user_id":"auth0|1","email":"Ada@acme.example","name":"Ada L","given_name":"Ada","family_name":"Lovelace","blocked":false,"identities":[{"connection":"x"}]}
{"user_id":"auth0|2","email":"eve@other.example","name":"eve@other.example","blocked":true}
"#;

    #[test]
    fn users_of_a_bulk_export_are_people() {
        let items = items(USERS);
        let Ok(Item::Person(ada)) = &items[0] else { panic!("{items:?}") };
        assert_eq!((ada.user_name.as_str(), ada.old_id.as_deref()), ("Ada@acme.example", Some("auth0|1")));
        assert_eq!((ada.active, &ada.external_id), (Some(true), &None));
        assert_eq!(ada.attributes["displayName"], "Ada L");
        let Ok(Item::Person(eve)) = &items[1] else { panic!("{items:?}") };
        assert_eq!((eve.active, eve.attributes.get("displayName")), (Some(false), None));
    }

    #[test]
    fn with_members_only_members_are_people() {
        let members = r#"{"member":{"user_id":"auth0|1","email":"ada@acme.example","roles":[{"id":"rol_1","name":"Editor"}]}}"#;
        let items = items(&format!("{USERS}{members}\n"));
        assert_eq!(items.len(), 1);
        let Ok(Item::Person(ada)) = &items[0] else { panic!("{items:?}") };
        assert_eq!((ada.user_name.as_str(), ada.roles.join("+")), ("Ada@acme.example", "Editor".to_owned()));
    }

    #[test]
    fn connections_have_no_secrets() {
        let items = items(
            r#"{"connection":{"name":"okta-acme","strategy":"okta","options":{"domain":"acme.okta.com","client_id":"0oa1","client_secret":"hush"}}}
{"connection":{"name":"saml","strategy":"samlp","options":{"signInEndpoint":"https://idp.example/sso","signingCert":"MII","entityId":"https://idp.example"}}}
{"connection":{"name":"db","strategy":"auth0","options":{}}}
{"what":1}"#,
        );
        let Ok(Item::Connection(Connection::Oidc(okta))) = &items[0] else { panic!("{items:?}") };
        assert_eq!((okta.issuer.as_str(), okta.client_id.as_str()), ("https://acme.okta.com", "0oa1"));
        assert!(!format!("{items:?}").contains("hush"));
        assert!(matches!(&items[1], Ok(Item::Connection(Connection::Saml(_)))));
        assert!(matches!(&items[2], Ok(Item::Other(_))));
        assert!(items[3].is_err());
    }
}
