//! `/integrations/okta`: what to paste into Okta, the settings that Okta shows in return, and the doctor's findings. A set-up link shows
//! the same steps (`setup`).

mod app_kind;
mod check;
mod connections;
pub(crate) mod form;
mod page;
mod progress;
pub(crate) mod save;
mod state;
pub(crate) mod view;

pub use app_kind::post as post_app_kind;
pub use check::post as post_check;
pub use page::{get, post};
pub use state::get as get_state;
