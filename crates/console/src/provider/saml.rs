//! `/integrations/okta/saml/…`: the SAML connections of the workspace. The Okta page lists them; here each is created, changed, switched,
//! and deleted after confirmation.

mod change;
mod connection;
mod create;
mod delete;
mod fields;
mod form;
pub(crate) mod list;
mod save;
pub(crate) mod set_up;
mod switches;

pub use connection::{get, post};
pub use create::{get as get_new, post as post_new};
pub use delete::{ask as ask_delete, delete};
pub(crate) use fields::SamlFields;
pub use switches::post as post_switch;
