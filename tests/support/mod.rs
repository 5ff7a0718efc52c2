//! Support for all tests.

mod balancer;
mod database;
mod dns;
mod house;
mod process;
mod proxy;
mod statements;

pub use balancer::Balancer;
pub use database::{Backend, Fresh};
pub use dns::Dns;
pub use house::{House, Room, answer};
pub use process::{Deployment, Process, free_port};
pub use proxy::Proxy;
pub use statements::{count_statements, count_statements_of_this_thread, record_statements, statements};
