//! Commands that move a workspace: from a file or another identity service, and out of here.

pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod import;
