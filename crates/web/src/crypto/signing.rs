//! Signs JWTs with the keys of the deployment and verifies them. There is a key for RS256 and one for ES256, made when first needed
//! and sealed in the database. Public keys are published at `/.well-known/jwks.json` before and after the time in which they sign
//! (`rotate`). A private key is never returned or logged, and is dropped after each signature.

mod make;
mod rotate;

use josekit::{
    jwk::Jwk,
    jws::{ES256, JwsHeader, JwsSigner, RS256, serialize_compact},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use vestibule_jose::{Jws, KeySet, verify};
use vestibule_store::{
    Error,
    oauth::keys::{self, SigningKey},
};

use crate::{State, crypto::seal::columns::signing_key_context};

pub use vestibule_jose::Algorithm;

pub use rotate::{begin, replace, rotate};

/// The longest token that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The key cannot be unsealed.
    #[error(transparent)]
    Seal(#[from] crate::crypto::seal::SealError),
    /// The key is invalid, or the signature could not be made.
    #[error("the signing key does not work: {0}")]
    Key(String),
}

impl From<josekit::JoseError> for SigningError {
    fn from(error: josekit::JoseError) -> Self {
        SigningError::Key(error.to_string())
    }
}

/// Signs claims as a compact JWT of this `typ`.
pub async fn sign(
    state: &State,
    algorithm: Algorithm,
    typ: &str,
    claims: &Map<String, Value>,
) -> Result<String, SigningError> {
    Ok(sign_all(state, algorithm, typ, std::slice::from_ref(claims)).await?.pop().unwrap_or_default())
}

/// Signs many sets of claims as compact JWTs of this `typ`. The key is unsealed once.
pub async fn sign_all(
    state: &State,
    algorithm: Algorithm,
    typ: &str,
    all: &[Map<String, Value>],
) -> Result<Vec<String>, SigningError> {
    let key = current(state, algorithm).await?;
    let opened = state.sealer().open(&signing_key_context(&key.key_id), &key.private_key)?;
    let jwk = Jwk::from_bytes(opened.expose_secret().as_bytes())?;
    let mut header = JwsHeader::new();
    header.set_token_type(typ);
    header.set_key_id(&key.key_id);
    let signer: Box<dyn JwsSigner> = match algorithm {
        Algorithm::Rs256 => Box::new(RS256.signer_from_jwk(&jwk)?),
        Algorithm::Es256 => Box::new(ES256.signer_from_jwk(&jwk)?),
    };
    let sign = |claims: &Map<String, Value>| {
        let payload = Value::Object(claims.clone()).to_string();
        Ok(serialize_compact(payload.as_bytes(), &header, signer.as_ref())?)
    };
    all.iter().map(sign).collect()
}

/// The claims of a compact JWT of this `typ` that a published key signed; `None` when none did. The caller checks the times.
pub async fn read(
    state: &State,
    typ: &str,
    compact: &str,
) -> Result<Option<Map<String, Value>>, SigningError> {
    let now = state.now();
    let keys = state.read(move |conn| keys::list(conn, now)).await?;
    Ok(verified(&keys, typ, compact)?)
}

/// The claims of a token that is signed by the key that its `kid` names. Checking `typ` keeps a token for one purpose from being used
/// for another (RFC 8725 §3.11).
///
/// # Errors
/// [`Error::Corrupt`] when the named key can't be read.
pub fn verified(keys: &[SigningKey], typ: &str, compact: &str) -> Result<Option<Map<String, Value>>, Error> {
    let Ok(jws) = Jws::read(compact, LONGEST) else { return Ok(None) };
    if jws.header().get("typ").and_then(Value::as_str) != Some(typ) {
        return Ok(None);
    }
    // Every token of this deployment names its key.
    let Ok(Some(key_id)) = jws.key_id() else { return Ok(None) };
    let Some(key) = keys.iter().find(|key| key.key_id == key_id) else { return Ok(None) };
    key.public_jwk()?;
    let is_verified = verify(&jws, &KeySet::of_key(key.public_jwk.as_str())).is_ok();
    Ok(is_verified.then(|| jws.into_claims()))
}

/// All published public keys, as JWKs: at least one per algorithm.
pub async fn published(state: &State) -> Result<Vec<Value>, SigningError> {
    for algorithm in Algorithm::ALL {
        current(state, algorithm).await?;
    }
    let now = state.now();
    let mut keys = state.read(move |conn| keys::list(conn, now)).await?;
    // A client that takes the first key gets one of the algorithm that every library supports.
    keys.sort_by_key(|key| key.algorithm != Algorithm::Rs256);
    Ok(keys.iter().map(|key| key.public_jwk().map(Value::Object)).collect::<Result<_, _>>()?)
}

async fn current(state: &State, algorithm: Algorithm) -> Result<SigningKey, SigningError> {
    let now = state.now();
    if let Some(key) = state.read(move |conn| keys::find(conn, algorithm, now)).await? {
        return Ok(key);
    }
    let of_job = state.clone();
    state.job(move |database| begin(database, of_job.sealer(), algorithm, now)).await
}
