//! What runs beside requests: sweeping out what has expired, forgetting full buckets, writing down which
//! tokens were used.

use std::time::Duration;

use vestibule_store::{Error, idle, sweep};
use vestibule_web::{State, uses};

/// Every minute, for ever.
pub(crate) async fn sweep(state: State) {
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    for minute in 0_u64.. {
        minutes.tick().await;
        if minute % 60 == 1
            && let Err(error) = clear(&state).await
        {
            tracing::warn!(%error, "sweep.failed");
        }
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

/// What nothing hangs on any more: looked for every hour, because looking goes through all of it.
async fn clear(state: &State) -> Result<(), Error> {
    let now = state.now();
    let idle = state.read(move |conn| idle::find(conn, now)).await?;
    let rows = state.write(move |conn| idle::remove(conn, &idle)).await?;
    tracing::debug!(rows, "idle.removed");
    Ok(())
}
