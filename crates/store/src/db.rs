//! The lowest layer of the store: connections, transactions, statements, migrations, the Diesel schema. Names no module above it.

pub(crate) mod budget;
pub(crate) mod conn;
pub(crate) mod database;
pub(crate) mod deadline;
pub(crate) mod fragment;
pub(crate) mod interrupt;
pub mod json;
pub(crate) mod migrate;
pub(crate) mod pool;
pub mod schema;
pub mod sealed;
pub mod snapshot;
pub(crate) mod statement;
pub(crate) mod tx;
pub(crate) mod writer;
