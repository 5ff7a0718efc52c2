//! What was said on the wire: one line for each request that the org sent, fit to be shown on a page.
//! Never a secret: no token, no password, no client secret finds its way in here.

use serde_json::Value;

/// One request of the org to a service and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When, seconds since 1970 by the org's clock.
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Full URL with its query.
    pub url: String,
    /// What was asked, in a few words: `create ada@acme.example`.
    pub sent: String,
    /// The JSON that was sent, with any password blotted out.
    pub sent_body: Option<Value>,
    /// HTTP status; 0 when there was no answer at all.
    pub status: u16,
    /// What was answered, in a few words.
    pub received: String,
    /// The JSON that was answered. Always `None` for a token endpoint.
    pub body: Option<Value>,
}

/// An action stopped: why, and everything that was said until then.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    /// One clear sentence for a person.
    pub sentence: String,
    /// The exchanges so far, the last one usually being the cause.
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
