//! What pages share: who may see them, confirmation, paging, static files.

pub mod assets;
pub(crate) mod auth;
pub(crate) mod confirm;
pub(crate) mod pager;
pub(crate) mod role_source;
pub(crate) mod short_list;
