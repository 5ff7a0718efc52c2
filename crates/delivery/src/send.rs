//! One attempt: builds the request, sends it through `web::outbound`, and stores the outcome. Neither the request nor the body of the
//! answer is logged or stored.

use http::StatusCode;
use vestibule_core::{sets::DeliveryKind, time::Micros};
use vestibule_store::{
    access::secrets,
    outbox::deliveries::{self, Claimed},
};
use vestibule_web::State;

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
}

impl Outcome {
    fn failure(reason: String, health: Health) -> Self {
        Self { accepted: false, retry: true, health, reason }
    }
}

/// Sends a delivery and stores the outcome. Returns the condition of the receiver.
pub(crate) async fn one(state: &State, claimed: &Claimed) -> Health {
    let outcome = attempt(state, claimed).await;
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
    let (delivery, attempt, reason) = (&claimed.delivery_id, claimed.attempts, &outcome.reason);
    match state_after {
        "delivered" => tracing::debug!(delivery, attempt, "delivery.delivered"),
        "failed" => tracing::info!(delivery, attempt, reason, "delivery.failed"),
        _ => tracing::warn!(delivery, attempt, reason, "delivery.dead"),
    }
    let (claimed, reason, accepted) = (claimed.clone(), outcome.reason, outcome.accepted);
    let written = state
        .write(move |conn| match accepted {
            true => deliveries::delivered(conn, &claimed, &reason, now),
            false => deliveries::failed(conn, &claimed, &reason, retry_at, now),
        })
        .await;
    // The delivery is due again when its lease ends: it may be sent twice, but is not lost.
    if let Err(error) = written {
        tracing::error!(%error, "delivery.not_written");
    }
    outcome.health
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
        Ok(answer) => judge(claimed.kind, answer.status()),
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
    Outcome { accepted, retry: true, health, reason: status.as_u16().to_string() }
}

/// A random number for the back-off; 0 when there is no randomness.
pub(crate) fn jitter() -> u8 {
    secrets::random::<1>().map(|[byte]| byte).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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
