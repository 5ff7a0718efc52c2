//! SCIM PATCH, RFC 7644 §3.5.2: the request, and what it makes of a resource. Pure.
//! All or nothing: an operation that isn't applied is an error, and `before` is never touched.

mod apply;
#[cfg(test)]
mod budget_tests;
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
pub use request::{Action, MAX_OPERATIONS, Operation, PATCH_URN, Request};
