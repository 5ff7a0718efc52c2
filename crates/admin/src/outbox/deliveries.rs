//! Deliveries of the outbox: sends them again, and describes a delivery for operators.

use serde_json::{Value, json};
use vestibule_core::time::rfc3339;
use vestibule_store::{
    Error, Tx,
    outbox::deliveries::{self, Delivery, DeliveryFilter},
};

use crate::actor::Actor;

/// Sends deliveries again that were delivered or given up; returns how many.
pub fn replay(conn: &mut Tx<'_>, actor: &Actor, which: &DeliveryFilter<'_>) -> Result<usize, Error> {
    deliveries::replay(conn, which, actor.now)
}

/// A delivery, as operators read it.
pub fn describe(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.delivery_id,
        "workspace": delivery.workspace_id,
        "kind": delivery.kind,
        "receiver": delivery.target_id,
        "about": delivery.subject,
        "event": Some(delivery.seq).filter(|seq| *seq > 0),
        "state": delivery.state,
        "tries": delivery.attempts,
        "outcome": delivery.outcome,
        "due_at": Some(delivery.due_at).filter(|_| delivery.ended_at.is_none()).map(rfc3339),
        "created_at": rfc3339(delivery.created_at),
        "ended_at": delivery.ended_at.map(rfc3339),
    })
}
