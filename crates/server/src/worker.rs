//! What runs beside requests: sweeping out what has expired, forgetting full buckets, writing down which
//! tokens were used.

use std::time::Duration;

use vestibule_store::sweep;
use vestibule_web::{State, uses};

/// Every minute, for ever.
pub(crate) async fn sweep(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        state.limits().forget();
        if let Err(error) = uses::write_down(&state).await {
            tracing::warn!(%error, "uses.not_written");
        }
        let now = state.now();
        match state.write(move |conn| sweep::expired(conn, now)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "sweep.done"),
            Err(error) => tracing::warn!(%error, "sweep.failed"),
        }
    }
}
