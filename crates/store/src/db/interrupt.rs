//! Stops a SQLite statement when the deadline of its thread is reached ([`super::deadline`]). Diesel gives no access to the SQLite
//! handle, so an automatic extension, which SQLite calls for each new connection, sets the progress handler. The only unsafe code
//! of Vestibule.

#![allow(unsafe_code, reason = "SQLite's progress handler has no safe interface in Diesel 2.3")]

use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::Once,
};

use libsqlite3_sys as sqlite;

use super::deadline;

/// Instructions of SQLite's virtual machine between two checks of the clock: well under a millisecond.
const INSTRUCTIONS: c_int = 1000;

static INSTALL: Once = Once::new();

/// Installs the handler on each SQLite connection that this process opens after the call.
pub(crate) fn install() {
    INSTALL.call_once(|| {
        // SAFETY: `on_open` has the signature that SQLite calls automatic extensions with, and lives as long as the process.
        // SQLite guards its list of extensions by a mutex, which SQLITE_THREADSAFE=2 includes.
        let status = unsafe { sqlite::sqlite3_auto_extension(Some(on_open)) };
        if status != sqlite::SQLITE_OK {
            tracing::error!(status, "database.no_time_limit_for_reads");
        }
    });
}

/// Called by SQLite for each connection that it opens.
unsafe extern "C" fn on_open(
    db: *mut sqlite::sqlite3,
    _message: *mut *mut c_char,
    _api: *const sqlite::sqlite3_api_routines,
) -> c_int {
    // SAFETY: `db` is the connection that SQLite is opening, so it is valid here. The handler takes no data of ours.
    unsafe { sqlite::sqlite3_progress_handler(db, INSTRUCTIONS, Some(on_progress), ptr::null_mut()) };
    sqlite::SQLITE_OK
}

/// Called by SQLite on the thread that runs the statement. A result other than 0 stops the statement with SQLITE_INTERRUPT.
unsafe extern "C" fn on_progress(_data: *mut c_void) -> c_int {
    c_int::from(deadline::is_reached())
}
