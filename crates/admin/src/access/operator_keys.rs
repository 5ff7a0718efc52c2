//! Operator keys, with which the operator's machines use the management API. They belong to the deployment, which has no trail: the
//! caller logs a change. The plain text is returned once.

use vestibule_core::{
    sets::{OperatorScope, OperatorScopes},
    time::SECOND,
};
use vestibule_store::{
    Conn, Error,
    access::operator_keys::{self, OperatorKey},
};

use crate::{
    actor::Actor,
    checks::{self, LONGEST_DAYS},
    refusal::Refusal,
};

/// An operator key to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewOperatorKey<'a> {
    /// Name that people see.
    pub name: &'a str,
    /// Scopes; empty: all.
    pub scopes: &'a [OperatorScope],
    /// Days until it expires; `None`: never.
    pub days: Option<i64>,
}

/// Issues an operator key.
pub fn create(
    conn: &mut Conn,
    actor: &Actor,
    new: NewOperatorKey<'_>,
) -> Result<(OperatorKey, String), Refusal> {
    let (name, scope) = (checks::title(new.name)?, OperatorScopes::of(new.scopes));
    let days = new.days.map(|days| checks::days(days, LONGEST_DAYS)).transpose()?;
    let expires_at = days.map(|days| actor.now + days * 86_400 * SECOND);
    Ok(operator_keys::issue(conn, name, scope, expires_at, actor.now)?)
}

/// Revokes an operator key; false when there is none.
pub fn revoke(conn: &mut Conn, key_id: &str) -> Result<bool, Error> {
    operator_keys::revoke(conn, key_id)
}
