//! Builds compact JWTs by hand, so that a test can also get invalid ones: unsigned, signed with the wrong kind of key, with a false
//! header.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    JoseError,
    jwk::Jwk,
    jws::{ES256, HS256, JwsSigner, JwsVerifier, RS256},
};
use serde_json::{Map, Value};

use crate::{
    saml::{SamlKey, SignatureAlgorithm},
    support::keys::SigningKey,
};

/// How a JWT is signed. The caller sets `alg` in the header.
pub(crate) enum Seal<'a> {
    Rsa(&'a SigningKey),
    /// RS256 by the key of a SAML app.
    Saml(&'a SamlKey),
    /// HMAC with a shared secret, against verifiers that trust the header.
    Hmac(&'a str),
    Nothing,
}

impl Seal<'_> {
    /// The true name of the algorithm.
    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Seal::Rsa(_) | Seal::Saml(_) => "RS256",
            Seal::Hmac(_) => "HS256",
            Seal::Nothing => "none",
        }
    }
}

/// A signed JWT with header and claims in the given order. `before` has the texts to insert before the members of header and claims, such
/// as a member that is repeated later.
pub(crate) fn compact_with(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    before: (&str, &str),
    seal: &Seal<'_>,
) -> Result<String, JoseError> {
    let part = |map: &Map<String, Value>, before: &str| {
        URL_SAFE_NO_PAD.encode(Value::Object(map.clone()).to_string().replacen(
            '{',
            &format!("{{{before}"),
            1,
        ))
    };
    let message = format!("{}.{}", part(header, before.0), part(claims, before.1));
    let signature = match seal {
        Seal::Rsa(key) => key.sign(message.as_bytes())?,
        Seal::Saml(key) => key
            .sign(SignatureAlgorithm::RsaSha256, message.as_bytes())
            .map_err(|error| JoseError::InvalidSignature(error.into()))?,
        Seal::Hmac(secret) => HS256.signer_from_bytes(secret)?.sign(message.as_bytes())?,
        Seal::Nothing => Vec::new(),
    };
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// A member of an object, or null.
pub(crate) fn member<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// Whether this public key made the signature of a compact JWT: RS256 for an RSA key, ES256 for another.
pub(crate) fn verifies(jwt: &str, key: &Value) -> bool {
    let parts = jwt
        .rsplit_once('.')
        .and_then(|(signed, signature)| Some((signed, URL_SAFE_NO_PAD.decode(signature).ok()?)));
    let jwk = key.as_object().and_then(|key| Jwk::from_map(key.clone()).ok());
    let (Some((signed, signature)), Some(jwk)) = (parts, jwk) else { return false };
    let verifier: Option<Box<dyn JwsVerifier>> = match jwk.key_type() {
        "RSA" => RS256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
        _ => ES256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
    };
    verifier.is_some_and(|verifier| verifier.verify(signed.as_bytes(), &signature).is_ok())
}

/// Header and claims of a compact JWT, without verification. For tests and for `id_token_hint`.
pub fn read_unverified(jwt: &str) -> Option<(Value, Value)> {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header = serde_json::from_slice(&parts.next()??).ok()?;
    let claims = serde_json::from_slice(&parts.next()??).ok()?;
    Some((header, claims))
}
