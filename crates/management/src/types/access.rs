//! Types about clients, resources and tokens.

pub(crate) mod clients;
pub(crate) mod resources;
pub(crate) mod tokens;
