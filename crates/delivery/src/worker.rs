//! The loop beside the requests: wakes when a commit wrote deliveries, and once a second for those of other nodes and for
//! what is tried again. While nothing is due it asks one indexed query a second.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn, Error,
    outbox::deliveries::{self, Claimed, First},
};
use vestibule_web::State;

use crate::{
    backoff, send,
    targets::{Health, Targets},
};

/// How often it looks without being woken.
const POLL: Duration = Duration::from_secs(1);

/// How long a node has a delivery for itself: longer than a try takes.
const LEASE: Micros = 20 * SECOND;

/// For how long what waits for a receiver that does not answer is not looked at. When the receiver answers, all of it is due again.
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
    /// The receivers that rested when this process last looked.
    resting: HashSet<String>,
    under_way: JoinSet<(String, Health)>,
}

impl Worker {
    /// One for this process, which is woken by its commits from now on.
    pub fn new(state: State) -> Self {
        let news = Arc::new(Notify::new());
        let heard = news.clone();
        state.database().on_deliveries(move || heard.notify_one());
        Self {
            state,
            news,
            stop: Arc::default(),
            targets: Targets::default(),
            resting: HashSet::new(),
            under_way: JoinSet::new(),
        }
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
            let (now, busy) = (self.state.now(), self.targets.busy());
            let due = move |conn: &mut Conn| {
                Ok::<_, Error>(deliveries::is_due(conn, now)? || deliveries::is_rest_over(conn, now)?)
            };
            if !self.state.glance(due).await? {
                return Ok(());
            }
            let (claimed, resting) = self.state.write(move |conn| claim(conn, busy, now)).await?;
            self.resting = resting;
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
        self.targets.end(&target);
        let now = self.state.now();
        match health {
            Health::Unwell => {
                self.resting.insert(target.clone());
                let chance = send::chance();
                let wait = move |failures| backoff::wait(failures, backoff::UNWELL, chance);
                let rested = self.state.write(move |conn| deliveries::rest(conn, &target, wait, now)).await;
                if let Err(error) = rested {
                    tracing::warn!(%error, "delivery.rest_not_written");
                }
            }
            // What is known of it is as old as the last claim; a receiver that rests is sent nothing but tries.
            Health::Well if self.resting.remove(&target) => {
                let woken = self.state.write(move |conn| match deliveries::end_rest(conn, &target)? {
                    true => deliveries::wake(conn, &target, now + LEASE, now),
                    false => Ok(0),
                });
                match woken.await {
                    Ok(rows) => tracing::info!(rows, "delivery.receiver_is_back"),
                    Err(error) => tracing::warn!(%error, "delivery.not_woken"),
                }
            }
            Health::Well | Health::Unknown => {}
        }
    }
}

/// Claims what is due but for the receivers that are busy or rest, one delivery for each whose rest is over, and puts off what else
/// waits for those that rest; what was claimed, and who rests.
fn claim(conn: &mut Conn, busy: Vec<String>, now: Micros) -> Result<(Vec<Claimed>, HashSet<String>), Error> {
    let (mut tries, mut closed) = (Vec::new(), busy);
    let rests = deliveries::rests(conn)?;
    for rest in &rests {
        let target = &rest.target_id;
        if rest.is_over(now) && deliveries::begin_try(conn, target, now + LEASE, now)? {
            match deliveries::claim_first(conn, target, now + LEASE, now)? {
                First::Claimed(claimed) => tries.push(*claimed),
                First::DueAt(moment) => deliveries::leave_try(conn, target, moment)?,
                First::Nothing => {
                    deliveries::end_rest(conn, target)?;
                }
            }
        }
        if deliveries::lock_rest(conn, target)?.is_some() {
            deliveries::put_off(conn, target, now + PUT_OFF, PUT_OFF_ROWS, now)?;
            closed.push(target.clone());
        }
    }
    let mut claimed = deliveries::claim(conn, &closed, BATCH, now + LEASE, now)?;
    claimed.append(&mut tries);
    Ok((claimed, rests.into_iter().map(|rest| rest.target_id).collect()))
}
