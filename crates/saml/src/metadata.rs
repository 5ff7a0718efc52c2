//! Metadata (SAML 2.0 Metadata): reads a provider's metadata, writes ours. The signature of metadata is not checked: the caller must
//! get it from a trusted source.

mod idp;
mod sp;

pub use idp::{Binding, Endpoint, IdpMetadata, MetadataError, parse};
pub use sp::{SpMetadata, render_sp};

#[cfg(test)]
mod tests;
