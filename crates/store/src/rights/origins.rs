//! Since when, by whom and because of which line of the trail users have their roles and entitlements. A worker follows the trail: it
//! finds the users whom a line may concern, compares what they have with what was recorded, records the difference, and writes a line
//! of each user (`rights_changed`). So a change of a mapping that concerns 10,000 users costs its request nothing, and SCIM pays for
//! none of it. Access is never decided by these rows: [`super::roles::effective()`] evaluates the rules for each request.

mod candidate;
mod compare;
mod progress;
mod record;

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use serde::{Deserialize, Serialize};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{fragment::Fragment, json::Json, schema::right_origins, statement::Statement},
    rights::roles::{self, Effective},
    search::in_ids,
};

pub use progress::{Work, due, next_work};
pub use record::record;

/// Kind of a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RightKind {
    /// A role.
    Role,
    /// An entitlement.
    Entitlement,
}

impl RightKind {
    /// As in the data of events.
    pub fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Entitlement => "entitlement",
        }
    }
}

/// A role or entitlement of a user, from one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Right {
    /// `role` or `entitlement`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: RightKind,
    /// Id of the role or entitlement.
    pub id: String,
    /// `scim`, `scim:entitlements`, `manual`, `default`, `group:{name}` (a group with a mapping) or `claim:{name}` (a group that the
    /// identity provider named at sign-in).
    pub source: String,
}

impl Right {
    /// A role from a source.
    pub fn role(id: &str, source: &str) -> Self {
        Self { kind: RightKind::Role, id: id.to_owned(), source: source.to_owned() }
    }

    /// An entitlement from a source.
    pub fn entitlement(id: &str, source: &str) -> Self {
        Self { kind: RightKind::Entitlement, id: id.to_owned(), source: source.to_owned() }
    }

    /// Everything that a user has, in order.
    pub fn all(effective: &Effective) -> Vec<Self> {
        let roles = effective.roles.iter().map(|one| Self::role(&one.role_id, &one.source.to_string()));
        let entitlements = effective
            .entitlements
            .iter()
            .map(|one| Self::entitlement(&one.entitlement_id, &one.source.to_string()));
        let mut all: Vec<Self> = roles.chain(entitlements).collect();
        all.sort();
        all
    }
}

/// Since when, by whom and why a user has a right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The right.
    #[serde(flatten)]
    pub right: Right,
    /// When the user got it; `None`: unknown, before `recorded_at`.
    pub since: Option<Micros>,
    /// When the worker recorded it.
    pub recorded_at: Micros,
    /// Actor of the line that gave it; empty: unknown.
    pub by: String,
    /// Id of that line; empty: unknown.
    pub event_id: String,
    /// Number of that line; 0: unknown.
    pub seq: i64,
}

impl Origin {
    /// A right that the user had already when it was first recorded.
    pub(super) fn unknown(right: Right, now: Micros) -> Self {
        Self { right, since: None, recorded_at: now, by: String::new(), event_id: String::new(), seq: 0 }
    }
}

/// The recorded origins of a user; empty until the worker has seen the user.
pub fn of_user(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<Origin>> {
    Ok(of_users(conn, workspace_id, std::slice::from_ref(user_id))?.remove(user_id).unwrap_or_default())
}

/// The recorded origins of these users.
///
/// # Errors
/// [`crate::Error::Corrupt`] when a row can't be read.
pub fn of_users(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_ids: &[UserId],
) -> Result<BTreeMap<UserId, Vec<Origin>>> {
    if user_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of_users = in_ids(conn, "right_origins.user_id", user_ids);
    let rows: Vec<(UserId, Json<Vec<Origin>>)> = right_origins::table
        .filter(right_origins::workspace_id.eq(workspace_id))
        .filter(of_users)
        .select((right_origins::user_id, right_origins::rights))
        .load(conn)?;
    rows.into_iter()
        .map(|(user_id, rights)| {
            let origins = rights.read("right_origins.rights", &[workspace_id.as_str(), user_id.as_str()])?;
            Ok((user_id, origins))
        })
        .collect()
}

/// A right that a user has now, with its origin if that is recorded already.
pub type Held = (Right, Option<Origin>);

/// What each of these users has now, with its origin if that is recorded already.
pub fn rights_of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_ids: &[UserId],
) -> Result<BTreeMap<UserId, Vec<Held>>> {
    let mut recorded = of_users(conn, workspace_id, user_ids)?;
    let mut grounds = roles::shared(conn, workspace_id)?;
    let mut all = BTreeMap::new();
    for (user_id, own) in roles::own(conn, workspace_id, user_ids)? {
        grounds = grounds.of(own);
        let origins = recorded.remove(&user_id).unwrap_or_default();
        let rights = Right::all(&roles::effective::effective(&grounds));
        all.insert(user_id, with_origins(rights, &origins));
    }
    Ok(all)
}

/// These rights, each with its origin if that is recorded.
pub fn with_origins(rights: Vec<Right>, origins: &[Origin]) -> Vec<Held> {
    let origin = |right: &Right| origins.iter().find(|origin| origin.right == *right).cloned();
    rights
        .into_iter()
        .map(|right| {
            let origin = origin(&right);
            (right, origin)
        })
        .collect()
}

/// The rows of users after an id, in order, at most `limit`.
fn page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<(UserId, Json<Vec<Origin>>)>> {
    Ok(right_origins::table
        .filter(right_origins::workspace_id.eq(workspace_id))
        .filter(right_origins::user_id.gt(after))
        .order(right_origins::user_id)
        .limit(limit)
        .select((right_origins::user_id, right_origins::rights))
        .load(conn)?)
}

/// Saves the origins of users, in one statement.
fn save(conn: &mut Conn, workspace_id: &WorkspaceId, rows: &[(UserId, Vec<Origin>)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // Not cached, because each number of rows is a text of its own.
    let mut statement = Fragment::new(false);
    statement.sql("INSERT INTO right_origins (workspace_id, user_id, rights) VALUES ");
    for (index, (user_id, origins)) in rows.iter().enumerate() {
        let rights = serde_json::to_string(origins)
            .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
        statement.sql(if index == 0 { "(" } else { ", (" });
        statement.text(workspace_id);
        statement.sql(", ");
        statement.text(user_id);
        statement.sql(", ");
        statement.text(&rights);
        statement.sql(")");
    }
    statement.sql(" ON CONFLICT (workspace_id, user_id) DO UPDATE SET rights = excluded.rights");
    Statement::<()>::of(statement).execute(conn)?;
    Ok(())
}

/// The ids of users after an id, in order, at most `limit`.
fn user_ids_after(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<UserId>> {
    Ok(Statement::<Text>::new("SELECT user_id FROM users WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND user_id > ")
        .text(after)
        .sql(" ORDER BY user_id LIMIT ")
        .whole(limit)
        .load(conn)?)
}

/// Which of these users exist, in order.
fn existing(conn: &mut Conn, workspace_id: &WorkspaceId, user_ids: &[UserId]) -> Result<Vec<UserId>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let named = in_ids(conn, "user_id", user_ids);
    Ok(Statement::<Text>::new("SELECT user_id FROM users WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND ")
        .fragment(named)
        .sql(" ORDER BY user_id")
        .load(conn)?)
}

/// Whether the trail has a line after this one that may change rights.
fn is_followed(conn: &mut Conn, workspace_id: &WorkspaceId, seq: i64) -> Result<bool> {
    let mut statement = Statement::<BigInt>::new("SELECT seq FROM events WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND seq > ")
        .whole(seq)
        .sql(" AND kind IN (");
    for (index, kind) in candidate::KINDS.into_iter().enumerate() {
        statement = statement.sql(if index == 0 { "'" } else { ", '" }).sql(kind.as_str()).sql("'");
    }
    let next: Option<i64> = statement.sql(") LIMIT 1").get_result(conn).optional()?;
    Ok(next.is_some())
}
