//! Metrics for Prometheus. Labels have few values: never a workspace, a user or a path as sent.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use vestibule_core::sets::{DeliveryKind, EndReason};
use vestibule_store::WriteTimes;

/// Labels of an answered request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// `scim`, `sign_in`, `oauth`, `universal_logout`, `signals`, `backchannel_logout`, `check`, `feed`, `management`, `pages`,
    /// `other`.
    pub door: &'static str,
    /// `2xx`, `3xx`, `4xx`, `5xx`.
    pub status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Door {
    door: &'static str,
}

/// Labels of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    door: &'static str,
    reason: &'static str,
}

/// Labels of a delivery attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fate {
    kind: &'static str,
    outcome: &'static str,
}

/// Label of an end of access.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    reason: &'static str,
}

/// Label of a verified signature or a backup.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Verification {
    outcome: &'static str,
}

/// Buckets of the durations of transactions, in seconds.
const WRITE_SECONDS: [f64; 10] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0];

/// The metrics of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    seconds: Family<Door, Histogram>,
    refusals: Family<Reason, Counter>,
    revocations: Counter,
    ended: Family<Cause, Histogram>,
    deliveries: Family<Fate, Counter>,
    uninspected: Counter,
    verifications: Family<Verification, Counter>,
    keys_tried: Counter,
    waiting: Gauge,
    oldest: Gauge,
    transactions: Histogram,
    locked: Histogram,
    backups: Family<Verification, Counter>,
    backup_at: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        let requests = Family::<Outcome, Counter>::default();
        registry.register(
            "http_requests",
            "Requests answered, by interface and status class",
            requests.clone(),
        );
        let seconds = Family::<Door, Histogram>::new_with_constructor(|| {
            Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
        });
        registry.register("http_request_seconds", "Time to answer, by interface", seconds.clone());
        let refusals = Family::<Reason, Counter>::default();
        registry.register("refusals", "Refusals, by interface and reason", refusals.clone());
        let revocations = Counter::default();
        registry.register("universal_logouts", "Universal Logouts carried out", revocations.clone());
        let ended = Family::<Cause, Histogram>::new_with_constructor(|| {
            Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
        });
        let words = "Seconds from an end of access being accepted to being in force, by reason";
        registry.register("access_end_seconds", words, ended.clone());
        let deliveries = Family::<Fate, Counter>::default();
        registry.register(
            "deliveries",
            "Delivery attempts to apps and webhooks, by outcome",
            deliveries.clone(),
        );
        let uninspected = Counter::default();
        let words = "Requests that the inspector dropped because its buffer was full";
        registry.register("requests_not_inspected", words, uninspected.clone());
        let (verifications, keys_tried) = (Family::<Verification, Counter>::default(), Counter::default());
        let words = "Signature checks, by outcome";
        registry.register("signature_checks", words, verifications.clone());
        registry.register("signature_keys_tried", "Keys tried in these checks", keys_tried.clone());
        let (waiting, oldest) = (Gauge::default(), Gauge::default());
        registry.register("deliveries_waiting", "Deliveries waiting, on all nodes", waiting.clone());
        registry.register("delivery_oldest_seconds", "Age of the oldest waiting delivery", oldest.clone());
        let (transactions, locked) = (Histogram::new(WRITE_SECONDS), Histogram::new(WRITE_SECONDS));
        let words = "Time of a committed write transaction, with the time that it waited to begin";
        registry.register("transaction_seconds", words, transactions.clone());
        let words = "Time of a write transaction under the lock that all writers need: of the database (SQLite) or of the workspace's trail (PostgreSQL)";
        registry.register("transaction_locked_seconds", words, locked.clone());
        let (backups, backup_at) = (Family::<Verification, Counter>::default(), Gauge::default());
        registry.register("backups", "Scheduled backups, by outcome", backups.clone());
        let words = "Time of the last scheduled backup of this process, in seconds since 1970; 0: none yet";
        registry.register("backup_last_success_timestamp_seconds", words, backup_at.clone());
        Self {
            backups,
            backup_at,
            registry,
            requests,
            seconds,
            refusals,
            revocations,
            ended,
            deliveries,
            uninspected,
            verifications,
            keys_tried,
            waiting,
            oldest,
            transactions,
            locked,
        }
    }

    /// Counts an answered request.
    pub fn answered(&self, door: &'static str, status: u16, seconds: f64) {
        let status = match status {
            ..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&Outcome { door, status }).inc();
        self.seconds.get_or_create(&Door { door }).observe(seconds);
    }

    /// Returns a callback that records the durations of committed write transactions.
    pub fn of_commits(&self) -> impl Fn(WriteTimes) + Send + Sync + 'static {
        let (transactions, locked) = (self.transactions.clone(), self.locked.clone());
        move |times| {
            transactions.observe(times.total.as_secs_f64());
            if let Some(time) = times.locked {
                locked.observe(time.as_secs_f64());
            }
        }
    }

    /// Counts a refusal by its reason.
    pub fn refused(&self, door: &'static str, reason: &'static str) {
        self.refusals.get_or_create(&Reason { door, reason }).inc();
    }

    /// Counts a completed Universal Logout.
    pub fn revoked(&self) {
        self.revocations.inc();
    }

    /// Counts an end of access that took effect this many seconds after its request arrived.
    pub fn ended(&self, reason: EndReason, seconds: f64) {
        self.ended.get_or_create(&Cause { reason: reason.as_str() }).observe(seconds);
    }

    /// Counts a delivery attempt to an app (`logout`) or a webhook (`webhook`): `delivered`, `failed` or `dead`.
    pub fn delivery(&self, kind: DeliveryKind, outcome: &'static str) {
        self.deliveries.get_or_create(&Fate { kind: kind.as_str(), outcome }).inc();
    }

    /// Counts a request that did not fit into the inspector's buffer.
    pub fn not_inspected(&self) {
        self.uninspected.inc();
    }

    /// Counts a signature: `valid`, `invalid`, or `busy` when it was not verified; and how many keys were tried.
    pub fn signature_checked(&self, outcome: &'static str, keys_tried: usize) {
        self.verifications.get_or_create(&Verification { outcome }).inc();
        self.keys_tried.inc_by(keys_tried as u64);
    }

    /// Sets how many deliveries wait, and for how many seconds the oldest has waited.
    pub fn outbox(&self, waiting: i64, oldest_seconds: i64) {
        self.waiting.set(waiting);
        self.oldest.set(oldest_seconds);
    }

    /// Counts a scheduled backup that was made at this time, in seconds since 1970.
    pub fn backup_made(&self, at: i64) {
        self.backups.get_or_create(&Verification { outcome: "made" }).inc();
        self.backup_at.set(at);
    }

    /// Counts a scheduled backup that failed.
    pub fn backup_failed(&self) {
        self.backups.get_or_create(&Verification { outcome: "failed" }).inc();
    }

    /// All metrics as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
