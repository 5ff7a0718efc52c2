//! What runs beside requests: sweeping out what has expired, forgetting full buckets.

use std::time::Duration;

use vestibule_store::{Error, SECOND, deliveries, sweep};
use vestibule_web::State;

/// Every minute, for ever.
pub(crate) async fn sweep(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        state.limits().forget();
        let now = state.now();
        let (delivered, dead) =
            (state.config().delivery.keep_delivered_days, state.config().delivery.keep_dead_days);
        let before = move |days: i64| now - days * 86_400 * SECOND;
        let swept = state.write(move |conn| {
            let gone = sweep::expired(conn, now)?;
            Ok::<_, Error>(gone + deliveries::sweep(conn, before(delivered), before(dead))?)
        });
        match swept.await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "sweep.done"),
            Err(error) => tracing::warn!(%error, "sweep.failed"),
        }
    }
}
