//! Okta set-up of a workspace: the kind of its app in Okta, and the last "Sync now" with its progress. One row per workspace,
//! written when the first value is set.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, sets::OktaAppKind, time::Micros};

use crate::{Conn, Result, db::schema::set_ups, on_backend};

/// Set-up state of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = set_ups, treat_none_as_null = true)]
pub struct SetUp {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Kind of the app in Okta.
    pub app_kind: OktaAppKind,
    /// Id of the last sync; empty: none.
    pub sync_id: String,
    /// Actor who requested the sync, as in events.
    pub sync_by: String,
    /// Start of the sync.
    pub started_at: Option<Micros>,
    /// Time of the last progress.
    pub seen_at: Option<Micros>,
    /// Completion.
    pub finished_at: Option<Micros>,
    /// Number of users to process.
    pub people: i64,
    /// Number of processed users.
    pub done: i64,
    /// Number of processed users with a role from Okta's groups or assignments.
    pub with_roles: i64,
    /// Number of groups.
    pub groups: i64,
    /// Id of the last processed user.
    pub after: String,
}

impl SetUp {
    /// The state of a workspace for which nothing is set.
    pub fn new(workspace_id: WorkspaceId) -> Self {
        Self {
            workspace_id,
            app_kind: OktaAppKind::Unknown,
            sync_id: String::new(),
            sync_by: String::new(),
            started_at: None,
            seen_at: None,
            finished_at: None,
            people: 0,
            done: 0,
            with_roles: 0,
            groups: 0,
            after: String::new(),
        }
    }

    /// Whether a sync is in progress. A sync without progress for `patience` microseconds does not count and may be started again.
    pub fn is_syncing(&self, patience: Micros, now: Micros) -> bool {
        self.finished_at.is_none() && self.seen_at.is_some_and(|at| now - at < patience)
    }
}

/// Finds the row, or returns [`SetUp::new`] if there is none.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<SetUp> {
    let found = set_ups::table.find(workspace_id).select(SetUp::as_select()).first(conn).optional()?;
    Ok(found.unwrap_or_else(|| SetUp::new(workspace_id.clone())))
}

/// Sets the kind of the app.
pub fn set_app_kind(conn: &mut Conn, workspace_id: &WorkspaceId, app_kind: OktaAppKind) -> Result<()> {
    let row = SetUp { app_kind, ..SetUp::new(workspace_id.clone()) };
    on_backend!(conn, |inner| {
        diesel::insert_into(set_ups::table)
            .values(&row)
            .on_conflict(set_ups::workspace_id)
            .do_update()
            .set(set_ups::app_kind.eq(app_kind))
            .execute(inner)
    })?;
    Ok(())
}

/// Starts a sync unless one is in progress. Returns whether it started. Of two concurrent calls only one starts it.
pub fn begin_sync(conn: &mut Conn, new: &SetUp, patience: Micros, now: Micros) -> Result<bool> {
    let row = SetUp { app_kind: OktaAppKind::Unknown, ..new.clone() };
    let inserted = on_backend!(conn, |inner| {
        diesel::insert_into(set_ups::table).values(&row).on_conflict_do_nothing().execute(inner)
    })?;
    if inserted == 1 {
        return Ok(true);
    }
    let idle = set_ups::finished_at
        .is_not_null()
        .or(set_ups::seen_at.is_null())
        .or(set_ups::seen_at.assume_not_null().le(now - patience));
    let begun =
        diesel::update(set_ups::table.filter(set_ups::workspace_id.eq(&new.workspace_id)).filter(idle))
            .set((
                set_ups::sync_id.eq(&new.sync_id),
                set_ups::sync_by.eq(&new.sync_by),
                set_ups::started_at.eq(new.started_at),
                set_ups::seen_at.eq(new.seen_at),
                set_ups::finished_at.eq(None::<Micros>),
                set_ups::people.eq(new.people),
                set_ups::done.eq(0),
                set_ups::with_roles.eq(0),
                set_ups::groups.eq(new.groups),
                set_ups::after.eq(""),
            ))
            .execute(conn)?;
    Ok(begun == 1)
}

/// Stores the progress of a sync, unless a newer sync exists. Returns whether it was stored.
pub fn go_on(conn: &mut Conn, set_up: &SetUp) -> Result<bool> {
    let its = set_ups::table
        .filter(set_ups::workspace_id.eq(&set_up.workspace_id))
        .filter(set_ups::sync_id.eq(&set_up.sync_id));
    let changed = diesel::update(its)
        .set((
            set_ups::seen_at.eq(set_up.seen_at),
            set_ups::finished_at.eq(set_up.finished_at),
            set_ups::done.eq(set_up.done),
            set_ups::with_roles.eq(set_up.with_roles),
            set_ups::after.eq(&set_up.after),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Lists unfinished syncs without progress for `patience` microseconds: their process has ended.
pub fn left(conn: &mut Conn, patience: Micros, now: Micros) -> Result<Vec<SetUp>> {
    Ok(set_ups::table
        .filter(set_ups::finished_at.is_null())
        .filter(set_ups::seen_at.assume_not_null().le(now - patience))
        .select(SetUp::as_select())
        .load(conn)?)
}
