//! `/integrations/okta/oidc/…`: the OpenID Connect connections of the workspace, each created, changed, switched, and deleted after
//! confirmation. The first of them is also that of the Okta page.

mod change;
mod connection;
mod create;
mod delete;
mod form;
mod save;
mod switches;

pub use connection::{get, post};
pub use create::{get as get_new, post as post_new};
pub use delete::{ask as ask_delete, delete};
pub use switches::post as post_switch;
