//! The loop beside the requests: wakes when a commit wrote deliveries, and once a second for those of other nodes and for
//! what is tried again. While nothing is due it asks one indexed query a second.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use vestibule_store::{
    Error, Micros, SECOND,
    deliveries::{self, Claimed},
};
use vestibule_web::State;

use crate::{
    send,
    targets::{Health, Targets},
};

/// How often it looks without being woken.
const POLL: Duration = Duration::from_secs(1);

/// How long a node has a delivery for itself: longer than a try takes.
const LEASE: Micros = 20 * SECOND;

/// For how long what waits for a receiver that does not answer is not looked at; when it answers, at once.
const PUT_OFF: Micros = 300 * SECOND;

/// How many are put off in one go.
const PUT_OFF_ROWS: i64 = 1000;

/// How many are claimed in one go, and the most under way in this process.
const BATCH: i64 = 8;
const MOST: usize = 32;

/// How long those under way may take when the service stops.
const LAST_WAIT: Duration = Duration::from_secs(11);

/// Sends deliveries until it is told to stop.
pub struct Worker {
    state: State,
    news: Arc<Notify>,
    stop: Arc<Notify>,
    targets: Targets,
    under_way: JoinSet<(String, Health)>,
}

impl Worker {
    /// One for this process, which is woken by its commits from now on.
    pub fn new(state: State) -> Self {
        let news = Arc::new(Notify::new());
        let heard = news.clone();
        state.database().on_deliveries(move || heard.notify_one());
        Self { state, news, stop: Arc::default(), targets: Targets::default(), under_way: JoinSet::new() }
    }

    /// Stops it: `notify_one`, and it ends when what is under way has ended.
    pub fn stopper(&self) -> Arc<Notify> {
        self.stop.clone()
    }

    /// Runs.
    pub async fn run(mut self) {
        let mut polls = interval(POLL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stop.notified() => break,
                Some(ended) = self.under_way.join_next(), if !self.under_way.is_empty() => self.end(ended).await,
                () = self.news.notified() => {}
                _ = polls.tick() => {}
            }
            if let Err(error) = self.take_up().await {
                tracing::warn!(%error, "delivery.not_claimed");
            }
        }
        let last = async { while self.under_way.join_next().await.is_some() {} };
        // What does not end is due again when its lease is over.
        let _ = timeout(LAST_WAIT, last).await;
    }

    /// Takes up what is due, as long as there is any and there are hands.
    async fn take_up(&mut self) -> Result<(), Error> {
        while self.under_way.len() < MOST {
            let now = self.state.now();
            let rested = self.targets.rested(now);
            if rested.is_empty() && !self.state.glance(move |conn| deliveries::is_due(conn, now)).await? {
                return Ok(());
            }
            let (closed, resting) = (self.targets.closed(now), self.targets.resting(now));
            let taken = self.state.write(move |conn| {
                let mut idle = Vec::new();
                for target in rested {
                    if !deliveries::probe(conn, &target, now)? {
                        idle.push(target);
                    }
                }
                for target in resting {
                    deliveries::put_off(conn, &target, now + PUT_OFF, PUT_OFF_ROWS, now)?;
                }
                Ok::<_, Error>((deliveries::claim(conn, &closed, BATCH, now + LEASE, now)?, idle))
            });
            let (claimed, idle) = taken.await?;
            for target in idle {
                self.targets.forget(&target);
            }
            if claimed.is_empty() {
                return Ok(());
            }
            claimed.into_iter().for_each(|claimed| self.begin(claimed));
        }
        Ok(())
    }

    fn begin(&mut self, claimed: Claimed) {
        self.targets.begin(&claimed.target_id);
        let state = self.state.clone();
        self.under_way.spawn(async move {
            let health = send::one(&state, &claimed).await;
            (claimed.target_id, health)
        });
    }

    async fn end(&mut self, ended: Result<(String, Health), tokio::task::JoinError>) {
        let Ok((target, health)) = ended else { return };
        let now = self.state.now();
        if !self.targets.end(&target, health, send::chance(), now) {
            return;
        }
        let woken = self.state.write(move |conn| deliveries::wake(conn, &target, now + LEASE, now)).await;
        match woken {
            Ok(rows) => tracing::info!(rows, "delivery.receiver_is_back"),
            Err(error) => tracing::warn!(%error, "delivery.not_woken"),
        }
    }
}
