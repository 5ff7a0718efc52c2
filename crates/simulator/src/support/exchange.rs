//! The requests that the org sent, with their answers, for display on a page. Never contains a token, password or client secret.

use serde_json::Value;

/// One request of the org to a service and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Time, in seconds since 1970 by the org's clock.
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Full URL with its query.
    pub url: String,
    /// Summary of the request: `create ada@acme.example`.
    pub sent: String,
    /// The JSON that was sent, without passwords.
    pub sent_body: Option<Value>,
    /// HTTP status; 0 without an answer.
    pub status: u16,
    /// Summary of the answer.
    pub received: String,
    /// The JSON of the answer. Always `None` for a token endpoint.
    pub body: Option<Value>,
}

/// A failed action: the reason, and the exchanges before it failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    /// One sentence for a person.
    pub sentence: String,
    /// The exchanges so far. The last one is usually the cause.
    pub exchanges: Vec<Exchange>,
}

impl Failure {
    /// A failure before anything was sent.
    pub(crate) fn early(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), exchanges: Vec::new() }
    }
}

/// At most `limit` letters of `text`, on one line.
pub(crate) fn short(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    line.chars().take(limit).chain("…".chars()).collect()
}
