//! Commands about credentials: tokens, sessions, OAuth clients and their grants, keys. A secret is printed only once, when it is created.

pub(crate) mod api_token;
pub(crate) mod client;
pub(crate) mod grant;
pub(crate) mod key;
pub(crate) mod operator_key;
pub(crate) mod resource;
pub(crate) mod saml_key;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod token;
