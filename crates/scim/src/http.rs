//! How SCIM requests are read, admitted and answered.

pub mod answer;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod endpoint;
pub(crate) mod inspector;
pub(crate) mod render;
