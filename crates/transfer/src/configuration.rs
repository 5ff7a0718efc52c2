//! Configuration as code: the settings of workspaces and of the deployment as TOML files. Pure: reads and writes text, and compares what
//! a folder says with what is stored. Opens no file and knows no secret: a file has references to secrets, never a secret itself.

mod compare;
mod document;
mod duplicates;
mod kinds;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use compare::{Action, Change, Compared, Step, compare};
pub use document::{Document, Fault, Place, Reference, Scope, Secret, Thing, Value};
pub use duplicates::duplicates;
pub use kinds::{Area, Field, Kind, Shape};
pub use read::read;
pub use write::write;

/// The largest file, in bytes.
pub const MOST_FILE_BYTES: usize = 4 << 20;
