//! Reads a compact JWS whose payload is a JSON object (RFC 7515 §7.1, RFC 7519 §7.2). Never verifies: no signature is checked here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{Algorithm, SignatureError, json};

/// A signed JWT that has been read but not verified.
#[derive(Debug, Clone)]
pub struct Jws {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signing_input: String,
    signature: Vec<u8>,
}

/// Why a text is not accepted as a compact JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than the caller reads. The number is the limit in bytes.
    #[error("it is longer than {} KiB", .0 / 1024)]
    TooLong(usize),
    /// Not three parts separated by dots.
    #[error("it does not have three parts")]
    Parts,
    /// A part (`header`, `payload` or `signature`) is not base64url without padding.
    #[error("its {0} is no base64url")]
    Base64url(&'static str),
    /// The header or the payload is no JSON object.
    #[error("its {0} is no JSON object")]
    NoObject(&'static str),
    /// A member of an object in the header or the payload is repeated (RFC 7515 §4, RFC 7519 §4). Holds the member's name.
    #[error("the member {} is repeated", .0.escape_debug())]
    Repeated(String),
}

impl Jws {
    /// Reads a compact JWS of at most `longest` bytes.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn read(compact: &str, longest: usize) -> Result<Self, Malformed> {
        if compact.len() > longest {
            return Err(Malformed::TooLong(longest));
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Parts);
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Malformed::Base64url("signature"))?;
        Ok(Self {
            signing_input: format!("{header}.{claims}"),
            header: object(header, "header")?,
            claims: object(claims, "payload")?,
            signature,
        })
    }

    /// The JOSE header.
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims. Don't trust them before [`crate::verify`] has succeeded.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, without the token.
    pub fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    /// Refuses `crit`: no critical extension is supported (RFC 7515 §4.1.11).
    ///
    /// # Errors
    /// [`SignatureError::Critical`].
    pub fn check_critical(&self) -> Result<(), SignatureError> {
        if self.header.contains_key("crit") { Err(SignatureError::Critical) } else { Ok(()) }
    }

    /// The algorithm that `alg` names.
    ///
    /// # Errors
    /// [`SignatureError::Algorithm`] when it is missing or not one of [`Algorithm`].
    pub fn algorithm(&self) -> Result<Algorithm, SignatureError> {
        let named = self.header.get("alg").and_then(Value::as_str).and_then(|name| name.parse().ok());
        named.ok_or(SignatureError::Algorithm)
    }

    /// The `kid` of the header, if there is one.
    ///
    /// # Errors
    /// [`SignatureError::KeyId`] when `kid` is no text (RFC 7515 §4.1.4).
    pub fn key_id(&self) -> Result<Option<&str>, SignatureError> {
        match self.header.get("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid)),
            Some(_) => Err(SignatureError::KeyId),
        }
    }

    pub(crate) fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }
}

fn object(encoded: &str, part: &'static str) -> Result<Map<String, Value>, Malformed> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Malformed::Base64url(part))?;
    json::object(&bytes).map_err(|error| {
        match error.strip_prefix(json::TWICE).and_then(|rest| rest.split('\n').next()) {
            Some(member) => Malformed::Repeated(member.chars().take(60).collect()),
            None => Malformed::NoObject(part),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(header: &str, claims: &str) -> String {
        format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_read_strictly() {
        let read = |text: &str| Jws::read(text, 1024).map(drop);
        assert_eq!(read(&compact(r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#)), Ok(()));
        for (text, malformed) in [
            (String::new(), Malformed::Parts),
            ("a.b".to_owned(), Malformed::Parts),
            (format!("{}.AA", compact("{}", "{}")), Malformed::Parts),
            (format!("{}==", compact("{}", "{}")), Malformed::Base64url("signature")),
            ("+/.e30.AA".to_owned(), Malformed::Base64url("header")),
            ("e30.e3\u{e9}0.AA".to_owned(), Malformed::Base64url("payload")),
            (compact("{", "{}"), Malformed::NoObject("header")),
            (compact("{}", "[]"), Malformed::NoObject("payload")),
            (compact("{}", "{}{}"), Malformed::NoObject("payload")),
            (compact("{}", &"[".repeat(200)), Malformed::NoObject("payload")),
            // RFC 7515 §4, RFC 7519 §4: parsers differ in which of two equal members they use.
            (compact(r#"{"alg":"RS256","alg":"none"}"#, "{}"), Malformed::Repeated("alg".to_owned())),
            (compact("{}", r#"{"sub":"a","s\u0075b":"b"}"#), Malformed::Repeated("sub".to_owned())),
            (compact("{}", r#"{"x":[{"y":1,"y":1}]}"#), Malformed::Repeated("y".to_owned())),
            ("x".repeat(1025), Malformed::TooLong(1024)),
        ] {
            assert_eq!(read(&text), Err(malformed), "{text:.60}");
        }
        assert_eq!(Malformed::TooLong(16_384).to_string(), "it is longer than 16 KiB");
    }

    #[test]
    fn the_header_says_how_to_verify() {
        let read = |header: &str| Jws::read(&compact(header, "{}"), 1024).unwrap();
        assert_eq!(read(r#"{"alg":"ES256"}"#).algorithm(), Ok(Algorithm::Es256));
        for header in
            ["{}", r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"rs256"}"#, r#"{"alg":["RS256"]}"#]
        {
            assert_eq!(read(header).algorithm(), Err(SignatureError::Algorithm), "{header}");
        }
        assert_eq!(read(r#"{"kid":"a"}"#).key_id(), Ok(Some("a")));
        assert_eq!(read(r#"{"kid":1}"#).key_id(), Err(SignatureError::KeyId));
        assert_eq!(read(r#"{"crit":[]}"#).check_critical(), Err(SignatureError::Critical));
    }
}
