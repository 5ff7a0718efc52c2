//! DPoP proofs as Okta requires them (RFC 9449, facts §5.8): at the token endpoint and at userinfo, always with a server nonce. A proof
//! is valid once.

use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::error;
use crate::{
    org::Org,
    support::jwt::{self, member},
};

/// What is wrong with a proof.
pub(super) enum Fault {
    /// The proof does not have this nonce.
    Nonce(String),
    /// Any other fault.
    Proof(&'static str),
}

impl Fault {
    pub fn at_token_endpoint(self) -> HttpResponse {
        match self {
            Fault::Nonce(nonce) => {
                let mut answer =
                    error(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.");
                if let Ok(nonce) = nonce.parse() {
                    answer
                        .headers_mut()
                        .insert(actix_web::http::header::HeaderName::from_static("dpop-nonce"), nonce);
                }
                answer
            }
            Fault::Proof(why) => error(400, "invalid_dpop_proof", why),
        }
    }
}

/// The thumbprint of the key of the request's proof (RFC 7638).
pub(super) fn verify(
    org: &mut Org,
    http: &HttpRequest,
    url: &str,
    token: Option<&str>,
) -> Result<String, Fault> {
    let mut proofs = http.headers().get_all("dpop");
    let (Some(proof), None) = (proofs.next(), proofs.next()) else {
        return Err(Fault::Proof("The DPoP proof JWT header is missing."));
    };
    let proof = proof.to_str().unwrap_or_default();
    let (header, claims) = jwt::read_unverified(proof).ok_or(Fault::Proof("The DPoP proof is no JWT."))?;
    let key = member(&header, "jwk");
    if member(&header, "typ") != "dpop+jwt" || member(&header, "alg") != "ES256" || key.get("d").is_some() {
        return Err(Fault::Proof("The DPoP proof's header is not right."));
    }
    if !jwt::verifies(proof, key) {
        return Err(Fault::Proof("The DPoP proof's signature is not its key's."));
    }
    let fresh = member(&claims, "iat").as_i64().is_some_and(|iat| iat.abs_diff(org.now()) <= 300);
    if member(&claims, "htm") != http.method().as_str() || member(&claims, "htu") != url || !fresh {
        return Err(Fault::Proof("The DPoP proof is for another request."));
    }
    let ath = token.map(|token| Value::String(URL_SAFE_NO_PAD.encode(Sha256::digest(token))));
    if claims.get("ath") != ath.as_ref() {
        return Err(Fault::Proof("The DPoP proof is for another token."));
    }
    if member(&claims, "nonce") != org.dpop_nonce.as_str() {
        return Err(Fault::Nonce(org.dpop_nonce.clone()));
    }
    let jti = member(&claims, "jti").as_str().ok_or(Fault::Proof("The DPoP proof has no jti."))?;
    if !org.proofs.insert(jti.to_owned()) {
        return Err(Fault::Proof("The DPoP proof was used before."));
    }
    let bare = json!({ "crv": member(key, "crv"), "kty": member(key, "kty"), "x": member(key, "x"), "y": member(key, "y") });
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(bare.to_string())))
}
