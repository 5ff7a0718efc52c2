//! Commands that read what happened: events, receipts, recent requests. None changes anything.

pub(crate) mod event;
pub(crate) mod receipt;
pub(crate) mod request;
