//! Parts that pages share: extractors that check who sends a request, forms, refusals, confirmation, paging, static files.

pub mod access;
pub mod assets;
pub(crate) mod chart;
pub(crate) mod confirm;
pub(crate) mod csv;
pub mod error;
pub mod form;
pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod pager;
pub mod request;
pub(crate) mod role_source;
pub(crate) mod short_list;
pub mod token_form;
pub mod visitor;
