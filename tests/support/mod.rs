//! Support for all tests.

mod database;
mod dns;
mod house;
mod process;
mod proxy;

pub use database::{Backend, Fresh};
pub use dns::Dns;
pub use house::{House, Room, answer};
pub use process::{Deployment, Process, free_port};
pub use proxy::Proxy;
