//! Data of the page of a webhook, read in one transaction.

use vestibule_core::{ids::WorkspaceId, sets::DeliveryState, time::Micros};
use vestibule_store::{
    Conn, Error,
    outbox::{
        attempts,
        deliveries::{self, Delivery, DeliveryFilter},
        webhooks::{self, Webhook},
    },
    trail::{counts, events},
};

use crate::{
    audit::sentences::sentence,
    layout::{chart::Bars, moment::Moment},
    webhooks::{
        condition::Condition,
        webhook::attempts::{AttemptRow, HOURS, chart},
    },
};

/// How many deliveries the page shows.
const MOST: usize = 50;
/// How many attempts the page shows.
const ATTEMPTS: i64 = 20;

/// A webhook and its newest deliveries.
pub(super) struct Found {
    pub webhook: Webhook,
    /// How many deliveries wait.
    pub waiting: i64,
    /// How many deliveries were given up.
    pub dead: i64,
    pub rows: Vec<DeliveryRow>,
    pub condition: Condition,
    pub attempts: Vec<AttemptRow>,
    pub chart: Bars,
    /// The attempt of the test that was asked for.
    pub test: Option<Option<AttemptRow>>,
}

/// A row of the list of deliveries.
pub(super) struct DeliveryRow {
    pub id: String,
    pub what: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub created: Moment,
    /// The next attempt, while it waits.
    pub next: Option<Moment>,
    pub outcome: String,
}

impl DeliveryRow {
    fn of(delivery: Delivery, kinds: &[(i64, String)], now: Micros) -> Self {
        let kind = kinds.iter().find(|(seq, _)| *seq == delivery.seq);
        let what = match (delivery.seq, kind) {
            (0, _) => "A test".to_owned(),
            (seq, Some((_, kind))) => format!("{} (line {seq})", sentence(kind)),
            (seq, None) => format!("Line {seq}, which is no longer stored"),
        };
        Self {
            what,
            created: Moment::of(delivery.created_at, now),
            next: (delivery.state == DeliveryState::Waiting).then(|| Moment::of(delivery.due_at, now)),
            attempts: delivery.attempts,
            outcome: delivery.outcome.chars().take(300).collect(),
            state: delivery.state,
            id: delivery.delivery_id,
        }
    }
}

impl Found {
    pub(super) fn read(
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        id: &str,
        (only_dead, test): (bool, Option<&str>),
        now: Micros,
    ) -> Result<Option<Self>, Error> {
        let Some(webhook) = find(conn, workspace_id, id)? else { return Ok(None) };
        let counts = deliveries::tally(conn, workspace_id, std::slice::from_ref(&webhook.webhook_id))?;
        let list = if only_dead {
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            deliveries::list(
                conn,
                &DeliveryFilter { state: Some(DeliveryState::Dead), ..deliveries_of(&webhook) },
                most,
            )?
        } else {
            deliveries::newest(conn, workspace_id, &webhook.webhook_id, MOST)?
        };
        let seqs: Vec<i64> = list.iter().map(|delivery| delivery.seq).filter(|seq| *seq > 0).collect();
        let kinds = events::kinds(conn, workspace_id, &seqs)?;
        let id = webhook.webhook_id.as_str();
        let failing = attempts::failing(conn, std::slice::from_ref(&webhook.webhook_id))?;
        let hourly = counts::by_hour(conn, workspace_id, id, counts::hour_of(now) - HOURS + 1)?;
        let has_delivered = counts::delivered_to(conn, workspace_id)?.iter().any(|one| one == id);
        let row = |attempt| AttemptRow::of(attempt, now);
        Ok(Some(Self {
            condition: Condition::of(webhook.enabled, failing.first(), has_delivered, now),
            chart: chart(&hourly, now),
            test: match test {
                None => None,
                Some(test) => Some(attempts::of_delivery(conn, workspace_id, id, test)?.map(row)),
            },
            attempts: attempts::newest(conn, workspace_id, id, ATTEMPTS)?.into_iter().map(row).collect(),
            webhook,
            waiting: count(&counts, DeliveryState::Waiting),
            dead: count(&counts, DeliveryState::Dead),
            rows: list.into_iter().map(|delivery| DeliveryRow::of(delivery, &kinds, now)).collect(),
        }))
    }
}

/// The webhook with this id, if it is the workspace's.
pub(super) fn find(conn: &mut Conn, workspace_id: &WorkspaceId, id: &str) -> Result<Option<Webhook>, Error> {
    Ok(webhooks::find(conn, id)?.filter(|webhook| webhook.workspace_id == *workspace_id))
}

/// The condition for deliveries of this webhook.
pub(super) fn deliveries_of(webhook: &Webhook) -> DeliveryFilter<'_> {
    let (workspace_id, target_id) = (Some(&webhook.workspace_id), Some(webhook.webhook_id.as_str()));
    DeliveryFilter { workspace_id, target_id, ..DeliveryFilter::default() }
}

/// The number of deliveries in this state, of counts of one webhook.
pub(super) fn count(counts: &[(String, DeliveryState, i64)], wanted: DeliveryState) -> i64 {
    counts.iter().find(|(_, state, _)| *state == wanted).map_or(0, |(_, _, count)| *count)
}
