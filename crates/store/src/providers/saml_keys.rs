//! Keys of this service provider for SAML, of the deployment. They sign requests, and providers encrypt assertions to them. Private keys
//! are sealed. A key is published before it signs, so that administrators can enter its certificate at their provider, and decrypts for
//! some time after it stops signing.

use diesel::prelude::*;
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    time::{Micros, SECOND},
};

use crate::{Conn, Result, db::schema::saml_keys, oauth::keys::one_at_a_time};

/// How long a key is published before it signs: 30 days.
pub const PUBLISHED_BEFORE: Micros = 30 * 24 * 3600 * SECOND;

/// How long a key is published and decrypts after it stops signing: 90 days.
pub const PUBLISHED_AFTER: Micros = 90 * 24 * 3600 * SECOND;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saml_keys)]
pub struct SamlKey {
    /// The nil workspace, the deployment.
    pub workspace_id: WorkspaceId,
    /// SHA-256 of the certificate, in hex.
    pub key_id: String,
    /// The sealed private key, PEM.
    pub private_key: String,
    /// The certificate, DER in base64.
    pub certificate: String,
    /// Creation.
    pub created_at: Micros,
    /// When it starts to sign.
    pub signs_from: Micros,
    /// When it stops signing; `None`: no successor exists yet.
    pub signs_until: Option<Micros>,
}

impl SamlKey {
    /// Whether it signs now.
    pub fn is_current(&self, now: Micros) -> bool {
        self.signs_from <= now && self.signs_until.is_none_or(|until| until > now)
    }
}

/// Lists all published keys, the newest first.
pub fn list(conn: &mut Conn, now: Micros) -> Result<Vec<SamlKey>> {
    let published = saml_keys::signs_until.is_null().or(saml_keys::signs_until.gt(now - PUBLISHED_AFTER));
    Ok(saml_keys::table
        .filter(saml_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(published)
        .order((saml_keys::signs_from.desc(), saml_keys::key_id))
        .select(SamlKey::as_select())
        .load(conn)?)
}

/// Stores the first key, unless another node has stored one. Returns all published keys.
pub fn begin(conn: &mut Conn, first: &SamlKey, now: Micros) -> Result<Vec<SamlKey>> {
    one_at_a_time(conn)?;
    let there = list(conn, now)?;
    if !there.is_empty() {
        return Ok(there);
    }
    diesel::insert_into(saml_keys::table).values(first).execute(conn)?;
    Ok(vec![first.clone()])
}

/// Stores the next key; the others stop signing when it starts. Does nothing, and returns false, while a next key waits already.
pub fn succeed(conn: &mut Conn, next: &SamlKey, now: Micros) -> Result<bool> {
    one_at_a_time(conn)?;
    if list(conn, now)?.iter().any(|key| key.signs_from > now) {
        return Ok(false);
    }
    let last = saml_keys::table
        .filter(saml_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(saml_keys::signs_until.is_null());
    diesel::update(last).set(saml_keys::signs_until.eq(next.signs_from)).execute(conn)?;
    diesel::insert_into(saml_keys::table).values(next).execute(conn)?;
    Ok(true)
}

/// Stores a key in place of all others, for a key that leaked: the others neither sign nor decrypt any more.
pub fn replace(conn: &mut Conn, new: &SamlKey) -> Result<()> {
    one_at_a_time(conn)?;
    diesel::delete(saml_keys::table.filter(saml_keys::workspace_id.eq(&*DEPLOYMENT))).execute(conn)?;
    diesel::insert_into(saml_keys::table).values(new).execute(conn)?;
    Ok(())
}

/// Deletes keys that are no longer published. Returns their number.
pub fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let over = saml_keys::table.filter(saml_keys::signs_until.le(now - PUBLISHED_AFTER));
    Ok(diesel::delete(over).execute(conn)?)
}
