//! Sign-in, clients, tokens, and the end of access.

mod agents;
mod clients;
mod revocation;
mod sign_in;
mod tokens;

pub use agents::*;
pub use clients::*;
pub use revocation::*;
pub use sign_in::*;
pub use tokens::*;
