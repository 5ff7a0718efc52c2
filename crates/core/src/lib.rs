//! Ids, time, name folding and the closed sets that every crate names. No I/O, no database, no HTTP.

pub mod assertion;
mod column;
pub mod fold;
pub mod ids;
pub mod names;
pub mod providers;
pub mod sets;
pub mod time;
