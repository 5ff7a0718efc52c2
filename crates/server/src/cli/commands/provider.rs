//! Commands about the workspace's identity provider. None prints its client secret.

pub(crate) mod connection;
pub(crate) mod doctor;
pub(crate) mod domain;
pub(crate) mod drift;
pub(crate) mod identity;
pub(crate) mod oin_kit;
