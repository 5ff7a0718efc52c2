//! Credentials: sessions, pending logins, tickets, tokens, operator keys.

pub mod last_used;
pub mod logins;
pub mod operator_keys;
pub mod saml_answers;
pub mod saml_logouts;
pub mod secrets;
pub mod sessions;
pub mod tickets;
pub mod tokens;
pub mod workspace_end;
