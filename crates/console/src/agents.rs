//! `/integrations/agents`, "AI access": which AI clients act for how many people by the word of the workspace's identity provider (Cross App Access), a
//! switch for all of them, and stopping one or all.

mod end;
pub(crate) mod hint;
mod page;
mod switch;

pub use end::{ask as ask_end, end};
pub use page::get;
pub use switch::post;
