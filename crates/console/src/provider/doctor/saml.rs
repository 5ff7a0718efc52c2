//! Findings about SAML connections: certificates, metadata, attributes, and refused sign-ins ([`refused`]). Pure.

mod certificates;
pub(super) mod facts;
pub(super) mod live;
mod logout;
mod refused;
#[cfg(test)]
pub(crate) mod tests;

use vestibule_core::{providers::Provider, sets::ProviderKind};
use vestibule_store::providers::saml_connections::SamlConnection;
use vestibule_web::{observe::sightings::SightingKind, pages::isolate};

use super::{
    facts::Facts,
    finding::{
        Finding,
        Weight::{self, Bad, Note, Warn},
    },
};
use facts::Saml;

/// The step of these findings. The page of the set-up has no such step.
pub(crate) const STEP: u8 = 7;

/// The findings about a connection.
pub(super) fn judge(facts: &Facts, saml: &Saml) -> Vec<Finding> {
    let SamlConnection { enabled, updated_at, okta_org, app_instance_id, .. } = &saml.connection;
    let mut found: Vec<_> = switched_off(facts, saml).into_iter().collect();
    if !facts.is_judged(*enabled, *updated_at, &saml.history) {
        return found;
    }
    found.extend(certificates::judge(facts, saml));
    found.extend(metadata(saml));
    found.extend(endless(saml));
    found.extend(attributes(saml));
    found.extend(logout::judge(saml));
    found.extend(saml.history.refused.iter().filter_map(|(why, refused)| refused::judge(saml, why, refused)));
    found.extend(super::sign_in::not_back_by_saml(saml));
    if !okta_org.is_empty() {
        found.extend(super::logout::refused(
            facts,
            ProviderKind::Okta.facts(),
            &saml.history,
            okta_org,
            app_instance_id,
        ));
    }
    found
}

/// A finding about a connection, whose name is put before what was seen.
fn finding(id: &'static str, weight: Weight, saw: &str, means: &str) -> Finding {
    Finding::new(id, weight, STEP, saw, means)
}

/// A place on the connection's page.
fn here(what: &str) -> String {
    format!("The SAML connection's page here: {what}")
}

/// A place in the provider's settings of the app.
fn settings(at: &Provider, field: &str) -> String {
    at.place(&format!("{}{field}", at.saml.settings))
}

/// A place in the provider's settings of signatures and encryption.
fn advanced(at: &Provider, field: &str) -> String {
    at.place(&format!("{}{field}", at.saml.advanced))
}

fn switched_off(facts: &Facts, saml: &Saml) -> Option<Finding> {
    if saml.connection.enabled {
        return None;
    }
    let weight = if facts.is_any_enabled() { Note } else { Warn };
    let means = "Nobody can sign in through it; Universal Logout works.";
    Some(
        finding("saml_off", weight, "this connection is switched off.", means)
            .go(here("Test sign-in, then switch it on")),
    )
}

/// The last attempt to read the metadata failed.
fn metadata(saml: &Saml) -> Option<Finding> {
    let seen = saml.history.seen(SightingKind::SamlMetadataUnread)?;
    if saml.connection.metadata_url.is_empty()
        || saml.connection.metadata_read_at.is_some_and(|at| at > seen.last_at)
    {
        return None;
    }
    let saw = format!("{}.", seen.detail);
    let means =
        "A new certificate of the provider is not known here before it signs: then nobody can sign in.";
    Some(
        finding("saml_metadata", Warn, &saw, means)
            .put(here("Metadata URL, now"), &saml.connection.metadata_url)
            .go(saml.at().place(&format!("{}: copy it", saml.at().saml.metadata)))
            .seen(seen),
    )
}

/// The provider answers a request as if there were none, again and again.
fn endless(saml: &Saml) -> Option<Finding> {
    let seen = saml.history.seen(SightingKind::SamlLoop)?;
    if saml.history.has_signed_in_since(seen.last_at) {
        return None;
    }
    let saw = "a sign-in that was started here was answered as if it had been started at the provider.";
    let means = match saml.at().saml.not_sso_url {
        "" => "The sign-on URL saved here is an address that does not read our request.".to_owned(),
        link => format!(
            "The sign-on URL saved here is {}'s {link}, which does not read our request.",
            saml.at().name
        ),
    };
    Some(
        finding("saml_loop", Bad, saw, &means)
            .put(here("Single Sign-On URL, now"), &saml.connection.sso_url)
            .go(saml.at().place(&format!("{}: copy it", saml.at().saml.sso_url)))
            .seen(seen),
    )
}

/// Findings about attributes that the settings name, and that sign-ins lacked or sent in a wrong form.
fn attributes(saml: &Saml) -> Vec<Finding> {
    let Ok(names) = saml.connection.attribute_names() else { return Vec::new() };
    let at = saml.at();
    let mut found = Vec::new();
    let uncured = |sight| {
        let seen = saml.history.seen(sight)?;
        let cured = saml.history.last(SightingKind::SamlGroups).is_some_and(|at| at > seen.last_at);
        (!cured).then_some(seen)
    };
    if let Some(name) = &names.groups {
        let place = settings(at, at.saml.groups);
        if let Some(seen) = uncured(SightingKind::SamlNoGroups) {
            let saw = format!("a person signed in without the groups attribute “{}”.", isolate(name));
            let means = format!(
                "{} matches none of the person's groups in {}, or has another name; letter case matters.",
                if at.is_okta() { "The filter" } else { "It" },
                at.name
            );
            found.push(
                finding("saml_no_groups", Note, &saw, &means)
                    .put(format!("{place} › Name"), name)
                    .go(if at.is_okta() {
                        format!("{place} › Filter: it must match the groups, such as Starts with and the beginning of their names")
                    } else {
                        format!("{place}: it must be sent for the groups of the person")
                    })
                    .go(here("Test sign-in, which shows the attributes that the provider sends"))
                    .seen(seen),
            );
        }
        if let Some(seen) = uncured(SightingKind::SamlJoinedGroups) {
            let saw = format!("the groups in “{}” came as one value with commas.", isolate(name));
            let means = "It is treated as one group, because a group's name may contain commas.";
            found.push(
                finding("saml_joined_groups", Warn, &saw, means)
                    .go(if at.is_okta() {
                        format!("{place}: send the groups there, and remove the row of Attribute Statements of that name")
                    } else {
                        format!("{place}: send each group as a value of its own")
                    })
                    .seen(seen),
            );
        }
    }
    if let (Some(name), Some(seen)) = (&names.uid, saml.history.seen(SightingKind::SamlNoUid)) {
        let saw = format!("a person signed in without one value of the UID attribute “{}”.", isolate(name));
        let means = "The UID matches a person who signs in to the user whom SCIM provisioned. Without it, one person may get two users.";
        found.push(
            finding("saml_no_uid", Warn, &saw, means)
                .put(settings(at, &format!("{} › Name", at.saml.attributes)), name)
                .go(at.place(&format!("{}: the same value must be mapped there", at.scim.mappings)))
                .seen(seen),
        );
    }
    found
}
