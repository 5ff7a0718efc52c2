//! Reads bodies and parameters strictly: bodies up to a size, forms and queries without repeated parameters (RFC 6749 §3.1).

use std::{collections::BTreeMap, io::ErrorKind};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    web,
};
use futures_util::StreamExt;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Answered with 413.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// Answered with 415.
    #[error("the content type must be {0}")]
    ContentType(&'static str),
    /// Answered with 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// Answered with 400.
    #[error("{0}")]
    Malformed(String),
}

impl BodyError {
    /// The status that answers it: 408, 413, 415 or 400.
    pub fn status(&self) -> actix_web::http::StatusCode {
        use actix_web::http::StatusCode;
        match self {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // RFC 9110 §15.5.9
            BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyError::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The media type of the body, without parameters, in lower case.
pub fn media_type(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// How many bytes of a body are read before its credential is checked.
const UNCHECKED_BYTES: usize = 16_384;

/// Reads the whole body, up to `limit` bytes.
///
/// # Errors
/// [`BodyError::TooLarge`] before the rest is read; [`BodyError::TooSlow`] when it came more slowly than `[server]` allows;
/// [`BodyError::Malformed`] when the connection broke.
pub async fn body(payload: web::Payload, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut incoming = Incoming { payload, bytes: Vec::new(), limit, ended: false };
    incoming.read_to_end().await?;
    Ok(incoming.bytes)
}

/// Reads the whole body, up to `limit` bytes, of a request that carries a credential. A body over 16 KiB is read only after `admit`
/// has accepted the credential, so a stranger cannot make the server receive, store or parse a large body. Smaller bodies are read
/// first: the caller checks the credential once, in the job that does the work.
///
/// # Errors
/// The outer error is that of `admit`. The inner error is that of [`body`]; report it to admitted callers only.
pub async fn body_after<E>(
    req: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    admit: impl AsyncFnOnce() -> Result<(), E>,
) -> Result<Result<Vec<u8>, BodyError>, E> {
    let length = req.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let mut incoming = Incoming { payload, bytes: Vec::new(), limit, ended: false };
    let announced_small = length.is_none_or(|length: usize| length <= UNCHECKED_BYTES);
    if announced_small {
        if let Err(error) = incoming.read_until(UNCHECKED_BYTES).await {
            return Ok(Err(error));
        }
        if incoming.ended {
            return Ok(Ok(incoming.bytes));
        }
    }
    admit().await?;
    if length.is_some_and(|length| length > limit) {
        return Ok(Err(BodyError::TooLarge(limit)));
    }
    Ok(incoming.read_to_end().await.map(|()| incoming.bytes))
}

/// A partly read body.
struct Incoming {
    payload: web::Payload,
    bytes: Vec<u8>,
    limit: usize,
    ended: bool,
}

impl Incoming {
    async fn read_to_end(&mut self) -> Result<(), BodyError> {
        self.read_until(usize::MAX).await
    }

    /// Reads until the body ends or more than `enough` bytes have arrived.
    async fn read_until(&mut self, enough: usize) -> Result<(), BodyError> {
        while self.bytes.len() <= enough {
            let Some(chunk) = self.payload.next().await else {
                self.ended = true;
                break;
            };
            let chunk = chunk.map_err(|error| match error {
                PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut => BodyError::TooSlow,
                _ => BodyError::Malformed("the body ended early".to_owned()),
            })?;
            if self.bytes.len() + chunk.len() > self.limit {
                return Err(BodyError::TooLarge(self.limit));
            }
            self.bytes.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

/// Parameters of a query or a form: each at most once, an empty one counts as absent (RFC 6749 §3.1), UTF-8 without NUL.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the query of the request.
    pub fn of_query(req: &HttpRequest) -> Result<Self, BodyError> {
        Self::parse(req.query_string().as_bytes())
    }

    /// Reads the form in the body of the request, up to 64 KiB.
    pub async fn of_form(req: &HttpRequest, payload: web::Payload) -> Result<Self, BodyError> {
        Self::of_form_within(req, payload, 65_536).await
    }

    /// Reads the form in the body of the request, up to `limit` bytes.
    pub async fn of_form_within(
        req: &HttpRequest,
        payload: web::Payload,
        limit: usize,
    ) -> Result<Self, BodyError> {
        const FORM: &str = "application/x-www-form-urlencoded";
        if media_type(req).as_deref() != Some(FORM) {
            return Err(BodyError::ContentType(FORM));
        }
        Self::parse(&body(payload, limit).await?)
    }

    fn parse(encoded: &[u8]) -> Result<Self, BodyError> {
        let mut parameters = BTreeMap::new();
        // A value must be returned unchanged (RFC 6749 §4.1.2, `state`). One that can't be is refused, not repaired.
        if percent_encoding::percent_decode(encoded).decode_utf8().is_err() {
            return Err(BodyError::Malformed("a parameter is not UTF-8".to_owned()));
        }
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if name.contains('\0') || value.contains('\0') {
                return Err(BodyError::Malformed("a parameter contains a NUL character".to_owned()));
            }
            if value.is_empty() {
                continue;
            }
            if parameters.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(BodyError::Malformed(format!(
                    "the parameter {} is repeated",
                    name.escape_debug()
                )));
            }
        }
        Ok(Self(parameters))
    }

    /// The names of the present parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The rest of each parameter name that begins with this prefix, for lists of check boxes: `role.admin`, `role.member`.
    pub fn names_below(&self, prefix: &str) -> Vec<String> {
        self.names().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// A parameter that is present and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter, or an empty text when it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_once_and_hold_text() {
        let read = Parameters::parse(b"a=1&b=&c=%C3%A9").unwrap();
        assert_eq!((read.get("a"), read.get("b"), read.get("c")), (Some("1"), None, Some("é")));
        assert!(Parameters::parse(b"a=1&a=2").is_err());
        assert!(Parameters::parse(b"a=%00").is_err());
        assert!(Parameters::parse(b"state=a%FFb%C3").is_err());
    }
}
