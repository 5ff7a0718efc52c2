//! Finishes the receipts of ended access: those that this process sees committed at once, one after another, beside the
//! requests; what a crash, another node or a command left, when nobody else has for a while.

use std::time::Duration;

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{MissedTickBehavior, interval},
};
use vestibule_store::{Micros, SECOND, receipts::Name};
use vestibule_web::{State, receipts};

/// How often it looks for what was left, and for how long that was left to others.
const POLL: Duration = Duration::from_secs(5);
const LEFT: Micros = 10 * SECOND;

/// What commits tell: receipts, and when they were in force.
pub(crate) type Seen = UnboundedReceiver<(Vec<Name>, Micros)>;

/// Listens to the commits of this process from now on.
pub(crate) fn listen(state: &State) -> Seen {
    let (tell, seen) = unbounded_channel();
    // The state holds the database, which holds this.
    let clock = state.clock().clone();
    state.database().on_receipts(move |names| {
        let _ = tell.send((names, clock.now()));
    });
    seen
}

/// For ever.
pub(crate) async fn run(state: State, mut seen: Seen) {
    let mut polls = interval(POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            Some((names, at)) = seen.recv() => {
                for name in names {
                    if let Err(error) = receipts::finish(&state, name, at).await {
                        tracing::warn!(%error, "receipt.not_finished");
                    }
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
