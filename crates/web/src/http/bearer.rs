//! Reads the Authorization header. Okta's catalog apps send a token without a scheme (okta-facts §2.1).

use actix_web::{HttpRequest, http::header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A presented credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// No header.
    None,
    /// `Bearer TOKEN`, or the bare token.
    Token(String),
    /// `DPoP TOKEN`, a token that is sent with a proof of possession (RFC 9449 §7.1).
    Dpop(String),
    /// `Basic base64(user:password)`.
    Basic {
        /// Before the first colon.
        user: String,
        /// After the first colon.
        password: String,
    },
    /// Any other content.
    Unreadable,
}

/// Reads the request's Authorization header.
pub fn credential(req: &HttpRequest) -> Credential {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Credential::None };
    match header.to_str() {
        Ok(text) if headers.next().is_none() => parse(text),
        _ => Credential::Unreadable,
    }
}

/// Whether the header has a token without a scheme.
pub fn is_bare(req: &HttpRequest) -> bool {
    let text = req.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    text.is_some_and(|text| !text.trim().is_empty() && !text.trim().contains(' '))
}

/// Schemes are case-insensitive (RFC 9110 §11.1).
fn parse(text: &str) -> Credential {
    let text = text.trim();
    match text.split_once(' ') {
        None if text.is_empty() => Credential::None,
        None => Credential::Token(text.to_owned()),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Credential::Token(token.trim().to_owned())
        }
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => {
            Credential::Dpop(token.trim().to_owned())
        }
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => {
            basic(encoded.trim()).unwrap_or(Credential::Unreadable)
        }
        Some(_) => Credential::Unreadable,
    }
}

fn basic(encoded: &str) -> Option<Credential> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credential::Basic { user: user.to_owned(), password: password.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_okta_sends_is_read() {
        let token = || Credential::Token("vscim_x".to_owned());
        for text in ["vscim_x", "Bearer vscim_x", "bearer vscim_x", "BEARER  vscim_x "] {
            assert_eq!(parse(text), token(), "{text}");
        }
        let pair = Credential::Basic { user: "okta".to_owned(), password: "a:b".to_owned() };
        assert_eq!(parse("Basic b2t0YTphOmI="), pair);
        for text in ["Basic !", "Basic b2t0YQ==", "Digest x"] {
            assert_eq!(parse(text), Credential::Unreadable, "{text}");
        }
    }
}
