//! Deleted users, for as long as an old session at their provider may last: a person who signs in again under one of their names
//! must have authenticated after their access ended (design rule 3), although the row of the user is deleted. Stores digests
//! only.

use diesel::{prelude::*, upsert::excluded};
use vestibule_core::{
    fold::fold,
    ids::WorkspaceId,
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    access::secrets::digest,
    db::schema::former_users,
    on_backend,
    people::users::user::User,
    providers::identities::{self, IdentityKey},
};

/// How long a deletion is stored: ninety days. By default, providers end browser sessions sooner.
const KEPT: Micros = 90 * 24 * 3600 * SECOND;

/// Stores each identifier by which a sign-in could recognise the user: identities, `externalId`, the user name. Call it before
/// the row is deleted.
pub fn remember(conn: &mut Conn, user: &User, now: Micros) -> Result<()> {
    let identities = identities::list(conn, &user.workspace_id, &user.user_id)?;
    let mut digests: Vec<String> = identities.iter().map(|identity| of_identity(identity.key())).collect();
    digests.extend(user.external_id.as_deref().map(of_external_id));
    digests.push(of_name(&user.user_name));
    for name_digest in digests {
        let row = (
            former_users::workspace_id.eq(&user.workspace_id),
            former_users::name_digest.eq(name_digest),
            former_users::revoked_at.eq(now),
        );
        on_backend!(conn, |inner| {
            diesel::insert_into(former_users::table)
                .values(row)
                .on_conflict((former_users::workspace_id, former_users::name_digest))
                .do_update()
                .set(former_users::revoked_at.eq(excluded(former_users::revoked_at)))
                .execute(inner)
        })?;
    }
    Ok(())
}

/// When the access of a deleted user last ended who had this identity, this `externalId` or one of these names.
pub fn revoked_at(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    identity: IdentityKey<'_>,
    external_id: Option<&str>,
    names: &[&str],
) -> Result<Option<Micros>> {
    let mut digests = vec![of_identity(identity)];
    digests.extend(external_id.map(of_external_id));
    digests.extend(names.iter().map(|name| of_name(name)));
    Ok(former_users::table
        .filter(former_users::workspace_id.eq(workspace_id))
        .filter(former_users::name_digest.eq_any(digests))
        .select(diesel::dsl::max(former_users::revoked_at))
        .first(conn)?)
}

/// Deletes rows of users who were deleted long ago. Returns their number.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    Ok(diesel::delete(former_users::table.filter(former_users::revoked_at.lt(now - KEPT))).execute(conn)?)
}

fn of_identity(IdentityKey { issuer, subject }: IdentityKey<'_>) -> String {
    digest(&format!("identity\n{issuer}\n{subject}"))
}

fn of_external_id(external_id: &str) -> String {
    digest(&format!("externalId\n{external_id}"))
}

fn of_name(name: &str) -> String {
    digest(&format!("userName\n{}", fold(name)))
}
