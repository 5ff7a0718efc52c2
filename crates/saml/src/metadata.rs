//! Metadata (SAML 2.0 Metadata): reads a provider's, writes ours. The signature of metadata is not checked; who fetched it decides
//! whether to believe it.

mod idp;
mod sp;

pub use idp::{Binding, Endpoint, IdpMetadata, MetadataError, parse};
pub use sp::{SpMetadata, render_sp};

#[cfg(test)]
mod tests;
