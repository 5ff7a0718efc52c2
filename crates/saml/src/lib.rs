//! Reads and verifies SAML 2.0 messages: responses, logout messages, metadata, certificates. Writes requests and our own metadata.
//!
//! Pure: no network, no clock, no database. A message is parsed once, with [`roxmltree`], and never serialised and parsed again.
//! Input that the code does not understand is refused. No key is ever taken from a message: the `KeyInfo` of a signature is not read.
#![forbid(unsafe_code)]

mod c14n;
pub mod certificate;
mod encryption;
mod escape;
mod instant;
mod limits;
pub mod logout;
pub mod metadata;
mod names;
pub mod request;
pub mod response;
mod scan;
mod signature;
mod tree;
