//! Single logout by SAML (Profiles §4.4).
//!
//! A sign-out here ends the session here first. [`begin`] then sends the browser to the provider with a signed LogoutRequest, and [`receive`]
//! takes the answer. When somebody signs out at the provider, [`receive`] takes its signed LogoutRequest, ends the sessions that it
//! means, and answers. Sessions are found by NameID and SessionIndex, never by a cookie: the request may come in a frame, to which a
//! browser sends none.

mod answer;
pub mod begin;
mod end;
mod incoming;
pub mod receive;
mod refused;
