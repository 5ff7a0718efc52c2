//! Writes the sightings.

use vestibule_store::{Error, providers::sightings};

use crate::State;

/// Writes the collected sightings; returns how many rows. After an error they are lost.
pub async fn write_down(state: &State) -> Result<usize, Error> {
    let mut taken = state.sightings().take();
    let rows = taken.len();
    if rows > 0 {
        state.write(move |conn| sightings::add(conn, &mut taken)).await?;
    }
    Ok(rows)
}
