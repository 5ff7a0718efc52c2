//! `/account`: the signed-in person's own roles, browsers, apps and API tokens.

pub mod api_tokens;
pub mod apps;
mod page;
pub mod sessions;
pub mod theme;

pub use page::get;
