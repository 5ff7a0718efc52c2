//! HTML for administrators and users: sign-in page, the administrator's Okta page, the account page, set-up links.
//! Every page works without script; every form of a signed-in person carries the session's token.

pub mod account;
pub mod assets;
pub mod conflicts;
mod door;
pub mod okta;
pub mod settings;
pub mod setup;
pub mod sign_in;
