//! Saves a user: the row, and the rows of its email addresses.

use diesel::{prelude::*, sql_types::BigInt};
use vestibule_core::{fold::fold, ids::UserId, names::Named, time::Micros};

use super::user::User;
use crate::{
    Conn, Error, Result,
    db::{fragment::Fragment, schema::user_emails, statement::Statement},
    people::name_keys,
    search::ids_table,
};

/// The rule that an `externalId` is never the id of another user, because a Universal Logout identifies users by either.
pub const EXTERNAL_ID_IS_AN_ID: &str = "users_external_id_is_an_id";

/// Inserts a user and the rows of its email addresses. The caller inserts related rows and then calls [`super::created`].
///
/// # Errors
/// [`Error::Conflict`] (`users_user_name`, `users_external_id`, [`EXTERNAL_ID_IS_AN_ID`]). The transaction can continue, because
/// nothing was written.
pub fn insert(conn: &mut Conn, user: &User, emails: &[String]) -> Result<()> {
    check_external_id(conn, user)?;
    let keys = email_keys(emails);
    if try_insert(conn, user, &keys, Collisions::Refuse)? {
        return Ok(());
    }
    let (workspace_id, key) = (&user.workspace_id, &user.user_name_key);
    let same_name = super::find_by_user_name(conn, workspace_id, &user.user_name)?.is_some()
        || !name_keys::with_key(conn, Named::User, workspace_id, key)?.is_empty();
    // A recorded collision may be over: its user has another name now.
    if !same_name && try_insert(conn, user, &keys, Collisions::Ignore)? {
        return Ok(());
    }
    Err(Error::Conflict(if same_name { "users_user_name" } else { "users_external_id" }.to_owned()))
}

/// What an INSERT does about a recorded collision of names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Collisions {
    Refuse,
    Ignore,
}

/// Inserts the user and its addresses unless its name or external id is in use. Returns whether it did.
fn try_insert(conn: &mut Conn, user: &User, keys: &[String], collisions: Collisions) -> Result<bool> {
    let row = insert_row(user, collisions);
    if let Conn::Sqlite(_) = conn {
        let is_inserted = Statement::<()>::of(row).execute(conn)? == 1;
        if is_inserted {
            insert_emails(conn, user, keys)?;
        }
        return Ok(is_inserted);
    }
    // One round trip. The addresses are inserted only if the user is.
    let inserted: i64 = Statement::<BigInt>::new("WITH inserted AS (")
        .fragment(row)
        .sql(" RETURNING user_id), addressed AS (INSERT INTO user_emails (workspace_id, user_id, email_key) SELECT ")
        .text(&user.workspace_id)
        .sql(", inserted.user_id, value FROM inserted, ")
        .fragment(ids_table(conn, keys))
        .sql(") SELECT COUNT(*) FROM inserted")
        .get_result(conn)?;
    Ok(inserted == 1)
}

/// The INSERT of a row, which inserts nothing when the name or the external id is in use.
fn insert_row(user: &User, collisions: Collisions) -> Fragment {
    let mut row = Fragment::new(true);
    row.sql(
        "INSERT INTO users (workspace_id, user_id, user_name, user_name_key, external_id, display_name, display_name_key, \
         email, active, source, attributes, comparable, epoch, revoked_at, version, created_at, updated_at) SELECT ",
    );
    for text in [user.workspace_id.as_str(), &user.user_id, &user.user_name, &user.user_name_key] {
        row.text(text);
        row.sql(", ");
    }
    for text in [&user.external_id, &user.display_name, &user.display_name_key, &user.email] {
        row.maybe_text(text.clone());
        row.sql(", ");
    }
    row.truth(user.active);
    for text in [user.source.as_str(), user.attributes.as_str(), user.comparable.as_str()] {
        row.sql(", ");
        row.text(text);
    }
    row.sql(", ");
    row.whole(user.epoch);
    row.sql(", ");
    row.maybe_whole(user.revoked_at);
    for number in [user.version, user.created_at, user.updated_at] {
        row.sql(", ");
        row.whole(number);
    }
    // A user with a key from an older version uses the name, too.
    row.sql(" WHERE ");
    match collisions {
        Collisions::Refuse => {
            row.append(name_keys::no_collision(Named::User, &user.workspace_id, &user.user_name_key));
        }
        Collisions::Ignore => row.sql("TRUE"),
    }
    row.sql(" ON CONFLICT DO NOTHING");
    row
}

/// Saves what differs from `before`, the locked row, and increments the version: columns that stay as they are cost nothing, nor do
/// their indexes. Replaces the email addresses, if given.
///
/// # Errors
/// [`Error::Conflict`] as [`insert`]; [`Error::NotFound`] when the user was changed or deleted in the meantime.
pub fn save(
    conn: &mut Conn,
    before: &User,
    user: &mut User,
    emails: Option<&[String]>,
    now: Micros,
) -> Result<()> {
    if user.external_id != before.external_id {
        check_external_id(conn, user)?;
    }
    update(conn, before, user, now)?;
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

/// There are few texts of this statement, because columns that change together are set together.
fn update(conn: &mut Conn, before: &User, user: &mut User, now: Micros) -> Result<()> {
    user.version = before.version + 1;
    user.updated_at = now;
    let mut statement = Statement::<()>::new("UPDATE users SET version = ")
        .whole(user.version)
        .sql(", updated_at = ")
        .whole(user.updated_at);
    if names(user) != names(before) {
        statement = statement
            .sql(", user_name = ")
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
            .maybe_text(user.email.as_deref());
    }
    if (user.active, user.source) != (before.active, before.source) {
        statement =
            statement.sql(", active = ").truth(user.active).sql(", source = ").text(user.source.as_str());
    }
    if (&user.attributes, &user.comparable) != (&before.attributes, &before.comparable) {
        statement = statement
            .sql(", attributes = ")
            .text(user.attributes.as_str())
            .sql(", comparable = ")
            .text(user.comparable.as_str());
    }
    if (user.epoch, user.revoked_at) != (before.epoch, before.revoked_at) {
        statement =
            statement.sql(", epoch = ").whole(user.epoch).sql(", revoked_at = ").maybe_whole(user.revoked_at);
    }
    let changed = statement
        .sql(" WHERE workspace_id = ")
        .text(&user.workspace_id)
        .sql(" AND user_id = ")
        .text(&user.user_id)
        .sql(" AND version = ")
        .whole(before.version)
        .execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The columns with a name, by which a user is found.
fn names(user: &User) -> [Option<&str>; 6] {
    [
        Some(user.user_name.as_str()),
        Some(user.user_name_key.as_str()),
        user.external_id.as_deref(),
        user.display_name.as_deref(),
        user.display_name_key.as_deref(),
        user.email.as_deref(),
    ]
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
    if keys.is_empty() {
        return Ok(());
    }
    let table = ids_table(conn, keys);
    Statement::<()>::new("INSERT INTO user_emails (workspace_id, user_id, email_key) SELECT ")
        .text(&user.workspace_id)
        .sql(", ")
        .text(&user.user_id)
        .sql(", value FROM ")
        .fragment(table)
        .execute(conn)?;
    Ok(())
}
