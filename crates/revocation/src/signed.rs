//! A JWT that somebody else signed, read but not believed: what security event tokens and logout tokens have in common. Pure.

use std::sync::Arc;

use serde_json::{Map, Value};
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::Jws;

use crate::assertion;

/// By how much clocks may differ, in seconds.
const SKEW: i64 = 60;

/// The longest a token may be, in bytes.
const LONGEST: usize = 16_384;

/// Why a token opens nothing: the check that it fails, as logs and events name it, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The check.
    pub check: &'static str,
    /// What is wrong.
    pub sentence: String,
}

impl Flaw {
    pub(crate) fn new(check: &'static str, sentence: impl Into<String>) -> Self {
        Self { check, sentence: sentence.into() }
    }
}

/// The token.
#[derive(Debug, Clone)]
pub struct Signed {
    pub(crate) jws: Arc<Jws>,
}

impl Signed {
    /// Reads a compact JWT: three parts of JSON (RFC 7515 §7.1), no member twice, nothing critical (§4.1.11), an algorithm of ours,
    /// never `none` or HS* (RFC 8725 §3.1).
    ///
    /// # Errors
    /// The check that it fails.
    pub fn read(compact: &str) -> Result<Self, Flaw> {
        let jws = Jws::read(compact, LONGEST)
            .map_err(|error| Flaw::new("malformed", format!("the token is no signed JWT: {error}")))?;
        jws.check_critical().map_err(|error| Flaw::new("malformed", error.to_string()))?;
        jws.algorithm().map_err(|error| Flaw::new("alg", error.to_string()))?;
        Ok(Self { jws: Arc::new(jws) })
    }

    /// The claims.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.jws.claims()
    }

    /// `typ`, in small letters and without `application/` (RFC 7515 §4.1.9); empty when there is none.
    pub fn typ(&self) -> String {
        let typ = assertion::text(self.jws.header(), "typ").unwrap_or_default().to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ).to_owned()
    }

    /// A claim that must be a text.
    ///
    /// # Errors
    /// The check of its name.
    pub fn need(&self, name: &'static str) -> Result<String, Flaw> {
        assertion::text(self.claims(), name)
            .ok_or_else(|| Flaw::new(name, format!("{name} is missing or no text")))
    }

    /// A claim that is a text, if it is there.
    pub fn text(&self, name: &str) -> Option<String> {
        assertion::text(self.claims(), name)
    }

    /// A claim that is a moment, in seconds, if it is there.
    ///
    /// # Errors
    /// The check of its name.
    pub fn moment(&self, name: &'static str) -> Result<Option<i64>, Flaw> {
        assertion::seconds(self.claims(), name).map_err(|_| Flaw::new(name, format!("{name} is no moment")))
    }

    /// The audiences.
    ///
    /// # Errors
    /// The check `aud`.
    pub fn audience(&self) -> Result<Vec<String>, Flaw> {
        let audience = assertion::audience(self.claims().get("aud")).filter(|audience| !audience.is_empty());
        audience.ok_or_else(|| Flaw::new("aud", "aud is missing or no text"))
    }

    /// Checks that it was issued by now and not too long ago, and that it has not expired, if it says when (RFC 7519 §4.1).
    ///
    /// # Errors
    /// The check `iat` or `exp`.
    pub fn check_times(&self, oldest: i64, now: Micros) -> Result<(), Flaw> {
        let now = now / SECOND;
        let issued = self.moment("iat")?.ok_or_else(|| Flaw::new("iat", "iat is missing"))?;
        if issued.saturating_sub(SKEW) > now {
            return Err(Flaw::new("iat", "the token is from the future; check the clocks"));
        }
        if issued.saturating_add(oldest).saturating_add(SKEW) <= now {
            return Err(Flaw::new("iat", "the token is too old"));
        }
        if self.moment("nbf")?.is_some_and(|begins| begins.saturating_sub(SKEW) > now) {
            return Err(Flaw::new("nbf", "the token is not valid yet; check the clocks"));
        }
        if self.moment("exp")?.is_some_and(|ends| ends.saturating_add(SKEW) <= now) {
            return Err(Flaw::new("exp", "the token has expired; check the clocks"));
        }
        Ok(())
    }

    /// Until when its `jti` is remembered: as long as it could be taken.
    pub fn remembered_until(&self, oldest: i64, now: Micros) -> Micros {
        now.saturating_add(oldest.saturating_add(3 * SKEW).saturating_mul(SECOND))
    }
}
