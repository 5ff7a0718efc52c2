//! How a workspace's administrators set Okta up: which kind of app they have there, and the last "Sync now" with its progress.
//! One row a workspace, none until somebody says something.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{Conn, Result, db::schema::set_ups, on_backend};

/// An app from Okta's catalog, which has template syntaxes of its own.
pub const CATALOG: &str = "catalog";
/// An app made with Okta's wizard.
pub const OWN: &str = "own";

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = set_ups, treat_none_as_null = true)]
pub struct SetUp {
    /// Whose.
    pub workspace_id: String,
    /// [`CATALOG`], [`OWN`], or empty while nobody has said it.
    pub app_kind: String,
    /// A name for the last sync; empty: there was none.
    pub sync_id: String,
    /// Who asked for it, as events name actors.
    pub sync_by: String,
    /// When it began.
    pub started_at: Option<Micros>,
    /// When it last went on.
    pub seen_at: Option<Micros>,
    /// When it was through.
    pub finished_at: Option<Micros>,
    /// How many people there are to go through.
    pub people: i64,
    /// How many are done.
    pub done: i64,
    /// How many of those hold a role by Okta's groups or assignments.
    pub with_roles: i64,
    /// How many groups there were.
    pub groups: i64,
    /// The id of the last user that was done.
    pub after: String,
}

impl SetUp {
    /// Whether a sync is under way and somebody works at it; one that nobody has gone on with for `patience` may be begun anew.
    pub fn is_syncing(&self, patience: Micros, now: Micros) -> bool {
        self.finished_at.is_none() && self.seen_at.is_some_and(|at| now - at < patience)
    }
}

/// The row, or what stands for none.
pub fn find(conn: &mut Conn, workspace_id: &str) -> Result<SetUp> {
    let found = set_ups::table.find(workspace_id).select(SetUp::as_select()).first(conn).optional()?;
    Ok(found.unwrap_or_else(|| SetUp { workspace_id: workspace_id.to_owned(), ..SetUp::default() }))
}

/// Says which kind of app there is.
pub fn set_app_kind(conn: &mut Conn, workspace_id: &str, app_kind: &str) -> Result<()> {
    let row =
        SetUp { workspace_id: workspace_id.to_owned(), app_kind: app_kind.to_owned(), ..SetUp::default() };
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

/// Begins a sync unless one is under way; whether it did. Two that press the button at once: one of them.
pub fn begin_sync(conn: &mut Conn, new: &SetUp, patience: Micros, now: Micros) -> Result<bool> {
    let row = SetUp { app_kind: String::new(), ..new.clone() };
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

/// Writes down how far a sync is, if it is still the one under way; whether it is.
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

/// Syncs that nobody has gone on with: of a process that ended.
pub fn left(conn: &mut Conn, patience: Micros, now: Micros) -> Result<Vec<SetUp>> {
    Ok(set_ups::table
        .filter(set_ups::finished_at.is_null())
        .filter(set_ups::seen_at.assume_not_null().le(now - patience))
        .select(SetUp::as_select())
        .load(conn)?)
}
