//! Sign-in: an OpenID Connect relying party and a SAML service provider of a workspace's identity providers.
//!
//! [`start`] redirects the browser to the provider, [`callback`] and [`saml`] handle its return, `vestibule-person` decides who signs in.
//! Only this crate uses `openidconnect`, and only in [`provider`].

pub mod arrive;
pub mod callback;
mod choose;
mod finish;
mod id_token;
pub mod provider;
mod refusal;
pub mod saml;
pub mod sign_out;
pub mod start;
pub mod test_sign_in;
mod workspace_switch;

use vestibule_person as person;

pub use provider::Providers;
