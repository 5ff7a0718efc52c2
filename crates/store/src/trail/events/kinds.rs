//! The data of each kind of event: one struct a kind. Its doc comments and its example become docs/events.md, so they are written
//! for those who read events. A member never holds a secret. Every member is always present; null means none.

mod clients;
mod connection;
mod domains;
mod groups;
mod mappings;
mod refused_pushes;
mod revocation;
mod rights;
mod settings;
mod sign_in;
mod sync;
mod tokens;
mod users;
mod webhooks;
mod who;
mod workspace;

use serde::Serialize;
use vestibule_core::sets::EventKind;

use super::target::{self, Targets};

pub use clients::*;
pub use connection::*;
pub use domains::*;
pub use groups::*;
pub use mappings::*;
pub use refused_pushes::*;
pub use revocation::*;
pub use rights::*;
pub use settings::*;
pub use sign_in::*;
pub use sync::*;
pub use tokens::*;
pub use users::*;
pub use webhooks::*;
pub use who::*;
pub use workspace::*;

/// Data of one kind of event: a struct that is written as a JSON object.
pub trait EventData: Serialize {
    /// The kind.
    const KIND: EventKind;
    /// What events of this kind are about.
    const TARGETS: Targets;
}

/// The value before a change, for a member of `before`; `None` when it did not change.
pub fn changed<T: PartialEq>(before: T, after: &T) -> Option<T> {
    (before != *after).then_some(before)
}

#[cfg(test)]
mod describe;
#[cfg(test)]
mod example;
