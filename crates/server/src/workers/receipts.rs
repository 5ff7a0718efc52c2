//! Signs receipts of ended access. Receipts that this process committed are signed in batches, soon after the commit. Receipts that a
//! crash, another node or a command left unsigned are signed after some seconds.

use std::time::Duration;

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{MissedTickBehavior, interval, sleep},
};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::trail::receipts::Name;
use vestibule_web::{State, receipts};

/// Interval of the search for unsigned receipts, and the age from which this process signs them.
const POLL: Duration = Duration::from_secs(5);
const LEFT: Micros = 10 * SECOND;
/// How long the first commit of a batch waits for others, and the most commits of a batch.
const GATHER: Duration = Duration::from_millis(50);
const MOST: usize = 200;

/// Receipts of committed transactions, with the time after the commit.
pub(crate) type EndedReceiver = UnboundedReceiver<(Vec<Name>, Micros)>;

/// Listens to the commits of this process from now on.
pub(crate) fn listen(state: &State) -> EndedReceiver {
    let (tell, seen) = unbounded_channel();
    // Captures only the clock: the state owns the database, which owns this function, so capturing the state would be a cycle.
    let clock = state.clock().clone();
    state.database().after_commit().on_receipts(move |names| {
        let _ = tell.send((names, clock.now()));
    });
    seen
}

/// Signs receipts. Never returns.
pub(crate) async fn run(state: State, mut seen: EndedReceiver) {
    let mut polls = interval(POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            Some(first) = seen.recv() => {
                // Access of many people often ends at once. A batch needs one read of the key and two transactions.
                sleep(GATHER).await;
                let mut told = vec![first];
                while told.len() < MOST && let Ok(next) = seen.try_recv() {
                    told.push(next);
                }
                let of = |(names, at): (Vec<Name>, Micros)| names.into_iter().map(move |name| (name, at));
                let names = told.into_iter().flat_map(of).collect();
                if let Err(error) = receipts::finish_all(&state, names).await {
                    tracing::warn!(%error, "receipt.not_finished");
                }
            }
            _ = polls.tick() => {
                if let Err(error) = receipts::finish_left(&state, state.now() - LEFT).await {
                    tracing::warn!(%error, "receipt.not_finished");
                }
            }
        }
    }
}
