//! `vestibule backup` and `vestibule restore`: one encrypted file with the whole database. A backup is read back and verified before it
//! gets its name; a restore ends everything that was issued before, because some of it may have been revoked after the backup.

mod files;
mod header;
mod make;
mod postgres;
mod restore;
mod verify;

pub(crate) use make::make;
pub(crate) use restore::restore;
