//! The data of each kind of event: one struct a kind. Its doc comments and its example become docs/events.md, so they are written
//! for readers of events. A member never contains a secret. A member is always present unless it is optional; null means none.

mod access;
mod people;
mod provider;
mod rights;
mod workspace;

use serde::Serialize;
use vestibule_core::sets::EventKind;

use super::target::{self, Targets};

pub use access::*;
pub use people::*;
pub use provider::*;
pub use rights::*;
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
