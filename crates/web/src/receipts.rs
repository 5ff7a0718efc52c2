//! Receipts of ended access, finished after the commit: counted, signed, and told in one shape everywhere. Whoever saw the commit
//! does it; what a crash or a command left, the next who looks.

use serde_json::{Map, Value, json};
use vestibule_store::{
    Error, Micros, SECOND,
    receipts::{self, Name, Receipt},
};

use crate::{
    State,
    signing::{self, Algorithm, SigningError},
    time::rfc3339,
};

/// `typ` of a signed receipt (RFC 8725 §3.11).
pub const TYP: &str = "revocation-receipt+jwt";

/// How many are finished in one go.
const BATCH: i64 = 200;

/// Counts a receipt, if nobody did, whose end was seen in force at `seen_at`.
///
/// # Errors
/// The database's.
pub async fn settle(state: &State, name: Name, seen_at: Micros) -> Result<Receipt, Error> {
    let (receipt, first) = state.write(move |conn| receipts::settle(conn, &name, seen_at)).await?;
    if first && let Some(in_force_at) = receipt.in_force_at {
        #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
        let seconds = (in_force_at - receipt.accepted_at) as f64 / SECOND as f64;
        state.metrics().ended(&receipt.reason, seconds);
        tracing::info!(receipt = receipt.receipt_id, reason = receipt.reason, seconds, "access.ended");
    }
    Ok(receipt)
}

/// The same, and signs it.
///
/// # Errors
/// [`SigningError`].
pub async fn finish(state: &State, name: Name, seen_at: Micros) -> Result<(), SigningError> {
    let receipt = settle(state, name.clone(), seen_at).await?;
    if receipt.jws.is_empty() {
        let jws = signing::sign(state, Algorithm::Es256, TYP, &claims(state, &receipt)).await?;
        state.write(move |conn| receipts::sign(conn, &name, &jws)).await?;
    }
    Ok(())
}

/// Finishes what acted before `until` and nobody finished; how many.
///
/// # Errors
/// [`SigningError`].
pub async fn finish_left(state: &State, until: Micros) -> Result<usize, SigningError> {
    let mut finished = 0;
    loop {
        let left = state.read(move |conn| receipts::unfinished(conn, until, BATCH)).await?;
        if left.is_empty() {
            return Ok(finished);
        }
        finished += left.len();
        for name in left {
            finish(state, name, state.now()).await?;
        }
    }
}

/// What is signed: all that is told, by whom (`iss`), about whom (`sub`), when it was signed.
fn claims(state: &State, receipt: &Receipt) -> Map<String, Value> {
    let mut claims = match told(receipt) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    claims.shift_remove("receipt");
    claims.shift_remove("id");
    for (name, value) in [
        ("iss", json!(state.config().region.api_url)),
        ("sub", json!(receipt.user_id)),
        ("jti", json!(receipt.receipt_id)),
        ("iat", json!(state.now() / SECOND)),
        ("workspace", json!(receipt.workspace_id)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    claims
}

/// A receipt as everybody reads it.
pub fn told(receipt: &Receipt) -> Value {
    json!({
        "id": receipt.receipt_id,
        "user_id": receipt.user_id,
        "user_name": receipt.user_name,
        "reason": receipt.reason,
        "actor": receipt.actor,
        "request_id": receipt.request_id,
        "epoch": receipt.epoch,
        "accepted_at": rfc3339(receipt.accepted_at),
        "in_force_at": receipt.in_force_at.map(rfc3339),
        "ended": receipt.ended(),
        "receipt": Some(&receipt.jws).filter(|jws| !jws.is_empty()),
    })
}
