//! Counts what a plan changes.

use diesel::{prelude::*, sql_types::BigInt};

use super::{Observation, sql};
use crate::{Conn, Result, db::statement::Statement};

/// Numbers of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// People who would be created.
    pub people_created: i64,
    /// Of those that exist: people whose attributes or assignments would change, deactivated and activated ones included.
    pub people_changed: i64,
    /// People who would be deactivated.
    pub people_deactivated: i64,
    /// People who would be active again.
    pub people_activated: i64,
    /// People who would be deleted.
    pub people_deleted: i64,
    /// All of them, and people whose groups would change, or the names of their groups.
    pub people: i64,
    /// People whose user name would change in letter case only, or to another form of Unicode.
    pub letter_case: i64,
    /// Groups that would be created.
    pub groups_created: i64,
    /// Groups that would have another name.
    pub groups_renamed: i64,
    /// Groups that would be deleted.
    pub groups_deleted: i64,
    /// All groups that would change.
    pub groups: i64,
    /// Memberships that would begin.
    pub members_joined: i64,
    /// Memberships that would end.
    pub members_left: i64,
    /// Roles that SCIM would assign, and no longer assign.
    pub roles_given: i64,
    /// See `roles_given`.
    pub roles_taken: i64,
    /// Entitlements that SCIM would assign, and no longer assign.
    pub entitlements_given: i64,
    /// See `entitlements_given`.
    pub entitlements_taken: i64,
}

/// Counts what a plan changes.
pub fn counts(conn: &mut Conn, of: &Observation) -> Result<Counts> {
    let [people_created, people_changed, people_deactivated, people_activated, letter_case] =
        people(conn, of)?;
    let assigned = |(table, id): (&str, &str), one: &str, other: &str| {
        format!(
            "SELECT COUNT(*) FROM {table} AS a WHERE a.workspace_id = {one} AND NOT EXISTS (SELECT 1 FROM {table} AS o \
             WHERE o.workspace_id = {other} AND o.user_id = a.user_id AND o.{id} = a.{id} AND o.source = a.source)"
        )
    };
    let mut count = |text: String| -> Result<i64> {
        Ok(Statement::<BigInt>::of(sql::fill(&text, of, sql::WHOLE)).get_result(conn)?)
    };
    Ok(Counts {
        people_created,
        people_changed,
        people_deactivated,
        people_activated,
        people_deleted: count(format!("SELECT COUNT(*){}", sql::GONE_PEOPLE))?,
        people: count(format!("SELECT COUNT(*) FROM ({}) AS everybody", affected("")))?,
        letter_case,
        groups_created: count(format!("SELECT COUNT(*){} AND b.group_id IS NULL", sql::GROUPS))?,
        groups_renamed: count(format!(
            "SELECT COUNT(*){} AND p.display_name <> b.display_name",
            sql::GROUPS
        ))?,
        groups_deleted: count(format!("SELECT COUNT(*){}", sql::GONE_GROUPS))?,
        groups: count(format!("SELECT COUNT(*) FROM ({}) AS every_group", changed_groups("")))?,
        members_joined: count(format!("SELECT COUNT(*){}", sql::JOINED))?,
        members_left: count(format!("SELECT COUNT(*){}", sql::LEFT))?,
        roles_given: count(assigned(sql::ROLES, "{plan}", "{base}"))?,
        roles_taken: count(assigned(sql::ROLES, "{base}", "{plan}"))?,
        entitlements_given: count(assigned(sql::ENTITLEMENTS, "{plan}", "{base}"))?,
        entitlements_taken: count(assigned(sql::ENTITLEMENTS, "{base}", "{plan}"))?,
    })
}

/// Counts the people of the plan in one pass: created, changed, deactivated, activated, renamed in letter case only.
fn people(conn: &mut Conn, of: &Observation) -> Result<[i64; 5]> {
    let conditions = [
        "b.user_id IS NULL".to_owned(),
        sql::person_differs(),
        "b.active AND NOT p.active".to_owned(),
        "p.active AND NOT b.active".to_owned(),
        "p.user_name <> b.user_name AND p.user_name_key = b.user_name_key".to_owned(),
    ];
    let counted = conditions.map(|condition| {
        format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
    });
    let text = format!("SELECT {}{}", counted.join(", "), sql::PEOPLE);
    let statement =
        Statement::<(BigInt, BigInt, BigInt, BigInt, BigInt)>::of(sql::fill(&text, of, sql::WHOLE));
    let counts: (i64, i64, i64, i64, i64) = statement.get_result(conn)?;
    Ok(counts.into())
}

/// Whether a plan changes nothing.
pub fn is_empty(conn: &mut Conn, of: &Observation) -> Result<bool> {
    let text =
        format!("SELECT COUNT(*) FROM (SELECT 1 FROM ({}) AS everybody LIMIT 1) AS person", affected(""));
    let people: i64 = Statement::<BigInt>::of(sql::fill(&text, of, sql::WHOLE)).get_result(conn)?;
    if people > 0 {
        return Ok(false);
    }
    let text = format!("SELECT COUNT(*) FROM ({}) AS every_group", changed_groups(""));
    let groups: i64 = Statement::<BigInt>::of(sql::fill(&text, of, sql::WHOLE)).get_result(conn)?;
    Ok(groups == 0)
}

/// The ids of the people whom a plan affects, each once. `end`: the end of each part, such as an order and a limit.
pub(super) fn affected(end: &str) -> String {
    let changed = format!("{} AND (b.user_id IS NULL OR {})", sql::PEOPLE, sql::person_differs());
    [
        part("user_id", "p.user_id", &changed, end),
        part("user_id", "b.user_id", sql::GONE_PEOPLE, end),
        part("user_id", "m.user_id", sql::JOINED, end),
        part("user_id", "m.user_id", sql::LEFT, end),
        part("user_id", "m.user_id", sql::RENAMED, end),
    ]
    .join(" UNION ")
}

/// The ids of the groups that a plan changes. `end` as in [`affected`].
pub(super) fn changed_groups(end: &str) -> String {
    let changed = format!("{} AND (b.group_id IS NULL OR {})", sql::GROUPS, sql::GROUP_DIFFERS);
    [part("group_id", "p.group_id", &changed, end), part("group_id", "b.group_id", sql::GONE_GROUPS, end)]
        .join(" UNION ")
}

/// One part of a union of ids: those in `column`, named `id`. `{column}` in `end` stands for it.
fn part(id: &str, column: &str, rest: &str, end: &str) -> String {
    let end = end.replace("{column}", column);
    format!("SELECT {id} FROM (SELECT {column} AS {id}{rest}{end}) AS part_{}", column.replace('.', "_"))
}
