//! Sign-in by SAML 2.0 (Web Browser SSO Profile, SAML Profiles §4.1), as service provider. Responses to all connections of a workspace
//! arrive at one address of the workspace. The issuer that a response claims only chooses the connection; the certificates of that
//! connection must have signed the response.
//!
//! `start` redirects to the provider with an AuthnRequest; [`acs`] verifies the response that the provider's page posts and keeps it for a
//! minute; [`arrive`] takes the login of this browser and signs the person in; [`metadata`] describes this service provider; [`logout`] is
//! single logout.
//! `vestibule-saml` verifies; nothing here reads XML.

pub mod acs;
pub(crate) mod answer;
pub mod arrive;
pub(crate) mod claims;
pub(crate) mod joined;
pub mod logout;
pub mod metadata;
mod send;
pub(crate) mod sentences;
pub(crate) mod start;
mod trusted;

use vestibule_admin::provider::saml_connection::{addresses, provider_metadata};
