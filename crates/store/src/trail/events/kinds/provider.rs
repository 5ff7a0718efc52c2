//! The workspace's identity provider: its connection, domains, what SCIM pushed and was refused.

mod connection;
mod domains;
mod refused_pushes;
mod replay;
mod saml;
mod sync;

pub use connection::*;
pub use domains::*;
pub use refused_pushes::*;
pub use replay::*;
pub use saml::*;
pub use sync::*;
