//! Who says it, to whom, of whom: `iss`, `aud`, `azp`, `sub`.

use serde_json::Value;
use vestibule_jose::Jws as Token;

use super::{
    report::{Expected, Judgement, Signature},
    token::shown,
};

/// Compared as it stands: no slash, no case is forgiven.
pub(super) fn iss(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    match token.claims().get("iss") {
        Some(Value::String(iss)) if *iss == expected.issuer => Ok(true),
        Some(iss) => {
            Err(format!("iss is {}, and the connection's issuer is {}", shown(iss), expected.issuer))
        }
        None => Err("iss is missing".to_owned()),
    }
}

/// Ours alone, as a string or as an array of one (OpenID Connect Core §2). Other audiences must be trusted by the client (§3.1.3.7,
/// 3), and a connection trusts none.
pub(super) fn aud(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    let ours = |aud: &Value| aud.as_str() == Some(expected.client_id.as_str());
    match token.claims().get("aud") {
        Some(Value::Array(all)) => match all.as_slice() {
            [only] if ours(only) => Ok(true),
            [] | [_] => Err("aud does not hold the Client ID".to_owned()),
            several if several.iter().any(ours) => {
                Err("aud holds other audiences beside the Client ID, and this connection trusts none"
                    .to_owned())
            }
            _ => Err("aud does not hold the Client ID".to_owned()),
        },
        Some(aud) if ours(aud) => Ok(true),
        Some(Value::String(_)) => Err("aud is another app's Client ID".to_owned()),
        Some(_) => Err("aud is neither a string nor an array of strings".to_owned()),
        None => Err("aud is missing".to_owned()),
    }
}

pub(super) fn azp(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    match token.claims().get("azp") {
        None => Ok(false),
        Some(Value::String(azp)) if *azp == expected.client_id => Ok(true),
        Some(_) => Err("azp is not our Client ID".to_owned()),
    }
}

/// At most 255 characters, and none that no name has: NUL is also what no database of ours takes.
pub(super) fn sub(token: &Token) -> Judgement {
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
