//! Verification of ID tokens: one list of named checks, each with its citation. The report serves sign-in and test sign-in.
//!
//! Pure: no network, no clock. No key is taken from the token. Every check runs, whatever the others result in; a token that can't be
//! parsed fails without further checks.

mod binding;
mod report;
mod subject;
mod tenant;
mod token;

pub(crate) use report::{Check, Expected, Report, Verdict};
use report::{CheckResult, Signature};
pub(crate) use tenant::Tenant;
use vestibule_jose::{Jws as Token, KeySet, Malformed, SignatureError, verify};

/// Longest token that is parsed, in bytes: about the length of one with a thousand groups.
const LONGEST: usize = 128 * 1024;

type CheckFn = fn(&Token, &Signature, &Expected) -> CheckResult;

/// Name, citation and function of each check, in order. `form` and `members` run before these, because they parse the token.
const CHECKS: [(&str, &str, CheckFn); 18] = [
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
    ("tid", "Microsoft identity platform, ID token claims reference, tid", tenant::tid),
    ("hd", "Google, OpenID Connect, Validating an ID token, 5", tenant::hd),
    ("exp", "OpenID Connect Core §3.1.3.7, 9", binding::exp),
    ("iat", "OpenID Connect Core §3.1.3.7, 10", binding::iat),
    ("nbf", "RFC 7519 §4.1.5", binding::nbf),
    ("nonce", "OpenID Connect Core §3.1.3.7, 11", binding::nonce),
    ("at_hash", "OpenID Connect Core §3.1.3.8", binding::at_hash),
    ("c_hash", "OpenID Connect Core §3.3.2.11", binding::c_hash),
    ("auth_time", "OpenID Connect Core §3.1.3.7, 13 and §3.1.2.1", binding::auth_time),
    ("session_expiry", "OpenID Connect Enterprise Extensions; IPSIE SL1", binding::session_expiry),
];

/// Verifies a compact token with the published keys of its issuer.
pub(crate) fn verify_token(compact: &str, keys: &KeySet, expected: &Expected) -> Report {
    let parsed = Token::read(compact, LONGEST);
    let (form, members) = match &parsed {
        Ok(_) => (Verdict::Passed, Verdict::Passed),
        Err(error @ Malformed::Repeated(_)) => (Verdict::Passed, Verdict::Failed(error.to_string())),
        Err(error) => (Verdict::Failed(error.to_string()), Verdict::NotReached),
    };
    let signature = parsed.as_ref().map_or(Err(SignatureError::NoKey), |token| verify(token, keys));
    let mut checks = vec![
        Check { name: "form", cites: "RFC 7515 §7.1; RFC 7519 §7.2", verdict: form },
        Check { name: "members", cites: "RFC 7515 §4; RFC 7519 §4", verdict: members },
    ];
    for (name, cites, check) in CHECKS {
        let verdict = match parsed.as_ref().map(|token| check(token, &signature, expected)) {
            Ok(Ok(true)) => Verdict::Passed,
            Ok(Ok(false)) => Verdict::NotApplicable,
            Ok(Err(why)) => Verdict::Failed(why),
            Err(_) => Verdict::NotReached,
        };
        checks.push(Check { name, cites, verdict });
    }
    Report { checks, signature, unverified_claims: parsed.ok().map(Token::into_claims) }
}

#[cfg(test)]
mod tests;
