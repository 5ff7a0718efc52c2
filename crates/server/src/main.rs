//! `vestibule`: see `vestibule --help`.

use std::process::ExitCode;

/// A request makes many small allocations on two threads, which the system's allocator serves at several times the cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vestibule::cli::run()
}
