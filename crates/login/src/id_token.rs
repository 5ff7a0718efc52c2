//! The ID token, judged: one list of named checks, each with what it rests on, yielding a report that a sign-in and a test
//! sign-in share. Pure: no network, no clock. No key is ever taken from the token, and no check is left out because another
//! one passed; what can't be read is not looked at, and then nothing is believed.

mod binding;
mod report;
mod subject;
mod token;

pub(crate) use report::{Check, Expected, Report, Verdict};
use report::{Judgement, Signature};
use vestibule_jose::{Jws as Token, KeySet, Malformed, SignatureError, verify};

/// A token with a thousand groups is about this long, in bytes.
const LONGEST: usize = 128 * 1024;

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
