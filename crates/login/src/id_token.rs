//! The ID token, judged: one list of named checks, each with what it rests on, yielding a report that a sign-in and a test
//! sign-in share. Pure: no network, no clock. No key is ever taken from the token, and no check is left out because another
//! one passed; what can't be read is not looked at, and then nothing is believed.

mod binding;
mod subject;
mod token;

use serde_json::{Map, Value};
use vestibule_jose::{Jws as Token, KeySet, Malformed, SignatureError, verify};

/// How far the provider's clock may be from ours, in seconds.
pub(crate) const SKEW: i64 = 60;

/// A token with a thousand groups is about this long, in bytes.
const LONGEST: usize = 128 * 1024;

/// What the token must match. Times are seconds since 1970.
pub(crate) struct Expected {
    /// The connection's issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// The trip's nonce.
    pub nonce: String,
    /// The access token that came with it.
    pub access_token: String,
    /// The code it was exchanged for.
    pub code: String,
    /// When the trip began.
    pub asked_at: i64,
    /// The `max_age` that was asked for.
    pub max_age: Option<i64>,
    /// The service's clock.
    pub now: i64,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// The token has nothing of it, and need not.
    NotApplicable,
    /// Not looked at: the token can't be read.
    NotReached,
    Failed(String),
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What is checked, in a word: as events and logs name it.
    pub name: &'static str,
    /// What the check rests on.
    pub cites: &'static str,
    pub verdict: Verdict,
}

/// Every check, in order.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub checks: Vec<Check>,
    /// How many keys were tried, or why the signature is not believed.
    pub signature: Signature,
    /// What the token says: to be believed only when nothing failed.
    pub said: Option<Map<String, Value>>,
}

impl Report {
    /// The first check that failed, and why.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(why) => Some((check.name, why.as_str())),
            _ => None,
        })
    }

    /// The claims, if every check passed.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        self.said.as_ref().filter(|_| !self.checks.is_empty() && self.failure().is_none())
    }

    /// Whether a key of the issuer has signed it, whatever else is wrong with it.
    pub fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.name == "signature" && check.verdict == Verdict::Passed)
    }

    /// Whether other keys might change the verdict: the provider may have rotated them.
    pub fn lacks_key(&self) -> bool {
        self.failure().is_some_and(|(name, _)| name == "signature")
    }
}

/// `Ok(true)`: passed. `Ok(false)`: the token has nothing of it, and need not.
type Judgement = Result<bool, String>;
/// What [`verify`] came to.
type Signature = Result<usize, SignatureError>;
type Judge = fn(&Token, &Signature, &Expected) -> Judgement;

/// The list. `form` and `members` come before: they are what makes the token readable.
const CHECKS: [(&str, &str, Judge); 16] = [
    ("typ", "RFC 8725 §3.11", |token, _, _| token::typ(token)),
    ("alg", "OpenID Connect Core §3.1.3.7, 7; RFC 8725 §3.1", |token, _, _| token::alg(token)),
    ("crit", "RFC 7515 §4.1.11", |token, _, _| token::crit(token)),
    ("signature", "OpenID Connect Core §3.1.3.7, 6; RFC 7515 §5.2", |_, signature, _| {
        signature.map(|_| true).map_err(|error| error.to_string())
    }),
    ("iss", "OpenID Connect Core §3.1.3.7, 2", subject::iss),
    ("aud", "OpenID Connect Core §2 and §3.1.3.7, 3", subject::aud),
    ("azp", "OpenID Connect Core §3.1.3.7, 4 and 5", subject::azp),
    ("sub", "OpenID Connect Core §2", |token, _, _| subject::sub(token)),
    ("exp", "OpenID Connect Core §3.1.3.7, 9", binding::exp),
    ("iat", "OpenID Connect Core §3.1.3.7, 10", binding::iat),
    ("nbf", "RFC 7519 §4.1.5", binding::nbf),
    ("nonce", "OpenID Connect Core §3.1.3.7, 11", binding::nonce),
    ("at_hash", "OpenID Connect Core §3.1.3.8", binding::at_hash),
    ("c_hash", "OpenID Connect Core §3.3.2.11", binding::c_hash),
    ("auth_time", "OpenID Connect Core §3.1.3.7, 13 and §3.1.2.1", binding::auth_time),
    ("session_expiry", "OpenID Connect Enterprise Extensions; IPSIE SL1", binding::session_expiry),
];

/// Judges a token as it came, by the keys that its issuer publishes.
pub(crate) fn judge(compact: &str, keys: &KeySet, expected: &Expected) -> Report {
    let first = |name, cites, verdict| Check { name, cites, verdict };
    let (form, members) = ("RFC 7515 §7.1; RFC 7519 §7.2", "RFC 7515 §4; RFC 7519 §4");
    let read = Token::read(compact, LONGEST);
    let (form_is, members_is) = match &read {
        Ok(_) => (Verdict::Passed, Verdict::Passed),
        Err(error @ Malformed::Repeated(_)) => (Verdict::Passed, Verdict::Failed(error.to_string())),
        Err(error) => (Verdict::Failed(error.to_string()), Verdict::NotReached),
    };
    let signature = read.as_ref().map_or(Err(SignatureError::NoKey), |token| verify(token, keys));
    let mut checks = vec![first("form", form, form_is), first("members", members, members_is)];
    for (name, cites, judge) in CHECKS {
        let verdict = match read.as_ref().map(|token| judge(token, &signature, expected)) {
            Ok(Ok(true)) => Verdict::Passed,
            Ok(Ok(false)) => Verdict::NotApplicable,
            Ok(Err(why)) => Verdict::Failed(why),
            Err(_) => Verdict::NotReached,
        };
        checks.push(Check { name, cites, verdict });
    }
    Report { checks, signature, said: read.ok().map(Token::into_claims) }
}

#[cfg(test)]
mod tests;
