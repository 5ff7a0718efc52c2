//! The signed JWT that Okta sends (okta-facts §1.3), read and judged. Pure: no network, no clock.
//!
//! The checks, in order: three parts; `typ`; `alg` from a list, never `none` or HS*; the claims' shapes; then, once the
//! connection is known and its keys are here, the signature; exp, nbf, iat; aud. Who is meant by (iss, sub) is the shell's.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::Jws;
use vestibule_web::observe::inspect::redact;

/// `typ` of Okta's token; media types compare without regard to letter case.
const TYPE: &str = "global-token-revocation+jwt";
/// Okta allows five minutes each way in the token itself; this much more for clocks.
const SKEW: i64 = 60;
/// The longest token that is read, in bytes.
const LONGEST: usize = 16_384;
/// No honest token lives longer; what lives longer can't be remembered as used.
const LONGEST_LIFE: i64 = 3600;

/// Why a token opens nothing. Each is a 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a JWT, or not one of Okta's shape.
    #[error("the token is no signed JWT: {0}")]
    Malformed(String),
    /// `typ` is wrong.
    #[error("typ must be global-token-revocation+jwt")]
    Type,
    /// `alg` is not one we take.
    #[error("alg must be RS256 or ES256")]
    Algorithm,
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
    /// The token, for [`vestibule_jose::verify`].
    pub jws: Arc<Jws>,
    audience: Vec<String>,
    expires: i64,
    not_before: Option<i64>,
    issued: Option<i64>,
}

impl Unverified {
    /// Reads a compact JWT without believing it.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::Type`], [`Refusal::Algorithm`].
    pub fn read(compact: &str) -> Result<Self, Refusal> {
        let malformed = |sentence: &str| Refusal::Malformed(sentence.to_owned());
        let jws = Jws::read(compact, LONGEST).map_err(|error| Refusal::Malformed(error.to_string()))?;
        jws.check_critical().map_err(|error| Refusal::Malformed(error.to_string()))?;
        if !text(jws.header(), "typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(Refusal::Type);
        }
        jws.algorithm().map_err(|_| Refusal::Algorithm)?;
        let claims = jws.claims();
        let need = |name, missing| text(claims, name).ok_or_else(|| malformed(missing));
        Ok(Self {
            issuer: need("iss", "iss is missing")?,
            subject: need("sub", "sub is missing")?,
            id: need("jti", "jti is missing")?,
            key_id: text(jws.header(), "kid"),
            audience: audience(claims.get("aud")).ok_or_else(|| malformed("aud is missing or no text"))?,
            expires: seconds(claims, "exp")?.ok_or_else(|| malformed("exp is missing"))?,
            not_before: seconds(claims, "nbf")?,
            issued: seconds(claims, "iat")?,
            jws: Arc::new(jws),
        })
    }

    /// What it says, for people: nothing of it opens anything.
    pub fn told(&self) -> Value {
        redact::redacted(&json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience, "kid": self.key_id, "jti": self.id,
            "exp": self.expires, "iat": self.issued,
        }))
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
            whole.map(Some).ok_or_else(|| Refusal::Malformed("a time is out of range".to_owned()))
        }
        Some(_) => Err(Refusal::Malformed("a time is no number".to_owned())),
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
