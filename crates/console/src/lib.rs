//! HTML for administrators and users: sign-in page, the administrator's pages for Okta and people, the account page, set-up
//! links.
//! Every page works without script; every form of a signed-in person carries the session's token.

pub mod account;
pub mod agents;
pub mod audit;
pub mod credentials;
pub mod drift;
pub mod home;
pub mod layout;
pub mod overview;
pub mod people;
pub mod plan;
pub mod provider;
pub mod roles;
pub mod search;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod webhooks;
