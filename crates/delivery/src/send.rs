//! One try: makes the request anew, sends it through the one way out (`web::outbound`), and writes down what became of it.
//! Nothing of the request or of the answer's body is logged or kept.

use http::StatusCode;
use vestibule_core::time::Micros;
use vestibule_store::{
    Error,
    access::secrets,
    outbox::deliveries::{self, Claimed, LOGOUT},
};
use vestibule_web::{
    State,
    crypto::{seal::SealError, signing::SigningError},
};

use crate::{
    backoff::{self, REFUSED, UNWELL},
    logout,
    targets::Health,
    webhook,
};

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// And there will never be one.
    Never(&'static str),
    /// Not now.
    Now(String),
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Unsent::Now(error.to_string())
    }
}

impl From<SigningError> for Unsent {
    fn from(error: SigningError) -> Self {
        Unsent::Now(error.to_string())
    }
}

impl From<SealError> for Unsent {
    fn from(error: SealError) -> Self {
        Unsent::Now(error.to_string())
    }
}

impl From<josekit::JoseError> for Unsent {
    fn from(error: josekit::JoseError) -> Self {
        Unsent::Now(error.to_string())
    }
}

/// What a try met.
struct Met {
    taken: bool,
    again: bool,
    health: Health,
    words: String,
}

impl Met {
    fn not(words: String, health: Health) -> Self {
        Self { taken: false, again: true, health, words }
    }
}

/// Tries, and writes down what became of it; how the receiver was.
pub(crate) async fn one(state: &State, claimed: &Claimed) -> Health {
    let met = attempt(state, claimed).await;
    let now = state.now();
    let longest = if met.health == Health::Unwell { UNWELL } else { REFUSED };
    let give_up = Micros::from(state.config().delivery.give_up_hours) * 3600 * vestibule_core::time::SECOND;
    let again = (met.again && claimed.created_at + give_up > now)
        .then(|| now + backoff::wait(claimed.attempts, longest, chance()));
    let fate = match (met.taken, again) {
        (true, _) => "delivered",
        (false, Some(_)) => "failed",
        (false, None) => "dead",
    };
    state.metrics().delivery(if claimed.kind == LOGOUT { "logout" } else { "webhook" }, fate);
    let (delivery, attempt, words) = (&claimed.delivery_id, claimed.attempts, &met.words);
    match fate {
        "delivered" => tracing::debug!(delivery, attempt, "delivery.delivered"),
        "failed" => tracing::info!(delivery, attempt, reason = words, "delivery.failed"),
        _ => tracing::warn!(delivery, attempt, reason = words, "delivery.dead"),
    }
    let (claimed, words, taken) = (claimed.clone(), met.words, met.taken);
    let written = state
        .write(move |conn| match taken {
            true => deliveries::delivered(conn, &claimed, &words, now),
            false => deliveries::failed(conn, &claimed, &words, again, now),
        })
        .await;
    // It is due again when its lease is over: told twice rather than not.
    if let Err(error) = written {
        tracing::error!(%error, "delivery.not_written");
    }
    met.health
}

async fn attempt(state: &State, claimed: &Claimed) -> Met {
    let request = match claimed.kind.as_str() {
        LOGOUT => logout::request(state, claimed).await,
        _ => webhook::request(state, claimed).await,
    };
    let request = match request {
        Ok(request) => request,
        Err(Unsent::Never(why)) => {
            return Met { again: false, ..Met::not(why.to_owned(), Health::Unknown) };
        }
        Err(Unsent::Now(why)) => return Met::not(why, Health::Unknown),
    };
    match state.outbound().send(request).await {
        Ok(answer) => judge(&claimed.kind, answer.status()),
        Err(error) => Met::not(error.to_string(), Health::Unwell),
    }
}

/// OpenID Connect Back-Channel Logout 1.0 §2.8: 200, and 204 is taken for it; 400 says that the app could not. Standard
/// Webhooks: any 2xx.
fn judge(kind: &str, status: StatusCode) -> Met {
    let taken = match kind {
        LOGOUT => matches!(status, StatusCode::OK | StatusCode::NO_CONTENT),
        _ => status.is_success(),
    };
    let busy = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    let health = if busy { Health::Unwell } else { Health::Well };
    Met { taken, again: true, health, words: status.as_u16().to_string() }
}

/// A random number; without randomness, waits are simply whole.
pub(crate) fn chance() -> u8 {
    secrets::random::<1>().map(|[byte]| byte).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use vestibule_store::outbox::deliveries::WEBHOOK;

    use super::*;

    #[test]
    fn what_an_answer_means() {
        for (kind, status, taken, health) in [
            (LOGOUT, 200, true, Health::Well),
            (LOGOUT, 204, true, Health::Well),
            (LOGOUT, 202, false, Health::Well),
            (LOGOUT, 400, false, Health::Well),
            (LOGOUT, 404, false, Health::Well),
            (LOGOUT, 429, false, Health::Unwell),
            (LOGOUT, 500, false, Health::Unwell),
            (WEBHOOK, 202, true, Health::Well),
            (WEBHOOK, 299, true, Health::Well),
            (WEBHOOK, 410, false, Health::Well),
            (WEBHOOK, 408, false, Health::Unwell),
            (WEBHOOK, 503, false, Health::Unwell),
        ] {
            let met = judge(kind, StatusCode::from_u16(status).unwrap());
            assert_eq!((met.taken, met.health), (taken, health), "{kind} {status}");
            assert!(met.again);
        }
    }
}
