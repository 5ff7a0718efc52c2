//! Reads people, groups and settings from files: CSV, JSON Lines, exports of other identity services, and folders of settings in TOML.
//! Pure: it has no database and opens no file. A row that can't be read is an error of its own with its line number; only a file that
//! can't be read at all is refused as a whole. Nothing here decides who somebody is.

pub mod assignments;
pub mod configuration;
mod csv;
mod formats;
mod json;
mod record;

pub use formats::{Format, Options, read};
pub use record::{
    BadFile, BadRow, Connection, Custom, Element, Entitlement, Group, Item, Mapping, OidcConnection, Person,
    Record, Role, Row, SamlConnection,
};

/// The largest file, in bytes. It is read once into memory, so that a file that changes meanwhile can't differ between check and write.
pub const MOST_BYTES: usize = 256 << 20;

/// The largest row of a CSV file or line of JSON, in bytes.
pub const MOST_ROW_BYTES: usize = 1 << 20;

/// The largest number of groups, roles, entitlements or email addresses of one row.
pub const MOST_VALUES: usize = 1000;
