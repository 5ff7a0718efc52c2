//! Compact JWTs put together by hand, so that a test can also ask for the ones no library would make:
//! unsigned, signed with the wrong kind of key, with a header that lies.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    JoseError,
    jws::{HS256, JwsSigner},
};
use serde_json::{Map, Value};

use crate::keys::SigningKey;

/// What the signature is made with; the header's `alg` is left to the caller.
pub(crate) enum Seal<'a> {
    Rsa(&'a SigningKey),
    /// HMAC with a shared secret: the classic confusion of a verifier that trusts the header.
    Hmac(&'a str),
    Nothing,
}

impl Seal<'_> {
    /// The honest name of the algorithm.
    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Seal::Rsa(_) => "RS256",
            Seal::Hmac(_) => "HS256",
            Seal::Nothing => "none",
        }
    }
}

/// Header and claims in the order they were given, sealed.
pub(crate) fn compact(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    seal: &Seal<'_>,
) -> Result<String, JoseError> {
    let part = |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map.clone()).to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = match seal {
        Seal::Rsa(key) => key.sign(message.as_bytes())?,
        Seal::Hmac(secret) => HS256.signer_from_bytes(secret)?.sign(message.as_bytes())?,
        Seal::Nothing => Vec::new(),
    };
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Header and claims of a compact JWT, its signature not looked at. For tests and for `id_token_hint`.
pub fn read_unverified(jwt: &str) -> Option<(Value, Value)> {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header = serde_json::from_slice(&parts.next()??).ok()?;
    let claims = serde_json::from_slice(&parts.next()??).ok()?;
    Some((header, claims))
}
