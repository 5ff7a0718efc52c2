//! Pages of the credentials that open a workspace to provisioning.

pub mod clients;
pub mod tokens;
