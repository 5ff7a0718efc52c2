//! The running service: routes, middleware, limits of connections and bodies.

pub mod app;
pub(crate) mod bodies;
pub(crate) mod connections;
pub(crate) mod cross_origin;
pub(crate) mod middleware;
pub(crate) mod prefetch;
mod read_only;
pub(crate) mod reload;
pub mod routes;
pub(crate) mod service_manager;
mod unknown;
