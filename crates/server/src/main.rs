//! `vestibule`: see `vestibule --help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A request allocates some hundred small objects, and frees many of them on another thread. The allocator of the C library spends a
/// tenth of a request's CPU time on that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    vestibule::cli::run()
}
