//! Parsing and checks that security event tokens and logout tokens share. Pure; the signature is verified elsewhere.

use std::sync::Arc;

use serde_json::{Map, Value};
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::Jws;

use crate::assertion;

/// Tolerated clock difference, in seconds.
const SKEW: i64 = 60;

/// Longest token that is parsed, in bytes.
const LONGEST: usize = 16_384;

/// The check that a token fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCheck {
    /// Name of the check in logs and events.
    pub check: &'static str,
    /// What is wrong.
    pub description: String,
}

impl FailedCheck {
    pub(crate) fn new(check: &'static str, description: impl Into<String>) -> Self {
        Self { check, description: description.into() }
    }
}

/// A parsed token whose signature is not verified.
#[derive(Debug, Clone)]
pub struct Signed {
    pub(crate) jws: Arc<Jws>,
}

impl Signed {
    /// Parses a compact JWT: three parts (RFC 7515 §7.1), no repeated member, no critical extension (§4.1.11), RS256 or ES256 and never
    /// `none` or HS* (RFC 8725 §3.1).
    pub fn read(compact: &str) -> Result<Self, FailedCheck> {
        let jws = Jws::read(compact, LONGEST)
            .map_err(|error| FailedCheck::new("malformed", format!("the token is no signed JWT: {error}")))?;
        jws.check_critical().map_err(|error| FailedCheck::new("malformed", error.to_string()))?;
        jws.algorithm().map_err(|error| FailedCheck::new("alg", error.to_string()))?;
        Ok(Self { jws: Arc::new(jws) })
    }

    /// Claims of the token.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.jws.claims()
    }

    /// `typ` in lower case and without `application/` (RFC 7515 §4.1.9); empty if missing.
    pub fn typ(&self) -> String {
        let typ = assertion::text(self.jws.header(), "typ").unwrap_or_default().to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ).to_owned()
    }

    /// Required string claim.
    pub fn required(&self, name: &'static str) -> Result<String, FailedCheck> {
        assertion::text(self.claims(), name)
            .ok_or_else(|| FailedCheck::new(name, format!("{name} is missing or not a string")))
    }

    /// Optional string claim.
    pub fn text(&self, name: &str) -> Option<String> {
        assertion::text(self.claims(), name)
    }

    /// Optional time claim, in seconds.
    pub fn time(&self, name: &'static str) -> Result<Option<i64>, FailedCheck> {
        assertion::seconds(self.claims(), name)
            .map_err(|_| FailedCheck::new(name, format!("{name} is not a time")))
    }

    /// `aud`, at least one.
    pub fn audience(&self) -> Result<Vec<String>, FailedCheck> {
        let audience = assertion::audience(self.claims().get("aud")).filter(|audience| !audience.is_empty());
        audience.ok_or_else(|| FailedCheck::new("aud", "aud is missing or not a string"))
    }

    /// Checks `iat`, which may be at most `oldest` seconds ago, and `nbf` and `exp` if present (RFC 7519 §4.1).
    pub fn check_times(&self, oldest: i64, now: Micros) -> Result<(), FailedCheck> {
        let now = now / SECOND;
        let issued = self.time("iat")?.ok_or_else(|| FailedCheck::new("iat", "iat is missing"))?;
        if issued.saturating_sub(SKEW) > now {
            return Err(FailedCheck::new("iat", "the token is from the future; check the clocks"));
        }
        if issued.saturating_add(oldest).saturating_add(SKEW) <= now {
            return Err(FailedCheck::new("iat", "the token is too old"));
        }
        if self.time("nbf")?.is_some_and(|begins| begins.saturating_sub(SKEW) > now) {
            return Err(FailedCheck::new("nbf", "the token is not valid yet; check the clocks"));
        }
        if self.time("exp")?.is_some_and(|ends| ends.saturating_add(SKEW) <= now) {
            return Err(FailedCheck::new("exp", "the token has expired; check the clocks"));
        }
        Ok(())
    }

    /// Until when its `jti` is remembered: as long as the token could be accepted.
    pub fn remembered_until(&self, oldest: i64, now: Micros) -> Micros {
        now.saturating_add(oldest.saturating_add(3 * SKEW).saturating_mul(SECOND))
    }
}
