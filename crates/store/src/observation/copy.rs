//! Copies the provisioning data of a workspace into a hidden one, table by table, inside the database.

use diesel::prelude::*;
use vestibule_core::ids::WorkspaceId;

use super::HIDDEN;
use crate::{
    Conn, Error, Result,
    db::{
        schema::{self, Table},
        statement::Statement,
    },
};

/// What the base needs, in an order in which each row finds what it refers to.
const BASE: [&str; 12] = [
    "users",
    "identities",
    "claimed_groups",
    "groups",
    "members",
    "parked_members",
    "roles",
    "assignments",
    "entitlements",
    "entitlement_assignments",
    "mappings",
    "mapping_entitlements",
];

/// What the plan needs besides: everything else that SCIM reads or writes.
const PLAN: [&str; 6] =
    ["user_emails", "user_blocks", "key_collisions", "brakes", "brake_minutes", "brake_people"];

/// Makes the copy that SCIM reads and writes.
pub(super) fn plan(conn: &mut Conn, from: &WorkspaceId, to: &WorkspaceId) -> Result<()> {
    workspace(conn, from, to)?;
    BASE.into_iter().chain(PLAN).try_for_each(|name| rows(conn, table(name)?, from, to))
}

/// Makes the copy that stays as everything was.
pub(super) fn base(conn: &mut Conn, from: &WorkspaceId, to: &WorkspaceId) -> Result<()> {
    workspace(conn, from, to)?;
    BASE.into_iter().try_for_each(|name| rows(conn, table(name)?, from, to))
}

/// A table of the schema.
pub(super) fn table(name: &str) -> Result<Table> {
    schema::tables().find(|table| table.name == name).ok_or(Error::NotFound)
}

fn workspace(conn: &mut Conn, from: &WorkspaceId, to: &WorkspaceId) -> Result<()> {
    let others: Vec<&str> = table("workspaces")?
        .columns
        .iter()
        .copied()
        .filter(|column| !["workspace_id", "region"].contains(column))
        .collect();
    let others = others.join(", ");
    let copied = Statement::<()>::new("INSERT INTO workspaces (workspace_id, region, ")
        .sql(&others)
        .sql(") SELECT ")
        .text(to)
        .sql(", ")
        .text(HIDDEN)
        .sql(", ")
        .sql(&others)
        .sql(" FROM workspaces WHERE workspace_id = ")
        .text(from)
        .execute(conn)?;
    if copied == 1 { Ok(()) } else { Err(Error::NotFound) }
}

fn rows(conn: &mut Conn, table: Table, from: &WorkspaceId, to: &WorkspaceId) -> Result<()> {
    let others: Vec<&str> =
        table.columns.iter().copied().filter(|column| *column != "workspace_id").collect();
    let others = others.join(", ");
    Statement::<()>::new("INSERT INTO ")
        .sql(table.name)
        .sql(" (workspace_id, ")
        .sql(&others)
        .sql(") SELECT ")
        .text(to)
        .sql(", ")
        .sql(&others)
        .sql(" FROM ")
        .sql(table.name)
        .sql(" WHERE workspace_id = ")
        .text(from)
        .execute(conn)?;
    Ok(())
}
