//! What the last sign-in through a connection said about the authentication, as the detail of a sighting: names of claims, and the values
//! of `acr` and `amr`. Never about whom.

use std::fmt;

use serde_json::{Map, Value};

/// Longest value of `acr` and of each `amr` that is kept, in bytes.
const LONGEST: usize = 80;
/// Most values of `amr` that are kept.
const MOST: usize = 8;

/// Statements of an ID token, or of a SAML assertion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssertionSaid {
    /// `auth_time`, or AuthnInstant.
    pub auth_time: bool,
    /// `session_expiry`, or SessionNotOnOrAfter.
    pub session_expiry: bool,
    /// Whether `aud` is one string and not an array.
    pub single_audience: bool,
    /// `acr`; empty: there is none that can be kept.
    pub acr: String,
    /// `amr` (RFC 8176); empty: there is none.
    pub amr: Vec<String>,
}

impl AssertionSaid {
    /// Reads the claims of a verified ID token.
    pub fn of_id_token(claims: &Map<String, Value>) -> Self {
        let text = |value: &Value| value.as_str().filter(|text| is_word(text)).map(str::to_owned);
        let amr = claims.get("amr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            auth_time: claims.contains_key("auth_time"),
            session_expiry: claims.contains_key("session_expiry"),
            single_audience: claims.get("aud").is_some_and(Value::is_string),
            acr: claims.get("acr").and_then(text).unwrap_or_default(),
            amr: amr.iter().filter_map(text).filter(|method| !method.contains(',')).take(MOST).collect(),
        }
    }

    /// Reads the detail of a sighting. Unknown words are skipped.
    pub fn parse(detail: &str) -> Self {
        let mut said = Self::default();
        for word in detail.split(' ') {
            match word.split_once('=') {
                Some(("acr", acr)) => said.acr = acr.to_owned(),
                Some(("amr", amr)) => said.amr = amr.split(',').map(str::to_owned).collect(),
                _ if word == "auth_time" => said.auth_time = true,
                _ if word == "session_expiry" => said.session_expiry = true,
                _ if word == "aud" => said.single_audience = true,
                _ => {}
            }
        }
        said
    }
}

impl fmt::Display for AssertionSaid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [
            ("auth_time", self.auth_time),
            ("session_expiry", self.session_expiry),
            ("aud", self.single_audience),
        ];
        let mut words: Vec<String> =
            flags.into_iter().filter(|(_, said)| *said).map(|(name, _)| name.to_owned()).collect();
        if !self.acr.is_empty() {
            words.push(format!("acr={}", self.acr));
        }
        if !self.amr.is_empty() {
            words.push(format!("amr={}", self.amr.join(",")));
        }
        formatter.write_str(&words.join(" "))
    }
}

/// Whether a value can stand as a word of a detail.
fn is_word(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.chars().all(|letter| letter.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_detail_is_read_as_it_was_written() {
        let claims = json!({
            "aud": "client", "auth_time": 5, "session_expiry": 9, "acr": "urn:okta:loa:2fa:any",
            "amr": ["pwd", "mfa", "two words", 7, "a,b"], "email": "ada@acme.example",
        });
        let said = AssertionSaid::of_id_token(claims.as_object().unwrap());
        let detail = said.to_string();
        assert_eq!(detail, "auth_time session_expiry aud acr=urn:okta:loa:2fa:any amr=pwd,mfa");
        assert_eq!(AssertionSaid::parse(&detail), said);
        for little in [json!({}), json!({ "aud": ["client"], "acr": 3, "amr": "pwd" })] {
            let said = AssertionSaid::of_id_token(little.as_object().unwrap());
            assert_eq!((said.to_string().as_str(), &AssertionSaid::parse("")), ("", &said));
        }
    }
}
