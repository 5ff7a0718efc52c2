//! Rows that a transaction writes at its end ([`Pending`]), and actions after its commit ([`Effects`]): deliveries to send,
//! receipts to sign. Effects are passed to the callbacks of [`AfterCommit`]. Names no table, and no module but `db`.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::EventKind,
    time::Micros,
};

use crate::db::fragment::Fragment;

/// Workspace and id of a receipt.
pub type ReceiptName = (WorkspaceId, String);

/// Work that one transaction leaves for after its commit.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Whether deliveries were written.
    pub(crate) deliveries: bool,
    /// The receipts that were written.
    pub(crate) receipts: Vec<ReceiptName>,
    /// When it got a lock that all writers of a workspace need: on PostgreSQL the counter of the trail, on SQLite the writer.
    pub(crate) locked_at: Option<Instant>,
}

/// Durations of a committed transaction.
#[derive(Debug, Clone, Copy)]
pub struct WriteTimes {
    /// From the request for it until its commit, with the time that it waited.
    pub total: Duration,
    /// From the lock that all writers of a workspace need until the commit; `None`: it needed none.
    pub locked: Option<Duration>,
}

/// Rows that a transaction writes at its end, because they need the counter of a trail, which every writer of a workspace waits for.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// The events, in order.
    pub(crate) events: Vec<PendingEvent>,
    /// The users that were inserted or deleted.
    pub(crate) user_changes: Vec<UserChange>,
    /// INSERTs that can wait for the events: workspace and statement.
    pub(crate) inserts: Vec<(WorkspaceId, Fragment)>,
}

/// An event that has no sequence number yet.
#[derive(Debug)]
pub(crate) struct PendingEvent {
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) event_id: String,
    pub(crate) kind: EventKind,
    pub(crate) actor: String,
    pub(crate) target: String,
    pub(crate) request_id: String,
    pub(crate) data: String,
    pub(crate) at: Micros,
}

/// A user to count.
#[derive(Debug)]
pub(crate) struct UserChange {
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) user_id: UserId,
    /// Whether the user was inserted; otherwise the user was deleted.
    pub(crate) is_new: bool,
}

/// The callbacks of a database, run after each commit on the thread of the write.
#[derive(Default)]
pub struct AfterCommit {
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
    note: OnceLock<Box<dyn Fn(Vec<ReceiptName>) + Send + Sync>>,
    time: OnceLock<Box<dyn Fn(WriteTimes) + Send + Sync>>,
}

impl AfterCommit {
    /// Sets what is called after each commit that wrote deliveries. Only the first call has an effect.
    pub fn on_deliveries(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.wake.set(Box::new(wake));
    }

    /// Sets what receives the names of the receipts that a commit wrote. Only the first call has an effect.
    pub fn on_receipts(&self, note: impl Fn(Vec<ReceiptName>) + Send + Sync + 'static) {
        let _ = self.note.set(Box::new(note));
    }

    /// Sets what receives the durations of each commit. Only the first call has an effect.
    pub fn on_times(&self, time: impl Fn(WriteTimes) + Send + Sync + 'static) {
        let _ = self.time.set(Box::new(time));
    }

    /// Runs the callbacks for the effects of a transaction that was begun at this time and is committed.
    pub(crate) fn run(&self, effects: Effects, begun_at: Instant) {
        if let Some(time) = self.time.get() {
            let locked = effects.locked_at.map(|at| at.elapsed());
            time(WriteTimes { total: begun_at.elapsed(), locked });
        }
        if effects.deliveries
            && let Some(wake) = self.wake.get()
        {
            wake();
        }
        if !effects.receipts.is_empty()
            && let Some(note) = self.note.get()
        {
            note(effects.receipts);
        }
    }
}
