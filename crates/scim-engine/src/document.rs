//! SCIM documents: what POST and PUT send, in canonical form, and the attributes that responses return. A document that
//! does not fit its schema is refused with the name of the attribute; it must never be stored half understood.

mod app_role;
pub(crate) mod coerce;
mod comparable;
pub(crate) mod distinct;
mod group;
mod growth;
mod members;
mod messages;
mod project;
#[cfg(test)]
pub(crate) mod property_tests;
mod schemas;
#[cfg(test)]
mod tests;
mod user;

pub use comparable::comparable;
pub use group::{GroupInput, normalise_group};
pub use growth::check_growth;
pub(crate) use members::ids as member_ids;
pub use messages::{error_body, list_response, open_list};
pub use project::{includes, parse_attribute_list, project};
pub use schemas::sync_schemas;
pub use user::normalise_user;
