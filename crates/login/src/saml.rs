//! Sign-in by SAML 2.0 (Web Browser SSO Profile, SAML Profiles §4.1), as service provider. One connection's responses arrive at one
//! address of one workspace, so its keys, its audience and its limits are known before anything untrusted is parsed.
//!
//! [`start`] redirects to the provider with an AuthnRequest; [`acs`] verifies the response that the provider's page posts and keeps it for a
//! minute; [`arrive`] takes the login of this browser and signs the person in; [`metadata`] describes this service provider; [`provider_metadata`] reads the provider's. `vestibule-saml`
//! verifies; nothing here reads XML.

pub mod acs;
pub mod addresses;
mod answer;
pub mod arrive;
mod claims;
pub mod metadata;
pub mod provider_metadata;
pub(crate) mod start;
