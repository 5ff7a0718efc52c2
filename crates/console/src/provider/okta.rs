//! `/integrations/okta`: the health of the provider's connection, the doctor's findings, and the steps of the set-up (`setup`) with their
//! states.

mod check;
mod connections;
pub(crate) mod form;
mod page;
pub(crate) mod save;
mod state;
mod view;

pub use check::post as post_check;
pub use page::get;
pub use state::get as get_state;
