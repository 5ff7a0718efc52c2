//! `/people/{id}`: one person of the workspace, their roles and their source, what they are signed in with, and ending it.

mod access;
mod credentials;
mod end_access;
mod external_id;
mod nobody;
mod page;
mod read;
pub(crate) mod receipt;
mod role_choice;
mod roles;

pub(crate) use access::right_name;
pub use credentials::{end_app, end_session, revoke_token};
pub use end_access::{ask, end_access};
pub use external_id::free_external_id;
pub use page::get;
pub use roles::set_roles;
