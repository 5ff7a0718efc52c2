//! Administrative changes: one function per change, with its checks, its rows and its one event. The console, the management API
//! and the command line translate requests into these calls; sign-in uses a few of them. Nothing here reads a request or renders
//! an answer.

pub mod access;
pub mod actor;
mod checks;
pub mod drift;
pub mod ipsie;
pub mod outbox;
pub mod people;
pub mod provider;
pub mod refusal;
pub mod rights;
pub mod trail;
pub mod workspaces;

pub use actor::Actor;
pub use refusal::Refusal;
