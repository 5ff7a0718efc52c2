//! Verifies JWTs that Vestibule signed: access tokens and logout tokens.

use std::time::{Duration, Instant};

use actix_web::rt::time::timeout;
use futures_util::lock::Mutex;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::de::DeserializeOwned;

type Error = Box<dyn std::error::Error>;

/// How long a key set is kept. A new key is published a day before it signs.
const KEEP: Duration = Duration::from_secs(3600);
/// An unknown key is asked for at most once in this time, whatever strangers send.
const COOLDOWN: Duration = Duration::from_secs(10);

pub struct Tokens {
    http: reqwest::Client,
    issuer: String,
    jwks_uri: String,
    keys: Mutex<Option<(Instant, JwkSet)>>,
}

impl Tokens {
    pub fn new(http: reqwest::Client, issuer: String, jwks_uri: String) -> Self {
        Self { http, issuer, jwks_uri, keys: Mutex::new(None) }
    }

    /// The claims of a token of this type for this audience.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        token: &str,
        typ: &str,
        audience: &str,
        leeway: u64,
    ) -> Result<T, Error> {
        let header = decode_header(token)?;
        // RFC 8725 §3.11: one kind of token is not taken for another. RFC 7515 §4.1.11: no extension is known here.
        if header.typ.as_deref() != Some(typ) || header.crit.is_some() {
            return Err(format!("the token is no {typ}").into());
        }
        let key = self.key(header.kid.as_deref().unwrap_or_default()).await?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.leeway = leeway;
        rules.validate_nbf = true;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        Ok(decode(token, &key, &rules)?.claims)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, Error> {
        let mut kept = self.keys.lock().await;
        let usable = kept.as_ref().is_some_and(|(at, keys)| {
            at.elapsed() < COOLDOWN || (at.elapsed() < KEEP && keys.find(kid).is_some())
        });
        if !usable {
            let request = self.http.get(&self.jwks_uri).send();
            let answer = timeout(Duration::from_secs(5), request).await??.error_for_status()?;
            *kept = Some((Instant::now(), answer.json().await?));
        }
        let jwk = kept.as_ref().and_then(|(_, keys)| keys.find(kid)).ok_or("no such key")?;
        Ok(DecodingKey::from_jwk(jwk)?)
    }
}
