//! Sealing of secrets, signing, and verification of signatures.

pub mod access_token;
pub mod dpop;
pub mod saml_keys;
pub mod saml_trust;
pub mod seal;
pub mod signing;
pub mod stream;
pub(crate) mod verification;
