//! Notes of SCIM requests for the request inspector: credentials, filters, operations, changes and errors, always
//! without secrets. Values are built only if the inspector is on. Pure.

mod filter;
pub(crate) mod parameters;
pub(crate) mod refusal;
pub(crate) mod request;
