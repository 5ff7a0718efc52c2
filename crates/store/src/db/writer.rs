//! The writer of a SQLite database. Jobs that arrive while another runs join its transaction, each but the first in a savepoint,
//! and all return after one commit: one wait for the disk instead of one for each job. A job that fails is rolled back alone; if
//! the commit fails, all jobs of the transaction fail.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use diesel::{
    connection::{AnsiTransactionManager, TransactionManager},
    sqlite::SqliteConnection,
};

use crate::{
    Error,
    db::{conn::Conn, pool::Manager},
};

/// Most jobs in one transaction. Limits how long the first job waits for the last.
const MOST: usize = 64;

pub(crate) struct Writer {
    manager: Manager,
    /// Number of jobs that wait for the writer.
    waiting: AtomicUsize,
    guarded: Mutex<Guarded>,
}

/// State guarded by the writer lock.
struct Guarded {
    conn: Option<Conn>,
    batch: Option<Arc<Batch>>,
    units: usize,
}

/// A transaction that several jobs share, and its outcome.
#[derive(Default)]
struct Batch {
    end: Mutex<Option<Result<(), String>>>,
    told: Condvar,
}

impl Batch {
    fn tell(&self, end: Result<(), String>) {
        *lock(&self.end) = Some(end);
        self.told.notify_all();
    }

    fn wait(&self) -> Result<(), String> {
        let mut end = lock(&self.end);
        loop {
            match &*end {
                Some(end) => return end.clone(),
                None => end = self.told.wait(end).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl Writer {
    pub(crate) fn new(manager: Manager, conn: Conn) -> Self {
        let guarded = Guarded { conn: Some(conn), batch: None, units: 0 };
        Self { manager, waiting: AtomicUsize::new(0), guarded: Mutex::new(guarded) }
    }

    /// Runs a job and returns after the commit of its transaction.
    pub(crate) fn write<T, E: From<Error>>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guarded = lock(&self.guarded);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let batch = self.begin(&mut guarded)?;
        let Some(Conn::Sqlite(_)) = &guarded.conn else {
            return Err(failed("there is no connection").into());
        };
        let outcome = guarded.conn.as_mut().map(|conn| catch_unwind(AssertUnwindSafe(|| job(conn))));
        let accepted = matches!(outcome, Some(Ok(Ok(_))));
        let kept = guarded.end_unit(accepted);
        if !accepted && kept.is_ok() && guarded.units == 1 {
            // The transaction had no other job.
            guarded.batch = None;
            drop(guarded);
            return match outcome {
                Some(Ok(outcome)) => outcome,
                Some(Err(panic)) => resume_unwind(panic),
                None => Err(failed("there is no connection").into()),
            };
        }
        // If a job waits, it gets the lock next, joins the transaction and commits it.
        let last = self.waiting.load(Ordering::SeqCst) == 0 || guarded.units >= MOST;
        let end = match kept {
            Err(error) => {
                guarded.give_up(&batch, &error);
                Err(error)
            }
            Ok(()) if last => {
                let end = guarded.commit(&batch);
                drop(guarded);
                end
            }
            Ok(()) => {
                drop(guarded);
                batch.wait()
            }
        };
        match (outcome, end) {
            (Some(Err(panic)), _) => resume_unwind(panic),
            (_, Err(error)) => Err(failed(&error).into()),
            (Some(Ok(outcome)), Ok(())) => outcome,
            (None, Ok(())) => Err(failed("there is no connection").into()),
        }
    }

    /// Begins a transaction, or a savepoint in the open one.
    fn begin(&self, guarded: &mut Guarded) -> Result<Arc<Batch>, Error> {
        if guarded.conn.is_none() {
            guarded.conn = Some(self.manager.open().map_err(|error| failed(&error.to_string()))?);
        }
        if guarded.batch.is_none() {
            // IMMEDIATE, because a read transaction that begins to write later can fail with SQLITE_BUSY.
            guarded
                .on(|inner| AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE"))
                .map_err(|error| failed(&error))?;
            guarded.batch = Some(Arc::default());
            guarded.units = 0;
        }
        let batch = guarded.batch.clone().unwrap_or_default();
        guarded.units += 1;
        // The first job needs no savepoint: if it fails, the whole transaction is rolled back, and no other job is in it yet.
        if guarded.units > 1
            && let Err(error) = guarded.on(AnsiTransactionManager::begin_transaction)
        {
            guarded.give_up(&batch, &error);
            return Err(failed(&error));
        }
        Ok(batch)
    }
}

#[cfg(test)]
impl Writer {
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.guarded.try_lock().is_err()
    }
}

impl Guarded {
    fn on(
        &mut self,
        work: impl FnOnce(&mut SqliteConnection) -> diesel::QueryResult<()>,
    ) -> Result<(), String> {
        match &mut self.conn {
            Some(Conn::Sqlite(inner)) => work(inner).map_err(|error| error.to_string()),
            _ => Err("there is no connection".to_owned()),
        }
    }

    /// Releases or rolls back the savepoint of the job.
    fn end_unit(&mut self, accepted: bool) -> Result<(), String> {
        match (accepted, self.units) {
            (true, 1) => Ok(()),
            (true, _) => self.on(AnsiTransactionManager::commit_transaction),
            (false, _) => self.on(AnsiTransactionManager::rollback_transaction),
        }
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), String> {
        match self.on(AnsiTransactionManager::commit_transaction) {
            Ok(()) => {
                self.batch = None;
                batch.tell(Ok(()));
                Ok(())
            }
            Err(error) => {
                self.give_up(batch, &error);
                Err(error)
            }
        }
    }

    /// Fails all jobs of the transaction and closes the connection, because its state is unknown. Closing it rolls back.
    fn give_up(&mut self, batch: &Batch, error: &str) {
        self.conn = None;
        self.batch = None;
        batch.tell(Err(error.to_owned()));
    }
}

fn failed(error: &str) -> Error {
    Error::Database(error.into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
