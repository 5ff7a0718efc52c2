//! API tokens, which act for a person at the product's API. The plain text is returned once.

use vestibule_core::{sets::TokenKind, time::SECOND};
use vestibule_store::{
    Error, Tx,
    access::tokens::{self, NewToken, Token},
    people::users::User,
    trail::events::kinds::{ApiTokenCreated, ApiTokenRevoked},
};
use vestibule_web::config::is_scope;

use crate::{
    actor::Actor,
    checks::{self, LONGEST_DAYS},
    refusal::{Refusal, field},
};

/// Longest life of a token that a person makes for themselves, in days.
const LONGEST_DAYS_OF_PERSON: i64 = 365;

/// The largest number of scopes of one token.
const MOST_SCOPES: usize = 100;

/// An API token to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewApiToken<'a> {
    /// Name that people see.
    pub name: &'a str,
    /// Scopes, words of the product; empty: those of `default_scope`.
    pub scopes: &'a [String],
    /// The configured scope.
    pub default_scope: &'a str,
    /// Days until it expires.
    pub days: i64,
}

/// Issues an API token for a user, under the epoch of its parent: the session, or the user if the operator issues it.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (user, epoch): (&User, i64),
    new: NewApiToken<'_>,
) -> Result<(Token, String), Refusal> {
    let name = checks::title(new.name)?;
    if new.scopes.len() > MOST_SCOPES {
        return field("scopes", format!("must be at most {MOST_SCOPES}"));
    }
    if let Some(odd) = new.scopes.iter().find(|scope| !is_scope(scope)) {
        return field("scope", format!("{} is none: one word of visible ASCII each", odd.escape_debug()));
    }
    let most = if actor.is_person() { LONGEST_DAYS_OF_PERSON } else { LONGEST_DAYS };
    let days = checks::days(new.days, most)?;
    let scope = if new.scopes.is_empty() { new.default_scope.to_owned() } else { new.scopes.join(" ") };
    let token = NewToken {
        workspace_id: &user.workspace_id,
        kind: TokenKind::Api,
        name,
        grant_id: None,
        user: Some((&user.user_id, epoch)),
        scope: &scope,
        expires_at: Some(actor.now + days * 86_400 * SECOND),
    };
    let issued = tokens::issue(conn, &token, actor.now)?;
    let data = ApiTokenCreated { token: &issued.0.token_id, name, scope: &scope, days };
    actor.record(conn, &user.workspace_id, user.target(), &data)?;
    Ok(issued)
}

/// Revokes an API token of a user; false when they have no such live token.
pub fn revoke(conn: &mut Tx<'_>, actor: &Actor, user: &User, token_id: &str) -> Result<bool, Error> {
    // The list is the check that the token is the user's.
    if !tokens::list_api(conn, user, actor.now)?.iter().any(|token| token.token_id == token_id) {
        return Ok(false);
    }
    tokens::revoke(conn, &user.workspace_id, token_id)?;
    actor.record(conn, &user.workspace_id, user.target(), &ApiTokenRevoked { token: token_id })?;
    Ok(true)
}
