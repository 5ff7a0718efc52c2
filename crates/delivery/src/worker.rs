//! The delivery worker: wakes when a commit of this process wrote deliveries, and once a second for those of other nodes and for retries.
//! While nothing is due it runs two small queries a second.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn, Error,
    outbox::deliveries::{self, Claimed, First, LEASE},
};
use vestibule_web::State;

use crate::{
    backoff, send,
    targets::{Health, Targets},
};

/// How often the worker looks for due deliveries without being woken.
const POLL: Duration = Duration::from_secs(1);

/// How long deliveries to a paused receiver are postponed at a time. When the receiver answers, all of them are due at once.
const POSTPONEMENT: Micros = 300 * SECOND;

/// The most deliveries that one statement postpones.
const POSTPONED_ROWS: i64 = 1000;

/// The most deliveries that are claimed at a time.
const BATCH: i64 = 8;

/// The most running deliveries of this process.
const MOST_RUNNING: usize = 32;

/// How long running deliveries may take when the service stops.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(11);

/// Sends deliveries until it is stopped.
pub struct Worker {
    state: State,
    written: Arc<Notify>,
    stop: Arc<Notify>,
    targets: Targets,
    /// The paused receivers, as of the last claim of this process.
    paused: HashSet<String>,
    running: JoinSet<(String, Health)>,
}

impl Worker {
    /// The worker of this process. Commits of this process wake it from now on.
    pub fn new(state: State) -> Self {
        let written = Arc::new(Notify::new());
        let waker = written.clone();
        state.database().after_commit().on_deliveries(move || waker.notify_one());
        Self {
            state,
            written,
            stop: Arc::default(),
            targets: Targets::default(),
            paused: HashSet::new(),
            running: JoinSet::new(),
        }
    }

    /// Stops the worker by `notify_one`; `run` returns when the running deliveries have ended.
    pub fn stopper(&self) -> Arc<Notify> {
        self.stop.clone()
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut polls = interval(POLL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stop.notified() => break,
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => self.end(ended).await,
                () = self.written.notified() => {}
                _ = polls.tick() => {}
            }
            if let Err(error) = self.start_due().await {
                tracing::warn!(%error, "delivery.not_claimed");
            }
        }
        let last = async { while self.running.join_next().await.is_some() {} };
        // A delivery that does not end in time is due again when its lease ends.
        let _ = timeout(SHUTDOWN_WAIT, last).await;
    }

    /// Starts due deliveries, up to the limit of this process.
    async fn start_due(&mut self) -> Result<(), Error> {
        while self.running.len() < MOST_RUNNING {
            let (now, busy) = (self.state.now(), self.targets.busy());
            let due = move |conn: &mut Conn| {
                Ok::<_, Error>(deliveries::is_due(conn, now)? || deliveries::is_pause_over(conn, now)?)
            };
            if !self.state.indexed_read(due).await? {
                return Ok(());
            }
            let (claimed, paused) = self.state.write(move |conn| claim(conn, busy, now)).await?;
            self.paused = paused;
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
        self.running.spawn(async move {
            let health = send::one(&state, &claimed).await;
            (claimed.target_id, health)
        });
    }

    async fn end(&mut self, ended: Result<(String, Health), tokio::task::JoinError>) {
        let Ok((target, health)) = ended else { return };
        self.targets.end(&target);
        let now = self.state.now();
        match health {
            Health::Unwell => {
                self.paused.insert(target.clone());
                let jitter = send::jitter();
                let wait = move |failures| backoff::wait(failures, backoff::UNWELL, jitter);
                let pause = self.state.write(move |conn| deliveries::rest(conn, &target, wait, now)).await;
                if let Err(error) = pause {
                    tracing::warn!(%error, "delivery.rest_not_written");
                }
            }
            // `paused` is as old as the last claim; a paused receiver gets single trials only.
            Health::Well if self.paused.remove(&target) => {
                let resumed = self.state.write(move |conn| match deliveries::end_pause(conn, &target)? {
                    true => deliveries::wake(conn, &target, now + LEASE, now),
                    false => Ok(0),
                });
                match resumed.await {
                    Ok(rows) => tracing::info!(rows, "delivery.receiver_is_back"),
                    Err(error) => tracing::warn!(%error, "delivery.not_woken"),
                }
            }
            Health::Well | Health::Unknown => {}
        }
    }
}

/// Claims due deliveries of receivers that are neither busy nor paused, and one delivery for each receiver whose pause is over.
/// Postpones the other deliveries to paused receivers. Returns the claimed deliveries and the paused receivers.
fn claim(conn: &mut Conn, busy: Vec<String>, now: Micros) -> Result<(Vec<Claimed>, HashSet<String>), Error> {
    let (mut trials, mut excluded) = (Vec::new(), busy);
    let pauses = deliveries::pauses(conn)?;
    for rest in &pauses {
        let target = &rest.target_id;
        if rest.is_over(now) && deliveries::begin_trial(conn, target, now + LEASE, now)? {
            match deliveries::claim_first(conn, target, now + LEASE, now)? {
                First::Claimed(claimed) => trials.push(*claimed),
                First::DueAt(moment) => deliveries::leave_trial(conn, target, moment)?,
                First::Nothing => {
                    deliveries::end_pause(conn, target)?;
                }
            }
        }
        if deliveries::lock_pause(conn, target)?.is_some() {
            deliveries::put_off(conn, target, now + POSTPONEMENT, POSTPONED_ROWS, now)?;
            excluded.push(target.clone());
        }
    }
    let mut claimed = deliveries::claim(conn, &excluded, BATCH, now + LEASE, now)?;
    claimed.append(&mut trials);
    Ok((claimed, pauses.into_iter().map(|rest| rest.target_id).collect()))
}
