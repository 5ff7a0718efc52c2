//! New keys for old ones: in time, published before they sign; or at once, when one has leaked. Run by the worker and by hand,
//! on as many nodes as there are: the store lets one of them do it.

use vestibule_core::time::Micros;
use vestibule_store::{
    Database,
    oauth::keys::{self, Due, PUBLISHED_BEFORE, SigningKey, due},
};

use super::{Algorithm, SigningError, make};
use crate::crypto::seal::Sealer;

/// The key of an algorithm that has none, unless another node is quicker: the one that signs.
///
/// # Errors
/// [`SigningError`].
pub fn begin(
    database: &Database,
    sealer: &Sealer,
    algorithm: Algorithm,
    now: Micros,
) -> Result<SigningKey, SigningError> {
    // Made before the transaction: it takes a while.
    let key = make::key(sealer, algorithm, now, now)?;
    Ok(database.write(|conn| keys::begin(conn, key, now))?)
}

/// Makes the next key of an algorithm, if it is due when a key signs for `every` microseconds. A first key is made by who
/// needs it ([`begin`]). Whether one was made.
///
/// # Errors
/// [`SigningError`].
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

/// Puts a new key in the place of every key of an algorithm, at once: what they signed counts for nothing from now on. How many
/// there were.
///
/// # Errors
/// [`SigningError`].
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
