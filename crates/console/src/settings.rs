//! `/settings`: the email domains of the workspace, its sign-in policies, and what Okta's pushes may do.

pub(crate) mod domain_list;
pub(crate) mod domains;
mod page;
pub mod policies;
pub mod provisioning;

pub use domains::post as domains;
pub use page::get;
