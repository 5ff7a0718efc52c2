//! Completes receipts of ended access after the commit: counts what ended, and signs. The process that committed does it; the worker
//! completes what a crash or a command left open.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};
use vestibule_core::time::{Micros, SECOND, rfc3339};
use vestibule_store::{
    Error, Tx,
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
    let (receipt, first) = state.write(move |conn| receipts::record_in_force(conn, &name, seen_at)).await?;
    if first {
        report(state, &receipt);
    }
    Ok(receipt)
}

/// Counts and signs receipts: one read, one unsealed key and one transaction for all of them. Deleted and corrupt ones are skipped.
/// Returns how many it signed.
pub async fn finish_all(state: &State, names: Vec<(Name, Micros)>) -> Result<usize, SigningError> {
    let of_job = names.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let open = state.read(move |conn| receipts::unsigned(conn, &of_job)).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let seen_at: HashMap<Name, Micros> = names.into_iter().collect();
    let (mut signed, mut all) = (Vec::with_capacity(open.len()), Vec::with_capacity(open.len()));
    for mut receipt in open {
        let before = receipt.in_force_at;
        let name = (receipt.workspace_id.clone(), receipt.receipt_id.clone());
        let seen_at = seen_at.get(&name).copied().unwrap_or(receipt.acted_at);
        receipt.in_force_at = before.or(Some(receipt.in_force_from(seen_at)));
        // One that is corrupt must not keep the others unsigned.
        match claims(state, &receipt) {
            Ok(claims) => all.push(claims),
            Err(error) => {
                tracing::error!(%error, "receipts.row_corrupt");
                continue;
            }
        }
        signed.push((receipt, before));
    }
    let count = signed.len();
    let texts = signing::sign_all(state, Algorithm::Es256, TYP, &all).await?;
    for ((receipt, _), jws) in signed.iter_mut().zip(texts) {
        receipt.jws = jws;
    }
    let job = move |conn: &mut Tx<'_>| {
        let saved: HashSet<String> = receipts::complete(conn, &signed)?.into_iter().collect();
        signed.retain(|(receipt, before)| before.is_none() && saved.contains(&receipt.receipt_id));
        Ok::<_, Error>(signed)
    };
    for (receipt, _) in state.write(job).await? {
        report(state, &receipt);
    }
    Ok(count)
}

/// Reports how long an end of access took, for metrics and the log.
fn report(state: &State, receipt: &Receipt) {
    let Some(in_force_at) = receipt.in_force_at else { return };
    #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
    let seconds = (in_force_at - receipt.accepted_at) as f64 / SECOND as f64;
    state.metrics().ended(receipt.reason, seconds);
    tracing::info!(receipt = receipt.receipt_id, reason = receipt.reason.as_str(), seconds, "access.ended");
}

/// Completes the open receipts of ends before `until`; returns how many.
pub async fn finish_left(state: &State, until: Micros) -> Result<usize, SigningError> {
    let mut finished = 0;
    loop {
        let left = state.read(move |conn| receipts::unfinished(conn, until, BATCH)).await?;
        let now = state.now();
        // Receipts that can't be signed are left for the next run; otherwise this loop would not end.
        match finish_all(state, left.into_iter().map(|name| (name, now)).collect()).await? {
            0 => return Ok(finished),
            count => finished += count,
        }
    }
}

/// The signed claims: all members of the receipt, the issuer (`iss`), the user (`sub`), the time of signing.
fn claims(state: &State, receipt: &Receipt) -> Result<Map<String, Value>, Error> {
    let mut claims = match to_json(receipt)? {
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
    Ok(claims)
}

/// A receipt as JSON, in the form of all interfaces.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn to_json(receipt: &Receipt) -> Result<Value, Error> {
    Ok(json!({
        "id": receipt.receipt_id,
        "user_id": receipt.user_id,
        "user_name": receipt.user_name,
        "reason": receipt.reason,
        "actor": receipt.actor,
        "request_id": receipt.request_id,
        "epoch": receipt.epoch,
        "accepted_at": rfc3339(receipt.accepted_at),
        "in_force_at": receipt.in_force_at.map(rfc3339),
        "ended": receipt.ended()?,
        "receipt": Some(&receipt.jws).filter(|jws| !jws.is_empty()),
    }))
}
