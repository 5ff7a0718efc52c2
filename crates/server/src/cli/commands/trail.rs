//! Commands that read events, receipts and recent requests. None changes anything.

pub(crate) mod event;
pub(crate) mod receipt;
pub(crate) mod request;
