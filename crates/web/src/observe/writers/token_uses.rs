//! Writes when tokens were last used.

use vestibule_store::{Error, access::tokens};

use crate::State;

/// Writes the collected uses; returns how many. After an error they are lost.
pub async fn write_down(state: &State) -> Result<usize, Error> {
    let taken = state.uses().take();
    if taken.is_empty() {
        return Ok(0);
    }
    let count = taken.len();
    state.write(move |conn| tokens::note_uses(conn, &taken)).await?;
    Ok(count)
}
