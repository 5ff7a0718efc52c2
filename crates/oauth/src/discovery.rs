//! What clients read before they call: the metadata document and the public signing keys.

pub mod jwks;
pub mod metadata;
