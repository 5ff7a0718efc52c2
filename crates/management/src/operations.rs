//! Every operation of the API: the route table and the OpenAPI document come from this list.

mod credentials;
mod deployment;
mod people;
mod rights;
mod trail;
mod workspace;

use crate::operation::Operation;

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let operations =
        [deployment::all(), workspace::all(), credentials::all(), people::all(), rights::all(), trail::all()];
    operations.into_iter().flatten().collect()
}
