//! Verifies signatures of others, on blocking threads and outside transactions, so that requests without a signature are not delayed.
//!
//! A verification may try 20 keys of 8192 bits, and the publisher of the keys decides how many there are. So the work is limited
//! before it starts: one verification at a time per signer (a connection, a client), and in all half as many as there are processors.
//! Both limits are first-in-first-out queues: a flood against one signer takes one place in the common queue, and a genuine token
//! waits for some milliseconds instead of being refused. After [`LONGEST_WAIT`] the caller is asked to retry. Failures do not lock
//! a signer out, because strangers can cause them; they count against the sender's address
//! ([`crate::http::limits::RateLimits::address`]).

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use actix_web::web;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use vestibule_jose::SignatureError;

/// How long a verification may wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Too many signatures of this signer, or in all, are being verified: retry in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many signatures are being checked; try again in a second")]
pub struct Busy;

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The signature is wrong, or no key matches.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The signature was not verified.
    #[error(transparent)]
    Busy(#[from] Busy),
}

type Lanes = Mutex<HashMap<String, Arc<Semaphore>>>;

/// The running and waiting verifications of this process.
pub(crate) struct Verifications {
    all: Arc<Semaphore>,
    lanes: Arc<Lanes>,
    longest_wait: Duration,
}

impl Default for Verifications {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self::new(processors.div_ceil(2), LONGEST_WAIT)
    }
}

/// The queue of one signer. It is removed with its last running or waiting verification.
struct Lane {
    lanes: Arc<Lanes>,
    signer: String,
    turn: Arc<Semaphore>,
}

/// Permission to verify. Fields are dropped in order: the permits first.
struct Turn {
    _in_all: OwnedSemaphorePermit,
    _of_signer: OwnedSemaphorePermit,
    _lane: Lane,
}

impl Verifications {
    fn new(at_once: usize, longest_wait: Duration) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), lanes: Arc::default(), longest_wait }
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        signer: &str,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let turn = timeout(self.longest_wait, self.turn(signer)).await.map_err(|_| Busy)??;
        let span = tracing::Span::current();
        let with_turn = move || {
            // The job continues when its request is abandoned, so the permission ends with the job.
            let _turn = turn;
            span.in_scope(job)
        };
        web::block(with_turn).await.map_err(|error| {
            tracing::error!(%error, "verification.failed");
            Busy
        })
    }

    async fn turn(&self, signer: &str) -> Result<Turn, Busy> {
        let lane = self.lane(signer);
        // Neither semaphore is ever closed.
        let of_signer = lane.turn.clone().acquire_owned().await.map_err(|_| Busy)?;
        let in_all = self.all.clone().acquire_owned().await.map_err(|_| Busy)?;
        Ok(Turn { _in_all: in_all, _of_signer: of_signer, _lane: lane })
    }

    fn lane(&self, signer: &str) -> Lane {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = lanes.entry(signer.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone();
        Lane { lanes: self.lanes.clone(), signer: signer.to_owned(), turn }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        // Two references, the map's and this one: no other verification runs or waits.
        if let Entry::Occupied(entry) = lanes.entry(std::mem::take(&mut self.signer))
            && Arc::strong_count(&self.turn) == 2
        {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::mpsc,
        task::{Context, Waker},
    };

    use super::*;

    /// A check that runs until the sender is dropped.
    fn until(released: mpsc::Receiver<()>) -> impl FnOnce() + Send + 'static {
        move || {
            let _ = released.recv();
        }
    }

    fn is_pending<F: Future>(future: &mut Pin<Box<F>>) -> bool {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[actix_web::test]
    async fn a_flood_against_one_signer_leaves_the_others_their_turn() {
        let checks = Verifications::new(2, Duration::from_secs(60));
        let (release, released) = mpsc::channel();
        let mut running = Box::pin(checks.run("hostile", until(released)));
        assert!(is_pending(&mut running));
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(checks.run("hostile", || ()))).collect();
        assert!(waiting.iter_mut().all(is_pending));
        for _ in 0..10 {
            assert_eq!(checks.run("good", || 1).await, Ok(1));
        }
        drop(release);
        running.await.unwrap();
        for one in waiting {
            assert_eq!(one.await, Ok(()));
        }
    }

    #[actix_web::test]
    async fn a_queue_that_nobody_uses_is_forgotten() {
        let checks = Verifications::new(1, Duration::from_secs(60));
        for signer in 0..100 {
            assert_eq!(checks.run(&signer.to_string(), move || signer).await, Ok(signer));
        }
        // The last turn may end just after its answer came.
        let lanes = checks.lanes.lock().unwrap().len();
        assert!(lanes <= 1, "{lanes}");
    }

    #[actix_web::test]
    async fn a_genuine_token_waits_behind_a_flood_and_is_checked() {
        let checks = Verifications::new(1, Duration::from_secs(60));
        let (release, released) = mpsc::channel();
        let mut running = Box::pin(checks.run("acme", until(released)));
        assert!(is_pending(&mut running));
        let mut genuine = Box::pin(checks.run("acme", || "checked"));
        assert!(is_pending(&mut genuine));
        drop(release);
        assert_eq!(genuine.await, Ok("checked"));
    }

    #[actix_web::test]
    async fn who_would_wait_too_long_is_told_to_come_again() {
        let checks = Verifications::new(1, Duration::ZERO);
        let (release, released) = mpsc::channel();
        let mut running = Box::pin(checks.run("acme", until(released)));
        assert!(is_pending(&mut running));
        assert_eq!(checks.run("acme", || ()).await, Err(Busy));
        assert_eq!(checks.run("globex", || ()).await, Err(Busy));
        // The caller no longer waits for the check, but it still runs and uses its permit.
        drop(running);
        assert_eq!(checks.run("acme", || ()).await, Err(Busy));
        drop(release);
    }
}
