//! Reads requests: bodies, credentials, cookies, rate limits, return addresses.

pub mod bearer;
pub mod browser;
pub mod input;
pub mod limits;
pub mod multipart;
pub mod redirect;
pub mod request;
pub mod resource;
pub mod return_to;
pub mod saml_logout;
pub mod session;
pub mod setup_session;
pub mod user_agent;
