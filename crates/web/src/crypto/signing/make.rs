//! Makes a signing key. The private key leaves this file only sealed.

use josekit::jwk::{Jwk, alg::ec::EcCurve};
use serde_json::Map;
use vestibule_core::{ids::DEPLOYMENT, time::Micros};
use vestibule_store::{access::secrets, db::json::Json, oauth::keys::SigningKey};

use super::{Algorithm, SigningError};
use crate::crypto::seal::{Sealer, columns::signing_key_context};

/// Makes a key that signs from the given time on. RSA takes hundreds of milliseconds: never call it inside a transaction.
pub(super) fn key(
    sealer: &Sealer,
    algorithm: Algorithm,
    signs_from: Micros,
    now: Micros,
) -> Result<SigningKey, SigningError> {
    // RFC 7518 §6.2.1, §6.3.1: the public members.
    let (jwk, kind, parts) = match algorithm {
        Algorithm::Rs256 => (Jwk::generate_rsa_key(2048)?, "RSA", &["n", "e"][..]),
        Algorithm::Es256 => (Jwk::generate_ec_key(EcCurve::P256)?, "EC", &["crv", "x", "y"][..]),
    };
    let key_id = secrets::digest(&secrets::nonce()?);
    let mut public = Map::new();
    for (name, value) in [("kty", kind), ("use", "sig"), ("alg", algorithm.as_str()), ("kid", &key_id)] {
        public.insert(name.to_owned(), value.into());
    }
    for name in parts {
        let value =
            jwk.parameter(name).cloned().ok_or_else(|| SigningError::Key(format!("{name} is missing")))?;
        public.insert((*name).to_owned(), value);
    }
    Ok(SigningKey {
        workspace_id: DEPLOYMENT.clone(),
        private_key: sealer.seal(&signing_key_context(&key_id), &jwk.to_string())?,
        public_jwk: Json::new(public),
        key_id,
        algorithm,
        created_at: now,
        signs_from,
        signs_until: None,
    })
}
