//! Completes receipts of ended access after the commit: counts what ended, and signs. The process that committed does it; the worker
//! completes what a crash or a command left open.

use serde_json::{Map, Value, json};
use vestibule_core::time::{Micros, SECOND, rfc3339};
use vestibule_store::{
    Error,
    trail::receipts::{self, Name, Receipt},
};

use crate::{
    State,
    crypto::signing::{self, Algorithm, SigningError},
};

/// `typ` of a signed receipt (RFC 8725 §3.11).
pub const TYP: &str = "revocation-receipt+jwt";

/// How many receipts one transaction completes.
const BATCH: i64 = 200;

/// Counts an uncounted receipt, whose end took effect at `seen_at`.
pub async fn count_one(state: &State, name: Name, seen_at: Micros) -> Result<Receipt, Error> {
    let settled = count_all(state, vec![(name, seen_at)]).await?;
    settled.into_iter().next().ok_or(Error::NotFound)
}

/// Counts the uncounted receipts in one transaction. Deleted ones are skipped.
async fn count_all(state: &State, names: Vec<(Name, Micros)>) -> Result<Vec<Receipt>, Error> {
    let settled = state.write(move |conn| {
        let mut settled = Vec::with_capacity(names.len());
        for (name, seen_at) in names {
            match receipts::settle(conn, &name, seen_at) {
                Ok(one) => settled.push(one),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(settled)
    });
    let mut counted = Vec::new();
    for (receipt, first) in settled.await? {
        if first && let Some(in_force_at) = receipt.in_force_at {
            #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
            let seconds = (in_force_at - receipt.accepted_at) as f64 / SECOND as f64;
            state.metrics().ended(&receipt.reason, seconds);
            tracing::info!(receipt = receipt.receipt_id, reason = receipt.reason, seconds, "access.ended");
        }
        counted.push(receipt);
    }
    Ok(counted)
}

/// Counts and signs receipts: one unsealed key and two transactions for all of them.
pub async fn finish_all(state: &State, names: Vec<(Name, Micros)>) -> Result<(), SigningError> {
    let mut settled = count_all(state, names).await?;
    settled.retain(|receipt| receipt.jws.is_empty());
    if settled.is_empty() {
        return Ok(());
    }
    let all: Vec<_> = settled.iter().map(|receipt| claims(state, receipt)).collect();
    let signed = signing::sign_all(state, Algorithm::Es256, TYP, &all).await?;
    let kept = state.write(move |conn| {
        for (receipt, jws) in settled.into_iter().zip(signed) {
            receipts::sign(conn, &(receipt.workspace_id, receipt.receipt_id), &jws)?;
        }
        Ok::<_, Error>(())
    });
    Ok(kept.await?)
}

/// Completes the open receipts of ends before `until`; returns how many.
pub async fn finish_left(state: &State, until: Micros) -> Result<usize, SigningError> {
    let mut finished = 0;
    loop {
        let left = state.read(move |conn| receipts::unfinished(conn, until, BATCH)).await?;
        if left.is_empty() {
            return Ok(finished);
        }
        finished += left.len();
        let now = state.now();
        finish_all(state, left.into_iter().map(|name| (name, now)).collect()).await?;
    }
}

/// The signed claims: all members of the receipt, the issuer (`iss`), the user (`sub`), the time of signing.
fn claims(state: &State, receipt: &Receipt) -> Map<String, Value> {
    let mut claims = match to_json(receipt) {
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

/// A receipt as JSON, in the form of all interfaces.
pub fn to_json(receipt: &Receipt) -> Value {
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
