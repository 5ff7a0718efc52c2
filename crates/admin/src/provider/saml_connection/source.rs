//! The source of a SAML provider's settings: its metadata, by URL or as a document, or values entered by hand. Fetches and parses, so it
//! must never run inside a transaction.

use actix_web::web;
use vestibule_core::sets::SamlBinding;
use vestibule_saml::{certificate, metadata};
use vestibule_web::{State, outbound::saml_metadata};

use super::settings::SamlProvider;
use crate::{
    checks::public_address,
    refusal::{Refusal, field},
};

/// Source of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The URL of the provider's metadata. It is read again from then on.
    MetadataUrl(String),
    /// The metadata, an XML document.
    Metadata(String),
    /// Values entered by hand.
    ByHand {
        /// Entity ID of the provider.
        issuer: String,
        /// Where AuthnRequests go, by HTTP-Redirect.
        sso_url: String,
        /// One or more certificates, as pasted.
        certificates: String,
    },
}

impl Source {
    /// The URL from which the metadata is to be read again; an empty text: none.
    pub fn metadata_url(&self) -> &str {
        match self {
            Self::MetadataUrl(url) => url.trim(),
            Self::Metadata(_) | Self::ByHand { .. } => "",
        }
    }

    /// Reads the provider.
    ///
    /// # Errors
    /// [`Refusal::Field`] of `metadata_url`, `metadata` or `certificate`. The other values are checked when they are saved.
    pub async fn read(self, state: &State) -> Result<SamlProvider, Refusal> {
        match self {
            Self::MetadataUrl(url) => {
                let url = url.trim();
                public_address("metadata_url", url, state.config().okta.allow_insecure_issuers)?;
                let fetched = saml_metadata::fetch(state.outbound(), url).await;
                let xml = fetched.or_else(|sentence| refused("metadata_url", &sentence))?;
                of_document("metadata_url", xml).await
            }
            Self::Metadata(xml) => of_document("metadata", xml.into_bytes()).await,
            Self::ByHand { issuer, sso_url, certificates } => {
                let certificates = web::block(move || certificate::parse_pasted(&certificates)).await;
                let certificates = match certificates {
                    Ok(Ok(certificates)) => certificates,
                    Ok(Err(error)) => return refused("certificate", &error.to_string()),
                    Err(_) => return refused("certificate", "it could not be read"),
                };
                Ok(SamlProvider {
                    issuer,
                    sso_url,
                    sso_binding: SamlBinding::Redirect,
                    slo: None,
                    wants_signed_requests: false,
                    certificates,
                })
            }
        }
    }
}

async fn of_document(name: &'static str, xml: Vec<u8>) -> Result<SamlProvider, Refusal> {
    let parsed = match web::block(move || metadata::parse(&xml)).await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(error)) => return refused(name, &error.to_string()),
        Err(_) => return refused(name, "it could not be read"),
    };
    SamlProvider::of_metadata(parsed).or_else(|sentence| refused(name, &sentence))
}

fn refused<T>(name: &'static str, sentence: &str) -> Result<T, Refusal> {
    field(name, format!("can't be used: {}", sentence.trim_end_matches('.')))
}
