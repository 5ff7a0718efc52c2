//! Rotation of signing keys: on schedule, with the next key published before it signs; or at once, when a key has leaked. Run by the
//! worker and by hand, on any number of nodes: the store lets one of them make the key.

use vestibule_core::time::Micros;
use vestibule_store::{
    Database,
    oauth::keys::{self, Due, PUBLISHED_BEFORE, SigningKey, due},
};

use super::{Algorithm, SigningError, make};
use crate::crypto::seal::Sealer;

/// Makes the first key of an algorithm, unless another node was quicker. Returns the key that signs.
pub fn begin(
    database: &Database,
    sealer: &Sealer,
    algorithm: Algorithm,
    now: Micros,
) -> Result<SigningKey, SigningError> {
    // Made before the transaction, because it takes long.
    let key = make::key(sealer, algorithm, now, now)?;
    Ok(database.write(|conn| keys::begin(conn, key, now))?)
}

/// Makes the next key of an algorithm if it is due, where each key signs for `every` microseconds. The first key is made on demand
/// ([`begin`]). Returns whether a key was made.
pub fn rotate(
    database: &Database,
    sealer: &Sealer,
    algorithm: Algorithm,
    every: Micros,
    now: Micros,
) -> Result<bool, SigningError> {
    let keys = database.read(|conn| keys::list(conn, now))?;
    if due(&keys, algorithm, now, every) != Due::Next {
        return Ok(false);
    }
    let next = make::key(sealer, algorithm, now + PUBLISHED_BEFORE, now)?;
    let made = database.write(|conn| keys::succeed(conn, &next, every, now))?;
    if made {
        tracing::info!(key = next.key_id, algorithm = %next.algorithm, "signing_key.published");
    }
    Ok(made)
}

/// Replaces all keys of an algorithm by a new one at once. Everything that they signed becomes invalid. Returns how many there were.
pub fn replace(
    database: &Database,
    sealer: &Sealer,
    algorithm: Algorithm,
    now: Micros,
) -> Result<usize, SigningError> {
    let key = make::key(sealer, algorithm, now, now)?;
    let gone = database.write(|conn| keys::replace(conn, &key))?;
    tracing::warn!(key = key.key_id, algorithm = %key.algorithm, gone, "signing_key.replaced");
    Ok(gone)
}
