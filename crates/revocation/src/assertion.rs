//! The signed JWT of a Universal Logout request (okta-facts §1.3). Pure: no network, no clock.
//!
//! The checks, in order: form and header ([`Unverified::read`]), the signature by the keys of the connection that (iss, sub) names (by
//! the caller), times and audience ([`Unverified::check`]).

use std::sync::Arc;

use serde_json::{Map, Value, json};
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::Jws;
use vestibule_web::observe::inspect::redact;

/// `typ` of the token, compared without letter case as media types are.
const TYPE: &str = "global-token-revocation+jwt";
/// Tolerated clock difference, in seconds, beyond the five minutes that Okta puts into the token.
const SKEW: i64 = 60;
/// Longest token that is parsed, in bytes.
const LONGEST: usize = 16_384;
/// Longest lifetime of a token, in seconds.
const LONGEST_LIFETIME: i64 = 3600;

/// Why a token is refused. Each is a 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a JWT, or a claim is missing or has the wrong type.
    #[error("the token is no signed JWT: {0}")]
    Malformed(String),
    /// `typ` is wrong.
    #[error("typ must be global-token-revocation+jwt")]
    Type,
    /// `alg` is not supported.
    #[error("alg must be RS256 or ES256")]
    Algorithm,
    /// Expired.
    #[error("the token has expired; check the clocks")]
    Expired,
    /// Not valid yet.
    #[error("the token is not valid yet; check the clocks")]
    NotYet,
    /// Valid for too long.
    #[error("the token lives longer than an hour")]
    TooLong,
    /// For another audience.
    #[error("aud is {0}, and this endpoint is {1}")]
    Audience(String, String),
}

impl Refusal {
    /// Name in logs and metrics.
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

/// A parsed token whose signature is not verified yet.
#[derive(Debug, Clone)]
pub struct Unverified {
    /// `iss`
    pub issuer: String,
    /// `sub`, the client id of the app at the issuer.
    pub subject: String,
    /// `kid`, if present. The tokens in Okta's documentation have none.
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

type HeaderCheck = fn(&Jws) -> Result<(), Refusal>;

/// Name, citation and function of each check of the header, in order.
const HEADER_CHECKS: [(&str, &str, HeaderCheck); 3] = [
    ("crit", "RFC 7515 §4.1.11", check_critical),
    ("typ", "okta-facts §1.3; RFC 8725 §3.11", check_type),
    ("alg", "RFC 8725 §3.1", check_algorithm),
];

type ClaimCheck = fn(&Unverified, &str, i64) -> Result<(), Refusal>;

/// Name, citation and function of each check that follows the signature, in order. The functions get the URL of the endpoint and the
/// time in seconds.
const CLAIM_CHECKS: [(&str, &str, ClaimCheck); 4] = [
    ("exp", "RFC 7519 §4.1.4", |token, _, now| token.check_expiry(now)),
    ("nbf and iat", "RFC 7519 §4.1.5 and §4.1.6", |token, _, now| token.check_start(now)),
    ("lifetime", "limit of this server", |token, _, now| token.check_lifetime(now)),
    ("aud", "RFC 7519 §4.1.3; RFC 8725 §3.9", |token, endpoint, _| token.check_audience(endpoint)),
];

impl Unverified {
    /// Parses a compact JWT and checks its header and the form of its claims.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::Type`], [`Refusal::Algorithm`].
    pub fn read(compact: &str) -> Result<Self, Refusal> {
        let malformed = |reason: &str| Refusal::Malformed(reason.to_owned());
        let jws = Jws::read(compact, LONGEST).map_err(|error| Refusal::Malformed(error.to_string()))?;
        for (check, specification, function) in HEADER_CHECKS {
            function(&jws)
                .inspect_err(|_| tracing::debug!(check, specification, "revocation.check_failed"))?;
        }
        let claims = jws.claims();
        let required = |name, missing| text(claims, name).ok_or_else(|| malformed(missing));
        Ok(Self {
            issuer: required("iss", "iss is missing")?,
            subject: required("sub", "sub is missing")?,
            id: required("jti", "jti is missing")?,
            key_id: text(jws.header(), "kid"),
            audience: audience(claims.get("aud"))
                .ok_or_else(|| malformed("aud is missing or not a string"))?,
            expires: seconds(claims, "exp")?.ok_or_else(|| malformed("exp is missing"))?,
            not_before: seconds(claims, "nbf")?,
            issued: seconds(claims, "iat")?,
            jws: Arc::new(jws),
        })
    }

    /// Checks times and audience of a token whose signature is verified.
    ///
    /// # Errors
    /// [`Refusal::Expired`], [`Refusal::NotYet`], [`Refusal::TooLong`], [`Refusal::Audience`].
    pub fn check(&self, endpoint: &str, now: Micros) -> Result<(), Refusal> {
        for (check, specification, function) in CLAIM_CHECKS {
            function(self, endpoint, now / SECOND)
                .inspect_err(|_| tracing::debug!(check, specification, "revocation.check_failed"))?;
        }
        Ok(())
    }

    /// Claims of the token, for people.
    pub fn describe(&self) -> Value {
        redact::redacted(&json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience, "kid": self.key_id, "jti": self.id,
            "exp": self.expires, "iat": self.issued,
        }))
    }

    /// Until when the token must be remembered as used.
    pub fn remembered_until(&self) -> Micros {
        self.expires.saturating_add(SKEW).saturating_mul(SECOND)
    }

    fn check_expiry(&self, now: i64) -> Result<(), Refusal> {
        if self.expires.saturating_add(SKEW) <= now { Err(Refusal::Expired) } else { Ok(()) }
    }

    fn check_start(&self, now: i64) -> Result<(), Refusal> {
        let start = self.not_before.into_iter().chain(self.issued).max();
        if start.is_some_and(|start| start.saturating_sub(SKEW) > now) {
            return Err(Refusal::NotYet);
        }
        Ok(())
    }

    /// A token is remembered until it expires, so it may not be valid for long.
    fn check_lifetime(&self, now: i64) -> Result<(), Refusal> {
        if self.expires > now.saturating_add(LONGEST_LIFETIME) { Err(Refusal::TooLong) } else { Ok(()) }
    }

    /// One audience, the URL of this endpoint, compared without query and fragment.
    fn check_audience(&self, endpoint: &str) -> Result<(), Refusal> {
        match self.audience.as_slice() {
            [only] if only.split(['?', '#']).next() == Some(endpoint) => Ok(()),
            others => Err(Refusal::Audience(others.join(", "), endpoint.to_owned())),
        }
    }
}

fn check_critical(jws: &Jws) -> Result<(), Refusal> {
    jws.check_critical().map_err(|error| Refusal::Malformed(error.to_string()))
}

fn check_type(jws: &Jws) -> Result<(), Refusal> {
    let is_ours = text(jws.header(), "typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE));
    if is_ours { Ok(()) } else { Err(Refusal::Type) }
}

/// RS256 or ES256; never `none` or an algorithm with a shared secret.
fn check_algorithm(jws: &Jws) -> Result<(), Refusal> {
    jws.algorithm().map(drop).map_err(|_| Refusal::Algorithm)
}

/// A non-empty string without NUL.
pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && !text.contains('\0'))
        .map(str::to_owned)
}

/// An optional time claim, in seconds since 1970.
pub(crate) fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(date)) => match vestibule_jose::seconds(date) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(Refusal::Malformed("a time is out of range".to_owned())),
        },
        Some(_) => Err(Refusal::Malformed("a time is not a number".to_owned())),
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
