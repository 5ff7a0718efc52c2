//! `/integrations/agents`, "AI access": the AI clients that may act for people because the workspace's identity provider says so (Cross App
//! Access), a switch for each connection, and stopping one client or all.

mod end;
pub(crate) mod hint;
mod page;
mod switch;

pub use end::{ask as ask_end, end};
pub use page::get;
pub use switch::post;
