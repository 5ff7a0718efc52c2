//! Checks of the settings of a SAML connection.

use vestibule_core::sets::UidField;
use vestibule_store::providers::saml_connections::{AttributeNames, SamlConnection};

use crate::{
    checks::public_address,
    provider::connection::address,
    refusal::{Refusal, field},
};

/// Longest entity ID, in characters (SAML Core §8.3.6).
const LONGEST_ENTITY_ID: usize = 1024;

/// Checks a connection as it is to be saved.
pub(super) fn connection(connection: &SamlConnection, allow_insecure: bool) -> Result<(), Refusal> {
    entity_id("issuer", &connection.issuer)?;
    if !connection.entity_id.is_empty() {
        entity_id("entity_id", &connection.entity_id)?;
    }
    public_address("sso_url", &connection.sso_url, allow_insecure)?;
    if !connection.slo_url.is_empty() {
        public_address("slo_url", &connection.slo_url, allow_insecure)?;
    }
    if !connection.slo_response_url.is_empty() {
        public_address("slo_url", &connection.slo_response_url, allow_insecure)?;
    }
    if !connection.metadata_url.is_empty() {
        public_address("metadata_url", &connection.metadata_url, allow_insecure)?;
    }
    if connection.okta_org.is_empty() != connection.app_instance_id.is_empty() {
        return field(
            "app_instance_id",
            "and the Okta org belong together: Universal Logout needs both or neither",
        );
    }
    if !connection.okta_org.is_empty()
        && let Err(sentence) = address::check_issuer(&connection.okta_org, allow_insecure)
    {
        return field("okta_org", format!("is no address of an Okta org: {sentence}"));
    }
    plain("app_instance_id", &connection.app_instance_id, 100)
}

/// Checks the names of attributes.
pub(super) fn attributes(names: &AttributeNames) -> Result<(), Refusal> {
    let all = [
        &names.user_name,
        &names.email,
        &names.name,
        &names.given_name,
        &names.family_name,
        &names.groups,
        &names.roles,
        &names.uid,
        &names.uid_custom,
    ];
    for name in all.into_iter().flatten() {
        if name.is_empty() {
            return field("attributes", "must not have an empty name");
        }
        plain("attributes", name, 256)?;
    }
    if names.uid_is.is_some() && names.uid.is_none() {
        return field("uid_is", "needs the name of the UID attribute");
    }
    if (names.uid_is == Some(UidField::Custom)) != names.uid_custom.is_some() {
        return field("uid_custom", "and the field custom belong together");
    }
    Ok(())
}

/// An entity ID is compared verbatim, so control characters and outer spaces, which nobody would see, are refused.
fn entity_id(name: &'static str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return field(name, "is missing");
    }
    plain(name, text, LONGEST_ENTITY_ID)
}

fn plain(name: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.chars().count() > most {
        return field(name, format!("must have at most {most} characters"));
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return field(name, "must have no control characters, and no space at its ends");
    }
    Ok(())
}
