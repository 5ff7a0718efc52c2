//! Ends all access of a user: by one UPDATE that raises the epoch, or by deletion. Every end has a receipt, an event, and logout tokens
//! for apps.

use diesel::{prelude::*, sql_types::BigInt};
use vestibule_core::{ids, sets::EndReason, time::Micros};

use super::{count_later, save::save, user::User};
use crate::{
    Error, Result, Tx,
    db::{schema::users, statement::Statement},
    outbox::deliveries,
    people::former_users,
    trail::{
        events::{self, Cause, kinds::AccessEnded},
        receipts::{self, Counts},
    },
};

/// An end of access. What it ended is counted after the commit: see [`receipts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Id of the receipt.
    pub receipt_id: String,
}

/// Ends all access of a user with one UPDATE. After it, every session, code, grant and token of the user is refused at its next
/// use on every node, because each has an older epoch. What is issued at the same time is never valid.
///
/// # Errors
/// [`Error::NotFound`].
pub fn end_all_access(
    conn: &mut Tx<'_>,
    user: &mut User,
    cause: &Cause,
    reason: EndReason,
    now: Micros,
) -> Result<Ended> {
    user.epoch = Statement::<BigInt>::new("UPDATE users SET epoch = epoch + 1, revoked_at = ")
        .whole(now)
        .sql(" WHERE workspace_id = ")
        .text(&user.workspace_id)
        .sql(" AND user_id = ")
        .text(&user.user_id)
        .sql(" RETURNING epoch")
        .get_result(conn)?;
    user.revoked_at = Some(now);
    EpochRaised(()).record(conn, user, cause, reason, now)
}

/// Proof that the UPDATE of a user has ended all access. What follows from it is still to be written.
#[must_use = "an end of access has a receipt, an event and logout tokens"]
pub struct EpochRaised(());

/// Saves a locked user as [`save`] does, and ends all access in the same UPDATE.
///
/// # Errors
/// As [`save`].
pub fn save_and_end_access(
    conn: &mut Tx<'_>,
    before: &User,
    user: &mut User,
    emails: Option<&[String]>,
    now: Micros,
) -> Result<EpochRaised> {
    user.epoch = before.epoch + 1;
    user.revoked_at = Some(now);
    save(conn, before, user, emails, now)?;
    Ok(EpochRaised(()))
}

impl EpochRaised {
    /// Writes what follows from an end of access: logout tokens for apps, the receipt, the event. Called after the UPDATE, which waits
    /// for a token exchange in progress (`find::lock`): its app receives a logout token, too.
    pub fn record(
        self,
        conn: &mut Tx<'_>,
        user: &User,
        cause: &Cause,
        reason: EndReason,
        now: Micros,
    ) -> Result<Ended> {
        deliveries::queue_logouts_of_user(conn, &user.workspace_id, &user.user_id, now)?;
        record_end(conn, user, None, cause, reason, now)
    }
}

/// Deletes the user and all rows that belong to it: memberships, assignments, sessions, tokens, identities. This also ends all
/// access and records it as such. The rows are deleted before the counter of the trail is locked: a transaction that has locked
/// one of them (a removal of a member, a sign-out) waits for that counter next, so the other order would deadlock.
///
/// # Errors
/// [`Error::NotFound`].
pub fn delete(conn: &mut Tx<'_>, user: &mut User, cause: &Cause, now: Micros) -> Result<Ended> {
    receipts::before_delete(conn, user)?;
    former_users::remember(conn, user, now)?;
    deliveries::queue_logouts_of_user(conn, &user.workspace_id, &user.user_id, now)?;
    // These rows cannot be counted after they are deleted.
    let counts = receipts::count(conn, user, now)?;
    let gone = diesel::delete(users::table.find((&user.workspace_id, &user.user_id))).execute(&mut **conn)?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    count_later(conn, user, false);
    user.epoch += 1;
    user.revoked_at = Some(now);
    record_end(conn, user, Some(counts), cause, EndReason::Deleted, now)
}

fn record_end(
    conn: &mut Tx<'_>,
    user: &User,
    counts: Option<Counts>,
    cause: &Cause,
    reason: EndReason,
    now: Micros,
) -> Result<Ended> {
    let receipt_id = ids::new(now);
    receipts::write(conn, user, (&receipt_id, counts), cause, reason, now);
    let data = AccessEnded { reason, epoch: user.epoch, receipt: &receipt_id };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(Ended { receipt_id })
}
