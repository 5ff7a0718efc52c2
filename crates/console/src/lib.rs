//! HTML for administrators and users: sign-in page, the administrator's Okta page, the account page, set-up links.
//! Every page works without script; every form carries the session's token; what ends access asks first by name.

pub mod account;
pub mod assets;
mod door;
pub mod okta;
pub mod setup;
pub mod sign_in;
