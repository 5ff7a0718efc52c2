//! What every test stands on.

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

/// Makes two tests of one body: `name::sqlite` and `name::postgres`. The body is an async block given a [`Backend`].
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($backend:ident: Backend) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every body needs everything of its file")]
            use super::*;

            async fn body($backend: $crate::support::Backend) $body

            #[test]
            fn sqlite() {
                actix_web::rt::System::new().block_on(body($crate::support::Backend::Sqlite));
            }

            #[test]
            fn postgres() {
                actix_web::rt::System::new().block_on(body($crate::support::Backend::Postgres));
            }
        }
    };
}
