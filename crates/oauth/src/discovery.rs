//! Discovery: the metadata document and the public signing keys.

pub mod jwks;
pub mod metadata;
