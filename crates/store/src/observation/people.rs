//! The people whom a plan affects, and how. A constant number of statements for a page.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use serde_json::{Map, Value};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::UserSource,
};

use super::{Observation, difference, sql};
use crate::{
    Conn, Result,
    db::{schema::users, statement::Statement},
    people::users::User,
    rights::roles::{self, Effective, effective::effective, preview::Difference},
    search::in_ids,
};

/// What happens to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKind {
    /// Created.
    Created,
    /// Deleted.
    Deleted,
    /// Deactivated, perhaps with other changes.
    Deactivated,
    /// Active again, perhaps with other changes.
    Activated,
    /// Changed in another way.
    Changed,
    /// Only their groups change, or the names of these.
    Groups,
}

impl PersonKind {
    /// The name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Deactivated => "deactivated",
            Self::Activated => "activated",
            Self::Changed => "changed",
            Self::Groups => "groups",
        }
    }
}

/// A person whom a plan affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// The person, who may not exist yet.
    pub user_id: UserId,
    /// Their name, the new one if it changes.
    pub user_name: String,
    /// Their name before, if it changes.
    pub user_name_before: Option<String>,
    /// What happens.
    pub kind: PersonKind,
    /// The attributes that change, as SCIM names them.
    pub attributes: Vec<String>,
    /// Whether the name changes in letter case only, or to another form of Unicode.
    pub letter_case: bool,
    /// Whether SCIM takes over a person from sign-in or the operator.
    pub adopted: bool,
    /// Whether all access ends: deactivated, deleted, or deactivated and activated again.
    pub ends_access: bool,
    /// Roles and entitlements that they gain and lose, through groups, too.
    pub rights: Difference,
    /// Groups that they join, by name.
    pub joined: Vec<String>,
    /// Groups that they leave, by name.
    pub left: Vec<String>,
}

/// The people after an id, ordered by id, at most `limit`.
pub fn people(conn: &mut Conn, of: &Observation, after: &str, limit: i64) -> Result<Vec<PersonChange>> {
    let end = " AND {column} > {after} ORDER BY {column} LIMIT {limit}";
    // Several rows of one person would shorten a part, and a shorter part ends before the page does.
    let text = format!(
        "SELECT user_id FROM ({}) AS everybody ORDER BY user_id LIMIT {{limit}}",
        difference::affected(end).replace("(SELECT m.user_id", "(SELECT DISTINCT m.user_id")
    );
    let ids: Vec<UserId> = Statement::<Text>::of(sql::fill(&text, of, (after, limit))).load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut before = by_id(conn, &of.base_id, &ids)?;
    let mut then = by_id(conn, &of.plan_id, &ids)?;
    let mut rights_before = rights(conn, &of.base_id, &ids)?;
    let mut rights_then = rights(conn, &of.plan_id, &ids)?;
    let mut changes = Vec::new();
    for id in ids {
        let (before, then) = (before.remove(&id), then.remove(&id));
        let (old, new) = (rights_before.remove(&id), rights_then.remove(&id));
        changes.extend(change(&id, before.as_ref(), then.as_ref(), (old, new))?);
    }
    Ok(changes)
}

/// Roles and entitlements, and the names of groups.
type Held = (Effective, BTreeSet<String>);

fn change(
    id: &UserId,
    before: Option<&User>,
    then: Option<&User>,
    (old, new): (Option<Held>, Option<Held>),
) -> Result<Option<PersonChange>> {
    let Some(user) = then.or(before) else { return Ok(None) };
    let (old, old_groups) = old.filter(|_| before.is_some()).unwrap_or_default();
    let (new, new_groups) = new.filter(|_| then.is_some()).unwrap_or_default();
    let attributes = match (before, then) {
        (Some(before), Some(then)) => changed(before, then)?,
        _ => Vec::new(),
    };
    let rights = Difference::of(&old, &new);
    let mut ends_access = then.is_none() && before.is_some_and(|before| before.active);
    let mut kind = if before.is_none() { PersonKind::Created } else { PersonKind::Deleted };
    let (mut letter_case, mut adopted) = (false, false);
    if let (Some(before), Some(then)) = (before, then) {
        ends_access = before.active && then.epoch > before.epoch;
        letter_case = before.user_name != then.user_name && before.user_name_key == then.user_name_key;
        adopted = before.source != UserSource::Scim && then.source == UserSource::Scim;
        kind = match (before.active, then.active) {
            (true, false) => PersonKind::Deactivated,
            (false, true) => PersonKind::Activated,
            _ if attributes.is_empty() && !ends_access && !adopted && rights.is_none() => PersonKind::Groups,
            _ if before.version == then.version => PersonKind::Groups,
            _ => PersonKind::Changed,
        };
    }
    let name_before = before.filter(|_| then.is_some()).map(|before| before.user_name.clone());
    Ok(Some(PersonChange {
        user_id: id.clone(),
        user_name: user.user_name.clone(),
        user_name_before: name_before.filter(|name| *name != user.user_name),
        kind,
        attributes,
        letter_case,
        adopted,
        ends_access,
        rights,
        joined: new_groups.difference(&old_groups).cloned().collect(),
        left: old_groups.difference(&new_groups).cloned().collect(),
    }))
}

/// The attributes that differ, as SCIM names them.
fn changed(before: &User, then: &User) -> Result<Vec<String>> {
    let mut names = BTreeSet::new();
    let columns = [
        ("userName", before.user_name == then.user_name),
        ("externalId", before.external_id == then.external_id),
        ("displayName", before.display_name == then.display_name),
        ("active", before.active == then.active),
    ];
    names.extend(columns.iter().filter(|(_, same)| !same).map(|(name, _)| (*name).to_owned()));
    if before.attributes != then.attributes {
        let (old, new): (Map<String, Value>, Map<String, Value>) = (before.attributes()?, then.attributes()?);
        let differs = |name: &&String| old.get(*name) != new.get(*name);
        names.extend(old.keys().chain(new.keys()).filter(differs).cloned());
    }
    Ok(names.into_iter().collect())
}

fn by_id(conn: &mut Conn, workspace_id: &WorkspaceId, ids: &[UserId]) -> Result<BTreeMap<UserId, User>> {
    let these = in_ids(conn, "users.user_id", ids);
    let found: Vec<User> = users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(these)
        .select(User::as_select())
        .load(conn)?;
    Ok(found.into_iter().map(|user| (user.user_id.clone(), user)).collect())
}

fn rights(conn: &mut Conn, workspace_id: &WorkspaceId, ids: &[UserId]) -> Result<BTreeMap<UserId, Held>> {
    let shared = roles::shared(conn, workspace_id)?;
    let own = roles::own(conn, workspace_id, ids)?;
    let held = |(id, own): (UserId, roles::UserInput)| {
        let groups = own.groups.iter().cloned().collect();
        (id, (effective(&shared.clone().of(own)), groups))
    };
    Ok(own.into_iter().map(held).collect())
}

/// Whether a person loses identities, assignments by hand or groups of the sign-in claim in the plan.
pub fn lost_grants(conn: &mut Conn, of: &Observation, user_id: &UserId) -> Result<bool> {
    let mut count = |workspace_id: &WorkspaceId| -> Result<i64> {
        let part = |statement: Statement<BigInt>, sql: &str| {
            statement.sql(sql).text(workspace_id).sql(" AND user_id = ").text(user_id)
        };
        let statement = Statement::new("SELECT CAST(");
        let statement =
            part(statement, "(SELECT COUNT(*) FROM assignments WHERE source = 'manual' AND workspace_id = ");
        let statement = part(
            statement,
            ") + (SELECT COUNT(*) FROM entitlement_assignments WHERE source = 'manual' AND workspace_id = ",
        );
        let statement = part(statement, ") + (SELECT COUNT(*) FROM claimed_groups WHERE workspace_id = ");
        Ok(statement.sql(") AS BIGINT)").get_result(conn)?)
    };
    Ok(count(&of.plan_id)? < count(&of.base_id)?)
}
