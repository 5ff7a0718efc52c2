//! Saves a user: the row, and the rows of its e-mail addresses.

use diesel::prelude::*;
use vestibule_core::{fold::fold, ids::UserId, names::Named, time::Micros};

use super::user::User;
use crate::{
    Conn, Error, Result,
    db::{schema::user_emails, statement::Statement},
    people::name_keys,
};

/// The rule that an `externalId` is never the id of another user, because a Universal Logout identifies users by either.
pub const EXTERNAL_ID_IS_AN_ID: &str = "users_external_id_is_an_id";

/// Inserts a user and the rows of its e-mail addresses. The caller inserts related rows and then calls [`super::created`].
///
/// # Errors
/// [`Error::Conflict`] (`users_user_name`, `users_external_id`, [`EXTERNAL_ID_IS_AN_ID`]). The transaction can continue, because
/// nothing was written.
pub fn insert(conn: &mut Conn, user: &User, emails: &[String]) -> Result<()> {
    // A user with a key from an older version uses the name, too.
    if !name_keys::with_key(conn, Named::User, &user.workspace_id, &user.user_name_key)?.is_empty() {
        return Err(Error::Conflict("users_user_name".to_owned()));
    }
    check_external_id(conn, user)?;
    let inserted = Statement::<()>::new(
        "INSERT INTO users (workspace_id, user_id, user_name, user_name_key, external_id, display_name, display_name_key, \
         email, active, source, attributes, comparable, epoch, revoked_at, version, created_at, updated_at) VALUES (",
    )
        .text(&user.workspace_id)
        .sql(", ")
        .text(&user.user_id)
        .sql(", ")
        .text(&user.user_name)
        .sql(", ")
        .text(&user.user_name_key)
        .sql(", ")
        .maybe_text(user.external_id.as_deref())
        .sql(", ")
        .maybe_text(user.display_name.as_deref())
        .sql(", ")
        .maybe_text(user.display_name_key.as_deref())
        .sql(", ")
        .maybe_text(user.email.as_deref())
        .sql(", ")
        .truth(user.active)
        .sql(", ")
        .text(user.source.as_str())
        .sql(", ")
        .text(user.attributes.as_str())
        .sql(", ")
        .text(user.comparable.as_str())
        .sql(", ")
        .whole(user.epoch)
        .sql(", ")
        .maybe_whole(user.revoked_at)
        .sql(", ")
        .whole(user.version)
        .sql(", ")
        .whole(user.created_at)
        .sql(", ")
        .whole(user.updated_at)
        .sql(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    if inserted == 0 {
        let same_name = super::find_by_user_name(conn, &user.workspace_id, &user.user_name)?.is_some();
        let rule = if same_name { "users_user_name" } else { "users_external_id" };
        return Err(Error::Conflict(rule.to_owned()));
    }
    insert_emails(conn, user, &email_keys(emails))
}

/// Saves the user if its version is still the one that was read, and increments the version. Replaces its e-mail addresses, if
/// given.
///
/// # Errors
/// [`Error::Conflict`] as [`insert`]; [`Error::NotFound`] when the user was changed or deleted in the meantime.
pub fn save(conn: &mut Conn, user: &mut User, emails: Option<&[String]>, now: Micros) -> Result<()> {
    check_external_id(conn, user)?;
    update(conn, user, now)?;
    match emails {
        Some(emails) => set_emails(conn, user, &email_keys(emails)),
        None => Ok(()),
    }
}

/// Refuses an `externalId` that is the id of another user of the workspace.
fn check_external_id(conn: &mut Conn, user: &User) -> Result<()> {
    let Some(other_id) = user.external_id.as_deref().and_then(UserId::parse) else { return Ok(()) };
    if other_id != user.user_id && super::find(conn, &user.workspace_id, &other_id)?.is_some() {
        return Err(Error::Conflict(EXTERNAL_ID_IS_AN_ID.to_owned()));
    }
    Ok(())
}

fn update(conn: &mut Conn, user: &mut User, now: Micros) -> Result<()> {
    let read = user.version;
    user.version = read + 1;
    user.updated_at = now;
    let changed = Statement::<()>::new("UPDATE users SET user_name = ")
        .text(&user.user_name)
        .sql(", user_name_key = ")
        .text(&user.user_name_key)
        .sql(", external_id = ")
        .maybe_text(user.external_id.as_deref())
        .sql(", display_name = ")
        .maybe_text(user.display_name.as_deref())
        .sql(", display_name_key = ")
        .maybe_text(user.display_name_key.as_deref())
        .sql(", email = ")
        .maybe_text(user.email.as_deref())
        .sql(", active = ")
        .truth(user.active)
        .sql(", source = ")
        .text(user.source.as_str())
        .sql(", attributes = ")
        .text(user.attributes.as_str())
        .sql(", comparable = ")
        .text(user.comparable.as_str())
        .sql(", epoch = ")
        .whole(user.epoch)
        .sql(", revoked_at = ")
        .maybe_whole(user.revoked_at)
        .sql(", version = ")
        .whole(user.version)
        .sql(", updated_at = ")
        .whole(user.updated_at)
        .sql(" WHERE workspace_id = ")
        .text(&user.workspace_id)
        .sql(" AND user_id = ")
        .text(&user.user_id)
        .sql(" AND version = ")
        .whole(read)
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn email_keys(emails: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = emails.iter().map(|email| fold(email)).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn set_emails(conn: &mut Conn, user: &User, wanted: &[String]) -> Result<()> {
    let of_user = user_emails::table
        .filter(user_emails::workspace_id.eq(&user.workspace_id))
        .filter(user_emails::user_id.eq(&user.user_id));
    let mut stored: Vec<String> = of_user.select(user_emails::email_key).load(conn)?;
    stored.sort();
    if wanted == stored {
        return Ok(());
    }
    diesel::delete(of_user).execute(conn)?;
    insert_emails(conn, user, wanted)
}

fn insert_emails(conn: &mut Conn, user: &User, keys: &[String]) -> Result<()> {
    for key in keys {
        Statement::<()>::new("INSERT INTO user_emails (workspace_id, user_id, email_key) VALUES (")
            .text(&user.workspace_id)
            .sql(", ")
            .text(&user.user_id)
            .sql(", ")
            .text(key)
            .sql(")")
            .execute(conn)?;
    }
    Ok(())
}
