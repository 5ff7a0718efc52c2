//! What all parts of the org use: clock, random ids, keys and JWTs, pages, and the record of its requests.

pub(crate) mod clock;
pub(crate) mod exchange;
pub(crate) mod html;
pub(crate) mod http;
pub(crate) mod jwt;
pub(crate) mod keys;
pub(crate) mod random;
