//! The groups that a plan changes, and how.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::ids::{GroupId, WorkspaceId};

use super::{Observation, difference, sql};
use crate::{
    Conn, Result,
    db::{schema::groups as groups_table, statement::Statement},
    people::groups::Group,
    search::in_ids,
};

/// What happens to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// Created.
    Created,
    /// Deleted.
    Deleted,
    /// Renamed, perhaps with other changes.
    Renamed,
    /// Its members or its external id change.
    Changed,
}

impl GroupKind {
    /// The name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }
}

/// A group that a plan changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange {
    /// The group, which may not exist yet.
    pub group_id: GroupId,
    /// Its name, the new one if it changes.
    pub display_name: String,
    /// Its name before, if it changes.
    pub display_name_before: Option<String>,
    /// What happens.
    pub kind: GroupKind,
    /// Number of members who join.
    pub joined: i64,
    /// Number of members who leave, deleted people included.
    pub left: i64,
}

/// The groups after an id, ordered by id, at most `limit`.
pub fn groups(conn: &mut Conn, of: &Observation, after: &str, limit: i64) -> Result<Vec<GroupChange>> {
    let end = " AND {column} > {after} ORDER BY {column} LIMIT {limit}";
    let text = format!(
        "SELECT group_id FROM ({}) AS every_group ORDER BY group_id LIMIT {{limit}}",
        difference::changed_groups(end)
    );
    let ids: Vec<GroupId> = Statement::<Text>::of(sql::fill(&text, of, (after, limit))).load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut before = by_id(conn, &of.base_id, &ids)?;
    let mut then = by_id(conn, &of.plan_id, &ids)?;
    let joined = moves(conn, of, sql::JOINED, &ids)?;
    let left = moves(conn, of, sql::LEFT, &ids)?;
    let change = |id: GroupId| {
        let (before, then) = (before.remove(&id), then.remove(&id));
        let kind = match (&before, &then) {
            (None, _) => GroupKind::Created,
            (_, None) => GroupKind::Deleted,
            (Some(before), Some(then)) if before.display_name != then.display_name => GroupKind::Renamed,
            _ => GroupKind::Changed,
        };
        let name_before =
            before.as_ref().filter(|_| kind == GroupKind::Renamed).map(|group| group.display_name.clone());
        let group = then.or(before)?;
        Some(GroupChange {
            joined: joined.get(&id).copied().unwrap_or_default(),
            left: left.get(&id).copied().unwrap_or_default(),
            group_id: id,
            display_name: group.display_name,
            display_name_before: name_before,
            kind,
        })
    };
    Ok(ids.into_iter().filter_map(change).collect())
}

fn by_id(conn: &mut Conn, workspace_id: &WorkspaceId, ids: &[GroupId]) -> Result<BTreeMap<GroupId, Group>> {
    let these = in_ids(conn, "groups.group_id", ids);
    let found: Vec<Group> = groups_table::table
        .filter(groups_table::workspace_id.eq(workspace_id))
        .filter(these)
        .select(Group::as_select())
        .load(conn)?;
    Ok(found.into_iter().map(|group| (group.group_id.clone(), group)).collect())
}

/// How many memberships of each group begin or end.
fn moves(conn: &mut Conn, of: &Observation, which: &str, ids: &[GroupId]) -> Result<BTreeMap<GroupId, i64>> {
    let these = in_ids(conn, "m.group_id", ids);
    let text = format!("SELECT m.group_id, COUNT(*){which} AND ");
    let rows: Vec<(GroupId, i64)> = Statement::<(Text, BigInt)>::of(sql::fill(&text, of, sql::WHOLE))
        .fragment(these)
        .sql(" GROUP BY m.group_id")
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The members to add to a group and to remove from it when a plan is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembersToChange {
    /// Ids of people to add.
    pub joining: Vec<String>,
    /// Texts to park.
    pub parking: Vec<String>,
    /// Ids of people to remove. Those who are deleted in the plan leave with their row.
    pub leaving: Vec<String>,
    /// Parked texts to remove.
    pub unparking: Vec<String>,
}

/// The members to add to a group and to remove from it.
pub fn members_to_change(conn: &mut Conn, of: &Observation, group_id: &GroupId) -> Result<MembersToChange> {
    let exists =
        " AND EXISTS (SELECT 1 FROM users AS u WHERE u.workspace_id = {plan} AND u.user_id = m.user_id)";
    let parked = |one: &str, other: &str| {
        format!(
            "SELECT m.member FROM parked_members AS m WHERE m.workspace_id = {one} AND NOT EXISTS (SELECT 1 FROM parked_members AS o \
             WHERE o.workspace_id = {other} AND o.group_id = m.group_id AND o.member_key = m.member_key)"
        )
    };
    let mut load = |text: String| -> Result<Vec<String>> {
        Ok(Statement::<Text>::of(sql::fill(&text, of, sql::WHOLE))
            .sql(" AND m.group_id = ")
            .text(group_id)
            .load(conn)?)
    };
    Ok(MembersToChange {
        joining: load(format!("SELECT m.user_id{}", sql::JOINED))?,
        parking: load(parked("{plan}", "{base}"))?,
        leaving: load(format!("SELECT m.user_id{}{exists}", sql::LEFT))?,
        unparking: load(parked("{base}", "{plan}"))?,
    })
}
