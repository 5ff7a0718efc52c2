//! HTML for administrators and users: sign-in page, the administrator's pages for Okta and people, the account page, set-up
//! links.
//! Every page works without script; every form of a signed-in person carries the session's token.

pub mod account;
pub mod activity;
pub mod api_tokens;
pub mod assets;
mod confirm;
pub mod conflicts;
pub mod connected;
pub mod doctor;
mod door;
pub mod groups;
mod guard;
mod happened;
pub mod held;
mod history;
pub mod inspected;
mod known;
pub mod mapping;
pub mod okta;
mod pager;
mod paste;
pub mod people;
pub mod person;
pub mod person_roles;
pub mod policies;
pub mod provisioning;
pub mod requests;
pub mod role;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod setup_browser;
mod shown;
pub mod sign_in;
mod source;
pub mod sync;
pub mod tokens;
pub mod webhook;
pub mod webhooks;
