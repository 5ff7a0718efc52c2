//! Errors of this crate: a `scimType` and a sentence for Okta's administrator. The sentence must not contain more of
//! the request than the names that it needs, because Okta displays and logs it.

use std::fmt;

/// The `scimType` keywords of RFC 7644 §3.12, table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter is malformed, or an attribute or operator in it does not fit.
    InvalidFilter,
    /// The request needs more work than the server is willing to do.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute must not be changed this way.
    Mutability,
    /// The body does not have the form of the message.
    InvalidSyntax,
    /// The path is malformed, or names no attribute.
    InvalidPath,
    /// The path matches no value of this resource, or is missing.
    NoTarget,
    /// A value is missing or does not fit its attribute.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// The URI has personal data.
    Sensitive,
    /// The cursor is not one of this list, RFC 9865 §2.1.
    InvalidCursor,
    /// The page size is invalid, RFC 9865 §2.1.
    InvalidCount,
}

impl ScimType {
    /// The keyword in error bodies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal of a request that changed nothing. HTTP status 400, or 409 for `uniqueness`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{scim_type}: {detail}")]
pub struct Rejection {
    /// The keyword for clients.
    pub scim_type: ScimType,
    /// The sentence for administrators.
    pub detail: String,
}

impl Rejection {
    /// A refusal with this keyword and sentence.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { scim_type, detail: detail.into() }
    }

    /// A refusal with `scimType` `invalidFilter` (RFC 7644 §3.12).
    pub fn filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    /// A refusal with `scimType` `invalidSyntax` (RFC 7644 §3.12).
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// A refusal with `scimType` `invalidPath` (RFC 7644 §3.12).
    pub fn path(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }

    /// A refusal with `scimType` `invalidValue` (RFC 7644 §3.12).
    pub fn value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// A refusal with `scimType` `mutability` (RFC 7644 §3.12).
    pub(crate) fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    /// A refusal with `scimType` `noTarget` (RFC 7644 §3.12).
    pub(crate) fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    /// This refusal with another keyword: a malformed attribute name is `invalidPath` in a path and `invalidFilter` in
    /// a filter.
    pub(crate) fn with_type(self, scim_type: ScimType) -> Self {
        Self { scim_type, ..self }
    }
}

/// Quotes a text of a client in a sentence: shortened, without control characters.
pub fn quote(text: &str) -> String {
    const MAX_CHARACTERS: usize = 80;
    let mut quoted: String =
        text.chars().take(MAX_CHARACTERS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        quoted.push('…');
    }
    format!("'{quoted}'")
}
