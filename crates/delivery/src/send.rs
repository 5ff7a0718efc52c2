//! One attempt: builds the request, sends it through `web::outbound`, and stores the outcome. The request is neither logged nor stored; of
//! a webhook's answer to a failed attempt or a test, the beginning is stored for its administrators.

use std::time::Instant;

use http::StatusCode;
use vestibule_core::{
    sets::{CountKind, DeliveryKind},
    time::Micros,
};
use vestibule_store::{
    Error,
    access::secrets,
    outbox::{
        attempts::{self, Attempt},
        deliveries::{self, Claimed},
    },
};
use vestibule_web::{State, observe::inspect::redact::scrubbed};

use crate::{
    backoff::{self, REFUSED, UNWELL},
    logout,
    targets::Health,
    unsent::Unsent,
    webhook,
};

/// Result of an attempt.
struct Outcome {
    accepted: bool,
    /// Whether another attempt makes sense.
    retry: bool,
    health: Health,
    /// Status code of the answer, or why there is none.
    reason: String,
    /// How the answer began.
    body: String,
}

/// How much of an answer is stored, in characters.
const BODY: usize = 300;

impl Outcome {
    fn failure(reason: String, health: Health) -> Self {
        Self { accepted: false, retry: true, health, reason, body: String::new() }
    }
}

/// Sends a delivery and stores the outcome. Returns the condition of the receiver.
pub(crate) async fn one(state: &State, claimed: &Claimed) -> Health {
    let began = Instant::now();
    let outcome = attempt(state, claimed).await;
    let micros = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
    let now = state.now();
    let longest = if outcome.health == Health::Unwell { UNWELL } else { REFUSED };
    let give_up = Micros::from(state.config().delivery.give_up_hours) * 3600 * vestibule_core::time::SECOND;
    let retry_at = (outcome.retry && claimed.created_at + give_up > now)
        .then(|| now + backoff::wait(claimed.attempts, longest, jitter()));
    let state_after = match (outcome.accepted, retry_at) {
        (true, _) => "delivered",
        (false, Some(_)) => "failed",
        (false, None) => "dead",
    };
    state.metrics().delivery(claimed.kind, state_after);
    if claimed.kind == DeliveryKind::Webhook {
        let kind = if outcome.accepted { CountKind::WebhookDelivered } else { CountKind::WebhookFailed };
        state.counts().note_of(&claimed.workspace_id, kind, &claimed.target_id, now);
    }
    let (delivery, attempt, reason) = (&claimed.delivery_id, claimed.attempts, &outcome.reason);
    match state_after {
        "delivered" => tracing::debug!(delivery, attempt, "delivery.delivered"),
        "failed" => tracing::info!(delivery, attempt, reason, "delivery.failed"),
        _ => tracing::warn!(delivery, attempt, reason, "delivery.dead"),
    }
    let (claimed, reason, accepted) = (claimed.clone(), outcome.reason, outcome.accepted);
    let (health, body) = (outcome.health, outcome.body);
    let written = state
        .write(move |conn| {
            match accepted {
                true => deliveries::delivered(conn, &claimed, &reason, now)?,
                false => deliveries::failed(conn, &claimed, &reason, retry_at, now)?,
            }
            if claimed.kind != DeliveryKind::Webhook {
                return Ok(());
            }
            match accepted {
                true => attempts::succeeded(conn, &claimed.target_id)?,
                false => attempts::failed(conn, &claimed.target_id, &reason, now)?,
            }
            let is_test = claimed.seq == 0;
            if is_test || !accepted {
                let attempt = Attempt::new(&claimed, accepted, &reason, micros, body, now);
                attempts::record(conn, &attempt)?;
            }
            Ok::<_, Error>(())
        })
        .await;
    // The delivery is due again when its lease ends: it may be sent twice, but is not lost.
    if let Err(error) = written {
        tracing::error!(%error, "delivery.not_written");
    }
    health
}

async fn attempt(state: &State, claimed: &Claimed) -> Outcome {
    let request = match claimed.kind {
        DeliveryKind::Logout => logout::request(state, claimed).await,
        DeliveryKind::Webhook => webhook::request(state, claimed).await,
    };
    let request = match request {
        Ok(request) => request,
        Err(Unsent::Never(why)) => {
            return Outcome { retry: false, ..Outcome::failure(why.to_owned(), Health::Unknown) };
        }
        Err(Unsent::Now(cause)) => return Outcome::failure(cause.to_string(), Health::Unknown),
    };
    match state.outbound().send(request).await {
        Ok(answer) => {
            let body = beginning(answer.body());
            Outcome { body, ..judge(claimed.kind, answer.status()) }
        }
        Err(error) => Outcome::failure(error.to_string(), Health::Unwell),
    }
}

/// Judges a status. OpenID Connect Back-Channel Logout 1.0 §2.8: 200 means success, and 204 is accepted too; 400 means failure.
/// Standard Webhooks: any 2xx means success.
fn judge(kind: DeliveryKind, status: StatusCode) -> Outcome {
    let accepted = match kind {
        DeliveryKind::Logout => matches!(status, StatusCode::OK | StatusCode::NO_CONTENT),
        DeliveryKind::Webhook => status.is_success(),
    };
    let busy = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    let health = if busy { Health::Unwell } else { Health::Well };
    Outcome { accepted, retry: true, health, reason: status.as_u16().to_string(), body: String::new() }
}

/// The beginning of an answer as text, without control characters and anything that looks like a secret.
fn beginning(body: &[u8]) -> String {
    let start = body.get(..body.len().min(BODY * 4)).unwrap_or_default();
    let text: String = String::from_utf8_lossy(start).chars().take(BODY).collect();
    scrubbed(&text)
}

/// A random number for the back-off; 0 when there is no randomness.
pub(crate) fn jitter() -> u8 {
    secrets::random::<1>().map(|[byte]| byte).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_its_beginning_is_stored() {
        assert_eq!(beginning(b"no\r\nroom\xff"), "no  room\u{fffd}");
        assert_eq!(beginning("\u{e9}".repeat(5_000).as_bytes()).chars().count(), BODY);
        assert_eq!(beginning(b""), "");
    }

    #[test]
    fn the_status_decides() {
        for (kind, status, accepted, health) in [
            (DeliveryKind::Logout, 200, true, Health::Well),
            (DeliveryKind::Logout, 204, true, Health::Well),
            (DeliveryKind::Logout, 202, false, Health::Well),
            (DeliveryKind::Logout, 400, false, Health::Well),
            (DeliveryKind::Logout, 404, false, Health::Well),
            (DeliveryKind::Logout, 429, false, Health::Unwell),
            (DeliveryKind::Logout, 500, false, Health::Unwell),
            (DeliveryKind::Webhook, 202, true, Health::Well),
            (DeliveryKind::Webhook, 299, true, Health::Well),
            (DeliveryKind::Webhook, 410, false, Health::Well),
            (DeliveryKind::Webhook, 408, false, Health::Unwell),
            (DeliveryKind::Webhook, 503, false, Health::Unwell),
        ] {
            let outcome = judge(kind, StatusCode::from_u16(status).unwrap());
            assert_eq!((outcome.accepted, outcome.health), (accepted, health), "{kind} {status}");
            assert!(outcome.retry);
        }
    }
}
