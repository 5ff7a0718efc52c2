//! Reading, authenticating and answering requests of the management API.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod endpoint;
pub mod fallback;
pub(crate) mod idempotency;
pub(crate) mod input;
pub(crate) mod paging;
pub(crate) mod problem;
