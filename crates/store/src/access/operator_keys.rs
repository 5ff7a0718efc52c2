//! Keys for machines of the operator at the management API. They belong to the deployment, are stored as digests and are returned
//! once. They are valid for that API only, and no other credential is valid there.

use diesel::prelude::*;
use vestibule_core::{ids, sets::OperatorScopes, time::Micros};

use crate::{
    Conn, Result,
    access::{
        last_used,
        secrets::{self, Kind, Presented},
    },
    db::schema::operator_keys,
};

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = operator_keys)]
pub struct OperatorKey {
    /// Public id of the key. Not a credential.
    pub key_id: String,
    /// Display name.
    pub name: String,
    /// Scopes of the key.
    pub scope: OperatorScopes,
    /// Creation.
    pub created_at: Micros,
    /// Expiry; `None`: never.
    pub expires_at: Option<Micros>,
    /// Time of the last use, accurate to one hour.
    pub last_used_at: Option<Micros>,
}

impl OperatorKey {
    /// Whether `last_used_at` is due for an update.
    pub fn is_due(&self, now: Micros) -> bool {
        last_used::is_due(self.last_used_at, now)
    }
}

/// Issues a key; the plain text is returned once.
pub fn issue(
    conn: &mut Conn,
    name: &str,
    scope: OperatorScopes,
    expires_at: Option<Micros>,
    now: Micros,
) -> Result<(OperatorKey, String)> {
    let issued = secrets::issue(Kind::Operator, &ids::DEPLOYMENT)?;
    let key = OperatorKey {
        key_id: ids::new(now),
        name: name.trim().to_owned(),
        scope,
        created_at: now,
        expires_at,
        last_used_at: None,
    };
    diesel::insert_into(operator_keys::table)
        .values((
            operator_keys::workspace_id.eq(&*ids::DEPLOYMENT),
            operator_keys::key_digest.eq(&issued.digest),
            operator_keys::key_id.eq(&key.key_id),
            operator_keys::name.eq(&key.name),
            operator_keys::scope.eq(key.scope),
            operator_keys::created_at.eq(key.created_at),
            operator_keys::expires_at.eq(key.expires_at),
        ))
        .execute(conn)?;
    Ok((key, issued.plain))
}

/// Finds a live key by the digest of its 256 random bits, so the time of the lookup reveals nothing about the key.
pub fn find_live(conn: &mut Conn, presented: &Presented, now: Micros) -> Result<Option<OperatorKey>> {
    if presented.kind != Kind::Operator || presented.workspace_id != *ids::DEPLOYMENT {
        return Ok(None);
    }
    Ok(operator_keys::table
        .find((&*ids::DEPLOYMENT, &presented.digest))
        .filter(operator_keys::expires_at.is_null().or(operator_keys::expires_at.gt(now)))
        .select(OperatorKey::as_select())
        .first(conn)
        .optional()?)
}

/// Lists all keys, oldest first.
pub fn list(conn: &mut Conn) -> Result<Vec<OperatorKey>> {
    Ok(operator_keys::table
        .filter(operator_keys::workspace_id.eq(&*ids::DEPLOYMENT))
        .order(operator_keys::key_id)
        .select(OperatorKey::as_select())
        .load(conn)?)
}

/// Deletes a key. Returns whether it existed.
pub fn revoke(conn: &mut Conn, key_id: &str) -> Result<bool> {
    let named = operator_keys::table
        .filter(operator_keys::workspace_id.eq(&*ids::DEPLOYMENT))
        .filter(operator_keys::key_id.eq(key_id));
    Ok(diesel::delete(named).execute(conn)? == 1)
}

/// Records a use of a key.
pub fn note_use(conn: &mut Conn, key_id: &str, now: Micros) -> Result<()> {
    let named = operator_keys::table
        .filter(operator_keys::workspace_id.eq(&*ids::DEPLOYMENT))
        .filter(operator_keys::key_id.eq(key_id));
    diesel::update(named).set(operator_keys::last_used_at.eq(now)).execute(conn)?;
    Ok(())
}
