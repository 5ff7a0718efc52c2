//! Lets SQLite stop a statement whose time is over ([`super::deadline`]). Diesel opens its connections itself and gives no access to
//! them, so the progress handler is set by an automatic extension, which SQLite calls for each connection that it opens. The only
//! unsafe code of Vestibule.

#![allow(unsafe_code, reason = "SQLite's progress handler has no safe interface in Diesel 2.3")]

use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::Once,
};

use libsqlite3_sys as sqlite;

use super::deadline;

/// How many instructions of SQLite's virtual machine run between two looks at the clock: well under a millisecond.
const INSTRUCTIONS: c_int = 1000;

static INSTALL: Once = Once::new();

/// Installs the handler on each SQLite connection that this process opens from now on.
pub(crate) fn install() {
    INSTALL.call_once(|| {
        // SAFETY: `on_open` has the signature that SQLite calls automatic extensions with, and lives as long as the process.
        // SQLite guards its list of extensions by a mutex of its own; with SQLITE_THREADSAFE=2 that mutex is compiled in.
        let status = unsafe { sqlite::sqlite3_auto_extension(Some(on_open)) };
        if status != sqlite::SQLITE_OK {
            tracing::error!(status, "database.no_time_limit_for_reads");
        }
    });
}

/// SQLite calls it with each connection it has just opened.
unsafe extern "C" fn on_open(
    db: *mut sqlite::sqlite3,
    _message: *mut *mut c_char,
    _api: *const sqlite::sqlite3_api_routines,
) -> c_int {
    // SAFETY: `db` is the connection that SQLite is opening, so it is valid here. The handler takes no data of ours.
    unsafe { sqlite::sqlite3_progress_handler(db, INSTRUCTIONS, Some(on_progress), ptr::null_mut()) };
    sqlite::SQLITE_OK
}

/// SQLite calls it on the thread that runs the statement; an answer other than 0 stops the statement with SQLITE_INTERRUPT.
unsafe extern "C" fn on_progress(_data: *mut c_void) -> c_int {
    c_int::from(deadline::is_reached())
}
