//! Signs as the deployment: the key is made on first need, sealed in the database, its public half published at
//! `/.well-known/jwks.json`. A private key is never told, logged or kept beyond the signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{JwsHeader, JwsVerifier, RS256, serialize_compact},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use vestibule_store::{
    Micros,
    id::DEPLOYMENT,
    signing_keys::{self, SigningKey},
};

use crate::{State, seal::Sealer};

/// The algorithm of what Vestibule signs for identity providers: every one of them takes it.
const ALGORITHM: &str = "RS256";

/// What is longer is not read.
const LONGEST: usize = 16 * 1024;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] vestibule_store::Error),
    /// The key does not open.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealError),
    /// The key is none, or nothing could be made with it.
    #[error("the signing key does not work: {0}")]
    Key(String),
}

impl From<josekit::JoseError> for SigningError {
    fn from(error: josekit::JoseError) -> Self {
        SigningError::Key(error.to_string())
    }
}

/// Signs claims as a compact JWT of this `typ`.
///
/// # Errors
/// [`SigningError`].
pub async fn sign(state: &State, typ: &str, claims: &Map<String, Value>) -> Result<String, SigningError> {
    let key = current(state).await?;
    let opened = state.sealer().open(&context(&key.key_id), &key.private_key)?;
    let jwk = Jwk::from_bytes(opened.expose_secret().as_bytes())?;
    let mut header = JwsHeader::new();
    header.set_token_type(typ);
    header.set_key_id(&key.key_id);
    let payload = Value::Object(claims.clone()).to_string();
    Ok(serialize_compact(payload.as_bytes(), &header, &RS256.signer_from_jwk(&jwk)?)?)
}

/// The claims of a compact JWT of this `typ` that one of the published keys signed; `None`: it is not ours. Times are the
/// caller's to judge.
///
/// # Errors
/// [`SigningError`].
pub async fn read(
    state: &State,
    typ: &str,
    compact: &str,
) -> Result<Option<Map<String, Value>>, SigningError> {
    let Some((signed, signature)) = compact.rsplit_once('.').filter(|_| compact.len() <= LONGEST) else {
        return Ok(None);
    };
    let Some((header, claims)) = signed.split_once('.') else { return Ok(None) };
    let object = |part: &str| -> Option<Map<String, Value>> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let (Some(header), Some(claims), Ok(signature)) =
        (object(header), object(claims), URL_SAFE_NO_PAD.decode(signature))
    else {
        return Ok(None);
    };
    let says = |name: &str| header.get(name).and_then(Value::as_str);
    if says("alg") != Some(ALGORITHM) || says("typ") != Some(typ) || header.contains_key("crit") {
        return Ok(None);
    }
    for key in published(state).await? {
        if key.get("kid").and_then(Value::as_str) == says("kid")
            && let Value::Object(key) = key
        {
            let verifier = RS256.verifier_from_jwk(&Jwk::from_map(key)?)?;
            return Ok(verifier.verify(signed.as_bytes(), &signature).is_ok().then_some(claims));
        }
    }
    Ok(None)
}

/// The public halves of every published key; there is at least one.
///
/// # Errors
/// [`SigningError`].
pub async fn published(state: &State) -> Result<Vec<Value>, SigningError> {
    current(state).await?;
    let now = state.now();
    let keys = state.read(move |conn| signing_keys::list(conn, now)).await?;
    Ok(keys.iter().filter_map(|key| serde_json::from_str(&key.public_jwk).ok()).collect())
}

async fn current(state: &State) -> Result<SigningKey, SigningError> {
    let now = state.now();
    if let Some(key) = state.read(move |conn| signing_keys::find(conn, ALGORITHM, now)).await? {
        return Ok(key);
    }
    let of_job = state.clone();
    // Made before the transaction: it takes a while.
    state
        .job(move |database| {
            let key = make(of_job.sealer(), now)?;
            Ok::<_, SigningError>(database.write(|conn| signing_keys::begin(conn, key, now))?)
        })
        .await
}

fn make(sealer: &Sealer, now: Micros) -> Result<SigningKey, SigningError> {
    let jwk = Jwk::generate_rsa_key(2048)?;
    let key_id = vestibule_store::secret::digest(&vestibule_store::secret::nonce()?);
    let mut public = Map::new();
    for (name, value) in [("kty", "RSA"), ("use", "sig"), ("alg", ALGORITHM), ("kid", &key_id)] {
        public.insert(name.to_owned(), value.into());
    }
    for name in ["n", "e"] {
        let value =
            jwk.parameter(name).cloned().ok_or_else(|| SigningError::Key(format!("{name} is missing")))?;
        public.insert(name.to_owned(), value);
    }
    Ok(SigningKey {
        workspace_id: DEPLOYMENT.to_owned(),
        private_key: sealer.seal(&context(&key_id), &jwk.to_string())?,
        public_jwk: Value::Object(public).to_string(),
        key_id,
        algorithm: ALGORITHM.to_owned(),
        created_at: now,
        signs_from: now,
        signs_until: None,
    })
}

fn context(key_id: &str) -> String {
    format!("{DEPLOYMENT} signing key {key_id}")
}
