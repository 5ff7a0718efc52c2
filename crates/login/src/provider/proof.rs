//! Proofs of possession (DPoP, RFC 9449): a new key for each login, and a proof for each request. A request is repeated at most once
//! with the nonce that the provider demands.

use std::sync::{Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsHeader, alg::ecdsa::EcdsaJwsSigner, serialize_compact},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use vestibule_core::time::SECOND;
use vestibule_store::access::secrets;
use vestibule_web::{State, outbound::client::OutboundError};

use super::types::ProviderError;

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Key of one login, and the provider's latest nonce.
pub(super) struct Prover {
    signer: EcdsaJwsSigner,
    public: Map<String, Value>,
    nonce: Mutex<Option<String>>,
}

impl Prover {
    pub fn new() -> Result<Self, ProviderError> {
        let internal = |error: josekit::JoseError| ProviderError::Internal(error.to_string());
        let jwk = Jwk::generate_ec_key(EcCurve::P256).map_err(internal)?;
        let signer = ES256.signer_from_jwk(&jwk).map_err(internal)?;
        let public = ["kty", "crv", "x", "y"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), jwk.parameter(name)?.clone())))
            .collect();
        Ok(Self { signer, public, nonce: Mutex::new(None) })
    }

    /// Sends a request with its proof; repeats it once with the nonce that the provider demands (§8 and §9).
    pub async fn send(
        &self,
        state: &State,
        request: Request<Vec<u8>>,
        access_token: Option<&str>,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let answer = self.send_once(state, &request, access_token).await?;
        let nonce = answer.headers().get(&NONCE).and_then(|nonce| nonce.to_str().ok()).map(str::to_owned);
        let Some(nonce) = nonce else { return Ok(answer) };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce);
        if wants_nonce(&answer) { self.send_once(state, &request, access_token).await } else { Ok(answer) }
    }

    async fn send_once(
        &self,
        state: &State,
        request: &Request<Vec<u8>>,
        access_token: Option<&str>,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let failed = |error: String| OutboundError::Failed("a proof of possession".to_owned(), error);
        let proof = self.proof(request, access_token, state.now() / SECOND).map_err(failed)?;
        let mut request = request.clone();
        let proof = HeaderValue::from_str(&proof).map_err(|error| failed(error.to_string()))?;
        request.headers_mut().insert(PROOF, proof);
        state.outbound().send(request).await
    }

    /// Signs the proof for a request (§4.2).
    fn proof(
        &self,
        request: &Request<Vec<u8>>,
        access_token: Option<&str>,
        now: i64,
    ) -> Result<String, String> {
        let mut header = JwsHeader::new();
        header.set_token_type("dpop+jwt");
        header
            .set_claim("jwk", Some(Value::Object(self.public.clone())))
            .map_err(|error| error.to_string())?;
        let uri = request.uri().to_string();
        let uri = uri.split(['?', '#']).next().unwrap_or_default();
        let mut claims = Map::new();
        claims.insert("jti".to_owned(), secrets::nonce().map_err(|error| error.to_string())?.into());
        claims.insert("htm".to_owned(), request.method().as_str().into());
        claims.insert("htu".to_owned(), uri.into());
        claims.insert("iat".to_owned(), now.into());
        if let Some(token) = access_token {
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
            claims.insert("ath".to_owned(), digest.into());
        }
        if let Some(nonce) = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        let payload = Value::Object(claims).to_string();
        serialize_compact(payload.as_bytes(), &header, &self.signer).map_err(|error| error.to_string())
    }
}

/// Whether the response demands a nonce: the token endpoint in its JSON (§8), a resource server in its challenge (§9).
fn wants_nonce(answer: &Response<Vec<u8>>) -> bool {
    const USE_NONCE: &str = "use_dpop_nonce";
    match answer.status() {
        StatusCode::BAD_REQUEST => {
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            body.get("error").and_then(Value::as_str) == Some(USE_NONCE)
        }
        StatusCode::UNAUTHORIZED => {
            let challenges = answer.headers().get_all(http::header::WWW_AUTHENTICATE);
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            challenges.iter().any(|one| one.to_str().is_ok_and(|text| text.contains(USE_NONCE)))
                || body.get("error").and_then(Value::as_str) == Some(USE_NONCE)
        }
        _ => false,
    }
}
