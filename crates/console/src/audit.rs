//! Pages of the governance trail and of the request inspector.

pub mod activity;
pub mod receipt;
pub(crate) mod refusals;
pub mod request;
pub mod requests;
pub(crate) mod rights_words;
pub(crate) mod sentences;
pub(crate) mod trail_lines;
