//! `/tokens`: the credentials that open this workspace to provisioning: provisioning tokens, OAuth clients of SCIM, and the grants of
//! those clients. Auditors see them without a button.

mod clients;
mod create;
mod ended;
mod form;
mod grants;
mod listed;
mod page;
mod revoke;
mod rotation;
mod rows;

pub use clients::{add_secret, ask_end_secret, end_secret};
pub use create::create;
pub use grants::{ask_end_grant, end_grant};
pub use page::get;
pub use revoke::{ask_revoke, revoke};
pub use rotation::{get_rotation, rotate};
