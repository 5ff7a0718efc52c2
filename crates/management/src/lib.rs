//! The management API under `/api/v1`: what the operator does at the command line, for the operator's machines. One file a
//! resource. It opens with operator keys only, and answers secrets once, when they are made.

pub mod http;
pub mod openapi;
pub mod operations;
pub mod resources;
