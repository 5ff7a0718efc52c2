//! SCIM groups. Their members are rows of [`crate::people::members`], which a change never loads.

use diesel::{dsl::sql, prelude::*, sql_types::Text};
use vestibule_core::{
    fold::fold,
    ids::{GroupId, WorkspaceId},
    names::Named,
    time::Micros,
};

use crate::{
    Conn, Error, Result,
    db::{schema::groups, statement::Statement},
    people::name_keys,
    search::{Listed, Page, PageSql, Scope, total_of},
    trail::events::target::Target,
};

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = groups)]
pub struct Group {
    /// Workspace of the group.
    pub workspace_id: WorkspaceId,
    /// Id of the group, which never changes.
    pub group_id: GroupId,
    /// Name as sent; unique in the workspace by its key.
    pub display_name: String,
    /// The folded name.
    pub display_name_key: String,
    /// Identifier of the group at the identity provider; opaque.
    pub external_id: Option<String>,
    /// 1, 2, 3, …; `meta.version`.
    pub version: i64,
    /// Creation.
    pub created_at: Micros,
    /// Last change, including changes of members.
    pub updated_at: Micros,
}

/// Creates a group.
///
/// # Errors
/// [`Error::Conflict`] when the name or the external id is in use.
pub fn create(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    display_name: &str,
    external_id: Option<&str>,
    now: Micros,
) -> Result<Group> {
    create_as(conn, workspace_id, GroupId::new(now), (display_name, external_id), now)
}

/// Creates a group with this id, which a plan has promised.
///
/// # Errors
/// As [`create`].
pub fn create_as(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: GroupId,
    (display_name, external_id): (&str, Option<&str>),
    now: Micros,
) -> Result<Group> {
    let group = Group {
        workspace_id: workspace_id.clone(),
        group_id,
        display_name: display_name.to_owned(),
        display_name_key: fold(display_name),
        external_id: external_id.map(str::to_owned),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    // A group with a key from an older version uses the name, too.
    if !name_keys::with_key(conn, Named::Group, workspace_id, &group.display_name_key)?.is_empty() {
        return Err(Error::Conflict("groups_display_name".to_owned()));
    }
    diesel::insert_into(groups::table).values(&group).execute(conn)?;
    Ok(group)
}

impl Group {
    /// The group as the target of an event.
    pub fn target(&self) -> Target<'_> {
        Target::Group(&self.group_id)
    }

    /// Changes the name. The same name leaves the key unchanged, because an older version may have made it.
    pub fn rename(&mut self, display_name: String) {
        if self.display_name != display_name {
            self.display_name_key = fold(&display_name);
            self.display_name = display_name;
        }
    }
}

/// The group with this name, without regard to letter case.
pub fn find_by_name(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    display_name: &str,
) -> Result<Option<Group>> {
    Ok(groups::table
        .filter(groups::workspace_id.eq(workspace_id))
        .filter(groups::display_name_key.eq(fold(display_name)))
        .select(Group::as_select())
        .first(conn)
        .optional()?)
}

/// The group with this external id.
pub fn find_by_external_id(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    external_id: &str,
) -> Result<Option<Group>> {
    Ok(groups::table
        .filter(groups::workspace_id.eq(workspace_id))
        .filter(groups::external_id.eq(external_id))
        .select(Group::as_select())
        .first(conn)
        .optional()?)
}

fn by_id(workspace_id: &WorkspaceId, group_id: &GroupId) -> Statement<groups::SqlType> {
    Statement::new(
        "SELECT workspace_id, group_id, display_name, display_name_key, external_id, version, created_at, updated_at \
         FROM groups WHERE workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND group_id = ")
    .text(group_id)
}

/// The group.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<Group> {
    Ok(by_id(workspace_id, group_id).get_result(conn)?)
}

/// The group, locked until the transaction ends, so that changes to one group are serial.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get_locked(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<Group> {
    let statement = by_id(workspace_id, group_id);
    Ok(match conn {
        Conn::Postgres(_) => statement.sql(" FOR NO KEY UPDATE").get_result(conn)?,
        Conn::Sqlite(_) => statement.get_result(conn)?,
    })
}

/// Saves what differs from `before`, the locked row, and increments the version. A change of members leaves the columns with an index
/// as they are.
///
/// # Errors
/// [`Error::Conflict`] when the name or the external id is in use; [`Error::NotFound`] when the group was changed or deleted.
pub fn save(conn: &mut Conn, before: &Group, group: &mut Group, now: Micros) -> Result<()> {
    let mut statement = Statement::<()>::new("UPDATE groups SET version = ")
        .whole(before.version + 1)
        .sql(", updated_at = ")
        .whole(now);
    if found_by(group) != found_by(before) {
        statement = statement
            .sql(", display_name = ")
            .text(&group.display_name)
            .sql(", display_name_key = ")
            .text(&group.display_name_key)
            .sql(", external_id = ")
            .maybe_text(group.external_id.as_deref());
    }
    let changed = statement
        .sql(" WHERE workspace_id = ")
        .text(&group.workspace_id)
        .sql(" AND group_id = ")
        .text(&group.group_id)
        .sql(" AND version = ")
        .whole(before.version)
        .execute(conn)?;
    if changed == 0 {
        return Err(Error::NotFound);
    }
    group.version = before.version + 1;
    group.updated_at = now;
    Ok(())
}

/// The columns by which a group is found.
fn found_by(group: &Group) -> (&str, &str, Option<&str>) {
    (&group.display_name, &group.display_name_key, group.external_id.as_deref())
}

/// Deletes the group and its membership rows.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<bool> {
    Ok(diesel::delete(groups::table.find((workspace_id, group_id))).execute(conn)? == 1)
}

/// A page of groups, and the number of groups that meet its condition.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, page: &Page) -> Result<Listed<Group>> {
    let sql_of_page = PageSql::of(conn, Scope::Groups, workspace_id, page);
    let mut resources = Vec::new();
    if page.count > 0 {
        resources = groups::table
            .filter(groups::workspace_id.eq(workspace_id))
            .filter(sql_of_page.after)
            .order(sql::<Text>(&sql_of_page.order))
            .offset(sql_of_page.skip)
            .limit(page.count)
            .select(Group::as_select())
            .load(conn)?;
    }
    let total = match total_of(page, resources.len()) {
        Some(total) => total,
        None => groups::table
            .filter(groups::workspace_id.eq(workspace_id))
            .filter(sql_of_page.condition)
            .count()
            .get_result(conn)?,
    };
    Ok(Listed { total, resources })
}

/// The groups after a folded name, ordered by it, at most `limit`.
pub fn list_by_name_after(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<Group>> {
    Ok(groups::table
        .filter(groups::workspace_id.eq(workspace_id))
        .filter(groups::display_name_key.gt(after))
        .order(groups::display_name_key)
        .limit(limit)
        .select(Group::as_select())
        .load(conn)?)
}

/// Number of groups of the workspace.
pub fn count(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(groups::table.filter(groups::workspace_id.eq(workspace_id)).count().get_result(conn)?)
}

/// Ids and names of these groups. Deleted groups are left out.
pub fn names(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_ids: &[GroupId],
) -> Result<Vec<(GroupId, String)>> {
    Ok(groups::table
        .filter(groups::workspace_id.eq(workspace_id))
        .filter(groups::group_id.eq_any(group_ids))
        .select((groups::group_id, groups::display_name))
        .load(conn)?)
}
