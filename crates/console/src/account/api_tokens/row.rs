//! An API token as pages list it, without its text.

use vestibule_core::time::{self, Micros};
use vestibule_store::access::tokens::Token;

/// A row of the list of API tokens.
pub(crate) struct TokenRow {
    pub id: String,
    pub name: String,
    /// Its last four characters; empty: not stored.
    pub last_four: String,
    pub scope: String,
    pub created: String,
    pub created_exact: String,
    pub expires: String,
    pub used: String,
}

impl TokenRow {
    pub(crate) fn of(token: Token, now: Micros) -> Self {
        Self {
            id: token.token_id,
            name: token.name,
            last_four: token.last_four.unwrap_or_default(),
            scope: token.scope,
            created: time::relative(token.created_at, now),
            created_exact: time::rfc3339(token.created_at),
            expires: token.expires_at.map_or_else(|| "never".to_owned(), |at| time::relative(at, now)),
            used: last_used(token.last_used_at, now),
        }
    }
}

/// When a credential was last used. The stored time may be up to an hour old.
pub(crate) fn last_used(at: Option<Micros>, now: Micros) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) if now - at < 3600 * time::SECOND => "within the hour".to_owned(),
        Some(at) => time::relative(at, now),
    }
}
