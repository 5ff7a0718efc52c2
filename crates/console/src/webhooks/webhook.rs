//! `/webhooks/{id}`: one webhook of the workspace. A webhook of the deployment or of another workspace is not found.

mod attempts;
mod change;
mod delete;
mod edit;
mod page;
mod read;
mod replay;
mod secret;
mod test;

pub use delete::{ask_delete, delete};
pub use edit::post;
pub use page::get;
pub use replay::replay;
pub use secret::add_secret;
