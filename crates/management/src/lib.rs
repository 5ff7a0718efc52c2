//! The management API under `/api/v1`: administration by the operator's machines. One file a resource. It accepts operator keys only, and
//! returns a secret once, when it is created.

pub mod docs;
pub mod http;
pub mod openapi;
pub mod operation;
pub mod operations;
mod resources;
mod types;
