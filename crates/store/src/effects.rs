//! What a committed transaction has to set in motion: deliveries to send, receipts to sign. A transaction collects it as
//! [`Effects`]; after the commit it is passed to the callbacks of [`AfterCommit`]. Names no table and no other module.

use std::sync::OnceLock;

use vestibule_core::ids::WorkspaceId;

/// Workspace and id of a receipt.
pub type ReceiptName = (WorkspaceId, String);

/// Work that one transaction leaves for after its commit.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Whether deliveries were written.
    pub(crate) deliveries: bool,
    /// The receipts that were written.
    pub(crate) receipts: Vec<ReceiptName>,
}

/// The callbacks of a database, run after each commit on the thread of the write.
#[derive(Default)]
pub struct AfterCommit {
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
    note: OnceLock<Box<dyn Fn(Vec<ReceiptName>) + Send + Sync>>,
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

    /// Runs the callbacks for the effects of a transaction that is committed.
    pub(crate) fn run(&self, effects: Effects) {
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
