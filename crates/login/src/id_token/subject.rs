//! Checks of issuer, audience and subject: `iss`, `aud`, `azp`, `sub`.

use serde_json::Value;
use vestibule_jose::Jws as Token;

use super::{
    report::{CheckResult, Expected, Signature},
    token::clip,
};

/// Compared exactly, including letter case and a trailing slash.
pub(super) fn iss(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match token.claims().get("iss") {
        Some(Value::String(iss)) if *iss == expected.issuer => Ok(true),
        Some(iss) => Err(format!("iss is {}, and the connection's issuer is {}", clip(iss), expected.issuer)),
        None => Err("iss is missing".to_owned()),
    }
}

/// The client id alone, as a string or an array of one (OpenID Connect Core §2). Another audience is allowed only if the client trusts it
/// (§3.1.3.7, 3), and a connection trusts none.
pub(super) fn aud(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    let ours = |aud: &Value| aud.as_str() == Some(expected.client_id.as_str());
    match token.claims().get("aud") {
        Some(Value::Array(all)) => match all.as_slice() {
            [only] if ours(only) => Ok(true),
            [] | [_] => Err("aud does not contain the Client ID".to_owned()),
            several if several.iter().any(ours) => {
                Err("aud has other audiences besides the Client ID, and this connection trusts none"
                    .to_owned())
            }
            _ => Err("aud does not contain the Client ID".to_owned()),
        },
        Some(aud) if ours(aud) => Ok(true),
        Some(Value::String(_)) => Err("aud is another app's Client ID".to_owned()),
        Some(_) => Err("aud is neither a string nor an array of strings".to_owned()),
        None => Err("aud is missing".to_owned()),
    }
}

pub(super) fn azp(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match token.claims().get("azp") {
        None => Ok(false),
        Some(Value::String(azp)) if *azp == expected.client_id => Ok(true),
        Some(_) => Err("azp is not our Client ID".to_owned()),
    }
}

/// At most 255 bytes, without control characters: PostgreSQL stores no NUL.
pub(super) fn sub(token: &Token) -> CheckResult {
    match token.claims().get("sub") {
        Some(Value::String(sub))
            if (1..=255).contains(&sub.len()) && !sub.chars().any(|letter| letter.is_control()) =>
        {
            Ok(true)
        }
        Some(_) => Err("sub must be a string of 1 to 255 characters".to_owned()),
        None => Err("sub is missing".to_owned()),
    }
}
