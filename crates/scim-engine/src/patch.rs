//! SCIM PATCH (RFC 7644 §3.5.2). A request is applied whole or not at all: an operation that cannot be applied is an error.

mod apply;
#[cfg(test)]
mod budget_tests;
mod cost;
#[cfg(test)]
mod custom_tests;
#[cfg(test)]
mod entra_tests;
pub mod group;
#[cfg(test)]
mod interop_tests;
mod path;
mod prepare;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod refusal_tests;
mod request;
#[cfg(test)]
mod tests;
mod values;

pub use apply::apply;
pub use path::PatchPath;
pub use prepare::Prepared;
#[cfg(test)]
use request::MAX_OPERATIONS;
pub use request::{Action, Operation, PATCH_URN, Request};
