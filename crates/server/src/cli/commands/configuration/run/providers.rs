//! Steps of connections, of both protocols.

use vestibule_admin::provider::{
    connection::{self, Settings, Which},
    connection_domains,
    saml_connection::{self, SamlProvider, SamlSettings, SignOutAddress},
};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::ProviderKind,
};
use vestibule_saml::certificate;
use vestibule_store::{Error, Tx, providers::saml_connections::AttributeNames};
use vestibule_transfer::configuration::{Action, Step, Thing};

use super::failure::Failure;
use crate::cli::commands::configuration::Context;

/// Keys of what is known of a SAML provider: they are saved together.
const PROVIDER: [&str; 7] =
    ["issuer", "sso_url", "sso_binding", "slo_url", "slo_binding", "slo_response_url", "certificates"];
/// Keys of the attributes that are read: they are saved together.
const ATTRIBUTES: [&str; 10] = [
    "user_name_attribute",
    "email_attribute",
    "name_attribute",
    "given_name_attribute",
    "family_name_attribute",
    "groups_attribute",
    "roles_attribute",
    "uid_attribute",
    "uid_is",
    "uid_custom_attribute",
];

/// The id of the stored connection.
fn stored_id(step: &Step) -> Option<ConnectionId> {
    step.stored.as_ref().and_then(Thing::id).map(ConnectionId::from_stored)
}

/// The value of a closed set at a key.
fn parsed<T: std::str::FromStr>(thing: &Thing, key: &'static str) -> Result<Option<T>, Failure> {
    let Some(text) = thing.text(key).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Failure::Key(key, "has an unknown value".to_owned()))
}

/// Creates, changes or deletes an OpenID Connect connection.
pub(super) fn oidc(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<Option<String>, Failure> {
    let (given, actor) = (step.given(), &context.actor);
    let stored = stored_id(step);
    if step.action == Action::Delete {
        let connection_id = stored.ok_or(Error::NotFound)?;
        connection::delete(conn, actor, id, &connection_id)?;
        return Ok(None);
    }
    let value = |key: &str| {
        let before = step.stored.as_ref().and_then(|thing| thing.text(key));
        given.text(key).or(before).unwrap_or_default().to_owned()
    };
    let settings = Settings {
        which: match (stored, given.id()) {
            (Some(stored), _) => Which::Id(stored),
            (None, Some(new)) => Which::Declared(ConnectionId::from_stored(new)),
            (None, None) => Which::New,
        },
        name: given.text("name").map(str::to_owned),
        provider: parsed(&given, "provider")?,
        assumed: ProviderKind::Any,
        issuer: value("issuer"),
        client_id: value("client_id"),
        client_secret: context.secrets.of(&given).cloned(),
        enabled: given.switch("enabled"),
        jit: given.switch("jit"),
        auth_method: given.text("auth_method").map(str::to_owned),
        dpop: given.switch("dpop"),
        groups_claim: given.text("groups_claim").map(str::to_owned),
        cross_app: given.switch("cross_app"),
        make_default: given.switch("default") == Some(true),
        stays_ordinary: given.switch("default") == Some(false),
        ..Settings::default()
    };
    let saved = connection::save(conn, actor, context.sealer, id, settings)?;
    finish(conn, context, id, step, &given, saved.connection_id)
}

/// Sets the domains of a saved connection. Returns its id if the file gives none.
fn finish(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
    given: &Thing,
    connection_id: ConnectionId,
) -> Result<Option<String>, Failure> {
    if let Some(domains) = given.texts("domains") {
        connection_domains::set(conn, &context.actor, id, &connection_id, domains)?;
    }
    let is_made = step.action == Action::Create && given.id().is_none();
    Ok(is_made.then(|| connection_id.into_string()))
}

/// Creates, changes or deletes a SAML connection.
pub(super) fn saml(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<Option<String>, Failure> {
    let (given, actor) = (step.given(), &context.actor);
    let stored = stored_id(step);
    if step.action == Action::Delete {
        let connection_id = stored.ok_or(Error::NotFound)?;
        saml_connection::delete(conn, actor, id, &connection_id)?;
        return Ok(None);
    }
    // What is stored, with what changes.
    let mut whole = step.stored.clone().unwrap_or_else(|| step.thing.clone());
    whole.values.extend(given.values.clone());
    let is_given = |keys: &[&str]| keys.iter().any(|key| given.values.contains_key(key));
    let text = |key: &str| given.text(key).map(str::to_owned);
    let settings = SamlSettings {
        name: whole.text("name").unwrap_or_default().to_owned(),
        new_id: given.id().map(ConnectionId::from_stored),
        provider: if is_given(&PROVIDER) { Some(provider(&whole, stored.is_none())?) } else { None },
        metadata_url: text("metadata_url"),
        trusts_metadata: given.switch("trusts_metadata"),
        slo_url: None,
        entity_id: text("entity_id"),
        signs_requests: given.switch("signs_requests"),
        enabled: given.switch("enabled"),
        jit: given.switch("jit"),
        unsolicited: parsed(&given, "unsolicited")?,
        make_default: given.switch("default") == Some(true),
        attributes: if is_given(&ATTRIBUTES) { Some(attributes(&whole)?) } else { None },
        okta_org: text("okta_org"),
        app_instance_id: text("app_instance_id"),
    };
    let insecure = context.allow_insecure();
    let saved = match &stored {
        Some(connection_id) => saml_connection::change(conn, actor, (id, connection_id), settings, insecure)?,
        None => saml_connection::create(conn, actor, id, settings, insecure)?,
    };
    finish(conn, context, id, step, &given, saved.connection_id)
}

fn provider(whole: &Thing, is_new: bool) -> Result<SamlProvider, Failure> {
    let text = |key: &str| whole.text(key).unwrap_or_default().to_owned();
    let mut certificates = Vec::new();
    for one in whole.texts("certificates").unwrap_or_default() {
        let parsed = certificate::parse_pasted(one);
        certificates.extend(parsed.map_err(|error| Failure::Key("certificates", error.to_string()))?);
    }
    let says_how = whole.values.contains_key("slo_binding") || whole.values.contains_key("slo_response_url");
    let slo = if is_new && !says_how {
        SignOutAddress::by_hand(&text("slo_url"))
    } else {
        SignOutAddress {
            url: text("slo_url"),
            binding: parsed(whole, "slo_binding")?,
            response_url: text("slo_response_url"),
        }
    };
    Ok(SamlProvider {
        issuer: text("issuer"),
        sso_url: text("sso_url"),
        sso_binding: parsed(whole, "sso_binding")?.unwrap_or(vestibule_core::sets::SamlBinding::Redirect),
        slo: Some(slo),
        wants_signed_requests: false,
        certificates,
    })
}

fn attributes(whole: &Thing) -> Result<AttributeNames, Failure> {
    let name = |key: &str| whole.text(key).filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(AttributeNames {
        user_name: name("user_name_attribute"),
        email: name("email_attribute"),
        name: name("name_attribute"),
        given_name: name("given_name_attribute"),
        family_name: name("family_name_attribute"),
        groups: name("groups_attribute"),
        roles: name("roles_attribute"),
        uid: name("uid_attribute"),
        uid_is: parsed(whole, "uid_is")?,
        uid_custom: name("uid_custom_attribute"),
    })
}
