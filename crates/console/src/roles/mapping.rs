//! `/mapping`: one rule, by which members of the groups of a name or pattern have roles and entitlements. A preview shows whom a change
//! affects before it is saved. Saving checks the rule again.

mod form;
mod preview;
mod save;
mod wanted;

pub use form::get;
pub use preview::get_preview;
pub use save::post;
