//! Who ends access from outside: Global Token Revocation ("Universal Logout"), shared signals, a provider's back-channel logout.
//! Who calls, whom they mean, end their access or their sessions.
//!
//! [`universal_logout`], [`signals`] and [`backchannel`] are the shells; [`assertion`], [`security_event`], [`logout_token`] and
//! [`sub_id`] are pure and table-tested.

pub mod assertion;
pub mod backchannel;
mod keys;
pub mod logout_token;
mod refusal;
pub mod security_event;
pub mod signals;
pub mod signed;
pub mod sub_id;
pub mod universal_logout;

pub use keys::Keys;
