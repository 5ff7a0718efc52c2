//! `/settings`: the e-mail domains of the workspace, its sign-in policies, and what Okta's pushes may do.

mod domains;
mod page;
pub mod policies;
pub mod provisioning;

pub use domains::post as domains;
pub use page::get;
