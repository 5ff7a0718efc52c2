//! Reads and verifies signed JWTs: one policy for every verifier of the service. Pure: no network, no clock, no database.
//!
//! [`Jws::read`] reads a compact JWS and trusts nothing in it. [`KeySet`] holds the sound keys of a JWK set. [`verify`] checks
//! the signature; [`OwnKey`] verifies a proof of possession by the key that it carries. The callers check `typ` and the claims (`iss`, `aud`, times), because they differ between protocols.

pub mod json;
mod jws;
mod key;
mod key_set;
mod possession;
mod time;
mod verify;

pub use jws::{Jws, Malformed};
pub use key::{Unsound, is_private};
pub use key_set::{KeySet, MOST_KEPT, NotAKeySet};
pub use possession::{NoOwnKey, OwnKey};
pub use time::seconds;
pub use verify::{MOST_TRIED, SignatureError, verify};
pub use vestibule_core::sets::Algorithm;
