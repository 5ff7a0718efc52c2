//! The signed JWT that Okta sends (okta-facts §1.3), read and judged. Pure: no network, no clock.
//!
//! The checks, in order: three parts; `typ`; `alg` from a list, never `none` or HS*; the claims' shapes; then, once the
//! connection is known and its keys are here, the signature; exp, nbf, iat; aud. Who is meant by (iss, sub) is the shell's.

use josekit::{
    jwk::Jwk,
    jws::{ES256, JwsVerifier, RS256},
};
use serde_json::{Map, Value, json};
use vestibule_store::{Micros, SECOND};
use vestibule_web::inspect::redact;

/// `typ` of Okta's token; media types compare without regard to letter case.
const TYPE: &str = "global-token-revocation+jwt";
/// Okta allows five minutes each way in the token itself; this much more for clocks.
const SKEW: i64 = 60;
/// No honest token lives longer; what lives longer can't be remembered as used.
const LONGEST_LIFE: i64 = 3600;

/// Why a token opens nothing. Each is a 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a JWT, or not one of Okta's shape.
    #[error("the token is no signed JWT: {0}")]
    Malformed(&'static str),
    /// `typ` is wrong.
    #[error("typ must be global-token-revocation+jwt")]
    Type,
    /// `alg` is not one we take.
    #[error("alg must be RS256 or ES256")]
    Algorithm,
    /// No key of the connection's issuer made this signature.
    #[error("no published key of the issuer fits the signature")]
    Signature,
    /// Expired.
    #[error("the token has expired; check the clocks")]
    Expired,
    /// Not valid yet.
    #[error("the token is not valid yet; check the clocks")]
    NotYet,
    /// Lives too long.
    #[error("the token lives longer than an hour")]
    TooLong,
    /// Meant for somebody else.
    #[error("aud is {0}, and this endpoint is {1}")]
    Audience(String, String),
}

impl Refusal {
    /// As logs and metrics name it.
    pub fn name(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed_token",
            Refusal::Type => "typ",
            Refusal::Algorithm => "alg",
            Refusal::Signature => "signature",
            Refusal::Expired => "expired",
            Refusal::NotYet => "not_yet_valid",
            Refusal::TooLong => "lives_too_long",
            Refusal::Audience(..) => "audience",
        }
    }
}

/// A token read but not yet believed.
#[derive(Debug, Clone)]
pub struct Unverified {
    /// Who signed, it says.
    pub issuer: String,
    /// The app's client id at the issuer, it says.
    pub subject: String,
    /// Which key, if it says. Okta's documentation shows none.
    pub key_id: Option<String>,
    /// `jti`
    pub id: String,
    algorithm: Algorithm,
    audience: Vec<String>,
    expires: i64,
    not_before: Option<i64>,
    issued: Option<i64>,
    compact: String,
}

/// What may have made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    /// The one a header names, from the list of those we take.
    pub(crate) fn of(header: &Map<String, Value>) -> Option<Self> {
        match text(header, "alg").as_deref() {
            Some("RS256") => Some(Self::Rs256),
            Some("ES256") => Some(Self::Es256),
            _ => None,
        }
    }

    /// The algorithm is the token's, from the list, and the key's type must be that algorithm's.
    fn verifier(self, key: &Map<String, Value>) -> Option<Box<dyn JwsVerifier>> {
        if text(key, "use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let key = Jwk::from_map(key.clone()).ok()?;
        match self {
            Self::Rs256 => RS256.verifier_from_jwk(&key).ok().map(|verifier| Box::new(verifier) as _),
            Self::Es256 => ES256.verifier_from_jwk(&key).ok().map(|verifier| Box::new(verifier) as _),
        }
    }
}

impl Unverified {
    /// Reads a compact JWT without believing it.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::Type`], [`Refusal::Algorithm`].
    pub fn read(compact: &str) -> Result<Self, Refusal> {
        if compact.len() > 16_384 {
            return Err(Refusal::Malformed("it is longer than 16 KiB"));
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::Malformed("it does not have three parts"));
        };
        let header = object(header).ok_or(Refusal::Malformed("its header is no JSON object"))?;
        let claims = object(claims).ok_or(Refusal::Malformed("its claims are no JSON object"))?;
        // RFC 7515 §4.1.11: what must be understood and isn't.
        if header.contains_key("crit") {
            return Err(Refusal::Malformed("it has critical extensions"));
        }
        if !text(&header, "typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(Refusal::Type);
        }
        let algorithm = Algorithm::of(&header).ok_or(Refusal::Algorithm)?;
        let need = |name, missing| text(&claims, name).ok_or(Refusal::Malformed(missing));
        Ok(Self {
            issuer: need("iss", "iss is missing")?,
            subject: need("sub", "sub is missing")?,
            id: need("jti", "jti is missing")?,
            key_id: text(&header, "kid"),
            algorithm,
            audience: audience(claims.get("aud")).ok_or(Refusal::Malformed("aud is missing or no text"))?,
            expires: seconds(&claims, "exp")?.ok_or(Refusal::Malformed("exp is missing"))?,
            not_before: seconds(&claims, "nbf")?,
            issued: seconds(&claims, "iat")?,
            compact: compact.to_owned(),
        })
    }

    /// What it says, for people: nothing of it opens anything.
    pub fn told(&self) -> Value {
        redact::shown(&json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience, "kid": self.key_id, "jti": self.id,
            "exp": self.expires, "iat": self.issued,
        }))
    }

    /// Checks the signature with the issuer's published keys: the one `kid` names, else every fitting one.
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn check_signature(&self, keys: &[Map<String, Value>]) -> Result<(), Refusal> {
        let fits = signature_fits(&self.compact, self.key_id.as_deref(), self.algorithm, keys);
        if fits { Ok(()) } else { Err(Refusal::Signature) }
    }

    /// Checks exp, nbf and iat, with a minute for clocks.
    ///
    /// # Errors
    /// [`Refusal::Expired`], [`Refusal::NotYet`], [`Refusal::TooLong`].
    pub fn check_times(&self, now: Micros) -> Result<(), Refusal> {
        let now = now / SECOND;
        if self.expires.saturating_add(SKEW) <= now {
            return Err(Refusal::Expired);
        }
        let begins = self.not_before.into_iter().chain(self.issued).max();
        if begins.is_some_and(|begins| begins.saturating_sub(SKEW) > now) {
            return Err(Refusal::NotYet);
        }
        if self.expires > now.saturating_add(LONGEST_LIFE) {
            return Err(Refusal::TooLong);
        }
        Ok(())
    }

    /// Checks that the token is meant for this endpoint: one audience, compared without query and fragment.
    ///
    /// # Errors
    /// [`Refusal::Audience`].
    pub fn check_audience(&self, endpoint: &str) -> Result<(), Refusal> {
        match self.audience.as_slice() {
            [only] if only.split(['?', '#']).next() == Some(endpoint) => Ok(()),
            others => Err(Refusal::Audience(others.join(", "), endpoint.to_owned())),
        }
    }

    /// Until when the token must be remembered as used.
    pub fn remembered_until(&self) -> Micros {
        self.expires.saturating_add(SKEW).saturating_mul(SECOND)
    }
}

/// Whether one of the keys made the signature: the one `kid` names, else every fitting one.
pub(crate) fn signature_fits(
    compact: &str,
    key_id: Option<&str>,
    algorithm: Algorithm,
    keys: &[Map<String, Value>],
) -> bool {
    let Some((signed, signature)) = compact.rsplit_once('.') else { return false };
    let Some(signature) = base64(signature) else { return false };
    keys.iter()
        .filter(|key| key_id.is_none() || text(key, "kid").as_deref() == key_id)
        .filter_map(|key| algorithm.verifier(key))
        .any(|verifier| verifier.verify(signed.as_bytes(), &signature).is_ok())
}

fn base64(part: &str) -> Option<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(part).ok()
}

pub(crate) fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(part)?).ok()
}

pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && !text.contains('\0'))
        .map(str::to_owned)
}

/// RFC 7519 §2: NumericDate may have a fraction.
pub(crate) fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "`as` saturates, which is what a far future should do"
            )]
            let whole = number.as_i64().or_else(|| number.as_f64().map(|fraction| fraction as i64));
            whole.map(Some).ok_or(Refusal::Malformed("a time is out of range"))
        }
        Some(_) => Err(Refusal::Malformed("a time is no number")),
    }
}

pub(crate) fn audience(claim: Option<&Value>) -> Option<Vec<String>> {
    match claim? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => many.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
