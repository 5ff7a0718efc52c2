//! Pages of the identity provider: settings, connections, doctor, safety brake, sync, conflicts.

pub mod brake;
pub(crate) mod brake_view;
pub mod conflicts;
pub mod connection_domains;
mod connection_page;
pub mod doctor;
pub mod ipsie;
pub mod oidc;
pub mod oin_kit;
pub mod okta;
pub(crate) mod paste;
pub mod saml;
pub mod sync;
pub(crate) mod sync_status;
