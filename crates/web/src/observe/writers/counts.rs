//! Writes the counts for charts.

use vestibule_store::{Error, trail::counts};

use crate::State;

/// Writes the collected counts; returns how many rows. After an error they are lost.
pub async fn write_down(state: &State) -> Result<usize, Error> {
    let taken = state.counts().take();
    let rows = taken.len();
    if rows > 0 {
        let region = state.config().region.name.clone();
        state.write(move |conn| counts::add(conn, taken, &region)).await?;
    }
    Ok(rows)
}
