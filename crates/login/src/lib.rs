//! Sign-in: an OpenID Connect relying party towards a workspace's identity provider.
//!
//! [`start`] sends the browser away, [`callback`] receives it back; [`person`] decides who they are. The only crate that
//! names `openidconnect`, and only in [`provider`].

pub mod arrive;
pub mod callback;
mod id_token;
pub mod person;
pub mod provider;
mod refusal;
pub mod sign_out;
pub mod start;
mod switch;
pub mod trial;

pub use provider::Providers;
