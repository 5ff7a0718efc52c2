//! Brings the values of a file into the form in which they are stored, so that they can be compared. Needs no database.

use vestibule_admin::provider::{connection::address, domains::name::normalise};
use vestibule_core::ids::{self, ConnectionId, DEPLOYMENT, WorkspaceId};
use vestibule_saml::certificate;
use vestibule_store::outbox::webhooks::DEFAULT_KINDS;
use vestibule_transfer::configuration::{Document, Fault, Kind, Thing, Value};
use vestibule_web::{config::Config, http::return_to};

/// Normalises all documents; returns what is wrong.
pub(super) fn normalise_all(config: &Config, documents: &mut [Document]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for thing in documents.iter_mut().flat_map(|document| &mut document.things) {
        if let Err(fault) = normal(config, thing) {
            faults.push(fault);
        }
    }
    faults
}

fn normal(config: &Config, thing: &mut Thing) -> Result<(), Fault> {
    let allow_insecure = config.okta.allow_insecure_issuers;
    match thing.kind {
        Kind::Workspace => {
            text(thing, "id", |id| match WorkspaceId::parse(id) {
                Some(id) if id == *DEPLOYMENT => Err("stands for the deployment itself".to_owned()),
                Some(id) => Ok(id.into_string()),
                None => Err("must be a UUID".to_owned()),
            })?;
            texts(thing, "sign_in_domains", normalise)?;
            texts(thing, "allowed_origins", |typed| return_to::check_origin(typed, allow_insecure))
        }
        Kind::Domain => text(thing, "domain", normalise),
        Kind::OidcConnection => {
            text(thing, "id", connection_id)?;
            texts(thing, "domains", normalise)?;
            text(thing, "issuer", |issuer| {
                let issuer = address::check_issuer(issuer, allow_insecure)?;
                if config.region.is_own(&issuer) {
                    return Err("is Vestibule itself, which can't be its own identity provider".to_owned());
                }
                Ok(issuer)
            })
        }
        Kind::SamlConnection => {
            text(thing, "id", connection_id)?;
            texts(thing, "domains", normalise)?;
            certificates(thing)
        }
        Kind::Client => keys(thing, allow_insecure),
        Kind::Webhook => {
            text(thing, "id", |id| ids::parse(id).ok_or_else(|| "must be a UUID".to_owned()))?;
            if thing.texts("kinds").is_some_and(<[String]>::is_empty) {
                thing.values.insert("kinds", Value::texts(DEFAULT_KINDS.split_whitespace()));
            }
            Ok(())
        }
        Kind::Attribute | Kind::Role | Kind::Entitlement | Kind::Mapping | Kind::Resource => Ok(()),
    }
}

fn connection_id(id: &str) -> Result<String, String> {
    ConnectionId::parse(id).map(ConnectionId::into_string).ok_or_else(|| "must be a UUID".to_owned())
}

/// Replaces a text by its normal form.
fn text(
    thing: &mut Thing,
    key: &'static str,
    normal: impl FnOnce(&str) -> Result<String, String>,
) -> Result<(), Fault> {
    let Some(typed) = thing.text(key) else { return Ok(()) };
    let text = normal(typed).map_err(|sentence| thing.fault(Some(key), sentence))?;
    thing.values.insert(key, Value::Text(text));
    Ok(())
}

/// Replaces the texts of a list by their normal forms.
fn texts(
    thing: &mut Thing,
    key: &'static str,
    normal: impl Fn(&str) -> Result<String, String>,
) -> Result<(), Fault> {
    let Some(typed) = thing.texts(key) else { return Ok(()) };
    let normal: Result<Vec<String>, String> = typed.iter().map(|one| normal(one)).collect();
    let normal = normal.map_err(|sentence| thing.fault(Some(key), sentence))?;
    thing.values.insert(key, Value::texts(normal));
    Ok(())
}

/// Certificates are stored as base64 on one line; a file may also have PEM.
fn certificates(thing: &mut Thing) -> Result<(), Fault> {
    let Some(pasted) = thing.texts("certificates") else { return Ok(()) };
    let mut all = Vec::new();
    for one in pasted {
        match certificate::parse_pasted(one) {
            Ok(parsed) => all.extend(parsed.iter().map(certificate::Certificate::base64)),
            Err(error) => return Err(thing.fault(Some("certificates"), error.to_string())),
        }
    }
    thing.values.insert("certificates", Value::texts(all));
    Ok(())
}

/// Checks the public keys of a client as `vestibule client create` does.
fn keys(thing: &Thing, allow_insecure: bool) -> Result<(), Fault> {
    let jwks = thing.text("jwks").unwrap_or_default();
    let by_keys = thing.text("auth_method") == Some("private_key_jwt");
    let checked = match (by_keys, jwks.is_empty()) {
        (true, true) => Err("is missing: auth_method private_key_jwt needs keys, or their URL"),
        (false, false) => Err("is for auth_method private_key_jwt"),
        (false, true) => Ok(()),
        (true, false) if jwks.starts_with("https://") || jwks.starts_with("http://") => {
            vestibule_oauth::check_keys_uri(jwks, allow_insecure)
        }
        (true, false) => vestibule_oauth::check_keys(jwks),
    };
    checked.map_err(|sentence| thing.fault(Some("jwks"), sentence))
}
