//! Replacements in a Universal Logout request or another signed token. Without replacements it is what Okta sends.

use serde_json::{Map, Value};

/// Replacements; none by default.
#[derive(Clone, Debug, Default)]
pub struct Forgery {
    /// Claims to replace (`iss`, `sub`, `aud`, `exp`, `nbf`, `iat`, `jti`) or add; `null` removes one.
    pub claims: Map<String, Value>,
    /// Header members to replace (`typ`, `alg`, `kid`) or add; `null` removes one.
    pub header: Map<String, Value>,
    /// How to sign: `"none"`, `"HS256"` (with the client secret), or RS256 otherwise. For a false `alg`, set it in `header` too.
    pub alg: Option<String>,
    /// Sends the `kid` of the real key.
    pub with_kid: bool,
    /// Signs with a key that the org never published.
    pub foreign_key: bool,
    /// Text before the claims, such as a member that is repeated later.
    pub before_claims: String,
    /// The raw body.
    pub body: Option<String>,
    /// The whole `Authorization` header; empty sends none.
    pub authorization: Option<String>,
    /// The `Content-Type`.
    pub content_type: Option<String>,
}

impl Forgery {
    /// No replacement.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a claim; `null` removes it.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Replaces a member of the JWT's header; `null` removes it.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Signs by `"none"` or `"HS256"`.
    #[must_use]
    pub fn alg(mut self, alg: &str) -> Self {
        self.alg = Some(alg.to_owned());
        self
    }

    /// Sends the `kid` of the real key.
    #[must_use]
    pub fn with_kid(mut self) -> Self {
        self.with_kid = true;
        self
    }

    /// Adds text before the claims, such as `"sub":"x",`.
    #[must_use]
    pub fn before_claims(mut self, text: &str) -> Self {
        self.before_claims = text.to_owned();
        self
    }

    /// Signs with a key that the org never published.
    #[must_use]
    pub fn foreign_key(mut self) -> Self {
        self.foreign_key = true;
        self
    }

    /// Sends this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends this `Authorization` header; an empty one is left out.
    #[must_use]
    pub fn authorization(mut self, value: impl Into<String>) -> Self {
        self.authorization = Some(value.into());
        self
    }
}

pub(crate) fn lay_over(map: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        match value {
            Value::Null => drop(map.shift_remove(name)),
            other => drop(map.insert(name.clone(), other.clone())),
        }
    }
}
