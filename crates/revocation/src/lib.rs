//! Endpoints by which an identity provider ends access: Global Token Revocation ("Universal Logout"), shared signals, back-channel
//! logout. Each verifies the caller's JWT, finds the users it means, and ends their access or sessions.
//!
//! [`universal_logout`], [`signals`] and [`backchannel`] are the handlers; [`assertion`], [`security_event`], [`logout_token`] and
//! [`sub_id`] are pure and tested by tables.

pub mod assertion;
pub mod backchannel;
mod caller;
mod event_refusal;
pub mod logout_token;
mod refusal;
pub mod security_event;
pub mod signals;
pub mod signed;
pub mod sub_id;
mod subjects;
pub mod universal_logout;
