//! The live check of a SAML connection: its metadata is read, and compared with what is saved here. It changes nothing.

use actix_web::web;
use vestibule_core::time::{SECOND, rfc3339};
use vestibule_saml::metadata::{self, IdpMetadata};
use vestibule_web::{State, outbound::saml_metadata, pages::isolate};

use super::{super::live::Check, Bad, Finding, Saml, Warn, finding, here};

const NAME: &str = "SAML metadata";

/// Checks a connection.
pub(crate) async fn ask(state: &State, saml: &Saml) -> Check {
    if saml.connection.metadata_url.is_empty() {
        return Check::unknown(NAME, "no metadata URL is saved, so there is nothing to ask.");
    }
    match read(state, &saml.connection.metadata_url).await {
        Ok(metadata) => match differing(saml, &metadata) {
            Some(finding) => Check::ill(NAME, finding),
            None => Check::well(NAME, told(&metadata)),
        },
        Err(sentence) => {
            let saw = format!("{}.", sentence.trim_end_matches('.'));
            let means = "A new certificate of the provider is not known here before it signs: then nobody can sign in.";
            Check::ill(NAME, at_url(finding("saml_metadata", Warn, &saw, means), saml))
        }
    }
}

async fn read(state: &State, url: &str) -> Result<IdpMetadata, String> {
    let xml = saml_metadata::fetch(state.outbound(), url).await?;
    let parsed = web::block(move || metadata::parse(&xml)).await;
    let parsed = parsed.map_err(|_| "the metadata could not be read".to_owned())?;
    parsed.map_err(|error| error.to_string())
}

/// The worst difference between the metadata and the settings.
fn differing(saml: &Saml, metadata: &IdpMetadata) -> Option<Finding> {
    let connection = &saml.connection;
    if metadata.entity_id != connection.issuer {
        let saw = format!("the metadata is of another issuer: {}.", isolate(&metadata.entity_id));
        let means = "It is the metadata of another app or provider, so its certificates are not used.";
        let found = finding("saml_metadata", Bad, &saw, means);
        return Some(at_url(found, saml).put(here("Issuer, now"), &connection.issuer));
    }
    let is_known = |fingerprint: &String| saml.certificates.iter().any(|one| one.fingerprint == *fingerprint);
    let listed: Vec<String> = metadata.certificates.iter().map(|one| one.fingerprint()).collect();
    if let Some(new) = listed.iter().find(|fingerprint| !is_known(fingerprint)) {
        let means = "The metadata was not read since. When the provider signs with it, this service reads the metadata at the first response.";
        let saw = "the metadata lists a certificate that is not known here yet.";
        let found = finding("saml_certificate_new", Warn, saw, means);
        return Some(found.put(here("Read the metadata now, which adds the certificate"), new));
    }
    if !metadata.sso.iter().any(|endpoint| endpoint.url == connection.sso_url) {
        let saw = "the metadata names another sign-in URL than the one saved here.";
        let means = "People are sent to an address that the provider no longer names.";
        let found = finding("saml_sso_url", Warn, saw, means);
        return Some(
            found
                .put(here("Sign-in URL, now"), &connection.sso_url)
                .go(here("Save the settings from the metadata URL again")),
        );
    }
    None
}

fn at_url(found: Finding, saml: &Saml) -> Finding {
    found
        .put(here("Metadata URL, now"), &saml.connection.metadata_url)
        .go(saml.at().place(&format!("{}: copy it", saml.at().saml.metadata)))
}

/// A sentence about metadata that fits the settings, with the end of the certificate that ends last.
fn told(metadata: &IdpMetadata) -> String {
    let count = metadata.certificates.len();
    let certificates = if count == 1 { "certificate" } else { "certificates" };
    let end = metadata.certificates.iter().map(|one| one.not_after()).max().unwrap_or_default();
    format!(
        "the metadata is of this issuer, with {count} {certificates}, the last until {}.",
        rfc3339(end.saturating_mul(SECOND))
    )
}
