//! HTML for administrators and users: sign-in page, the administrator's pages for Okta and people, the account page, set-up
//! links.
//! Every page works without script; every form of a signed-in person carries the session's token.

pub mod account;
pub mod api_tokens;
pub mod assets;
pub mod conflicts;
pub mod connected;
pub mod doctor;
mod door;
pub mod held;
pub mod inspected;
pub mod okta;
mod paste;
pub mod people;
pub mod person;
pub mod policies;
pub mod requests;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod setup_browser;
pub mod sign_in;
pub mod sync;
