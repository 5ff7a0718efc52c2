//! What every pure module answers when it refuses: a `scimType` and a sentence for the administrator who reads it.
//! Never holds a value of the request beyond the name it needs, because `detail` is shown in Okta and logged there.

use std::fmt;

/// The `scimType` keywords of RFC 7644 §3.12, table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter is malformed, or uses an attribute or operator that doesn't fit.
    InvalidFilter,
    /// The request would touch or return more than the server is willing to.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute may not be changed that way.
    Mutability,
    /// The body isn't what the schema of the message asks for.
    InvalidSyntax,
    /// The path names nothing that exists.
    InvalidPath,
    /// The path names nothing in this resource, or is missing where it is needed.
    NoTarget,
    /// A value is missing or doesn't fit its attribute.
    InvalidValue,
    /// The protocol version isn't supported.
    InvalidVers,
    /// The request carries personal data in a URI.
    Sensitive,
    /// The cursor is none of this search, RFC 9865 §2.1.
    InvalidCursor,
    /// The page size is none, RFC 9865 §2.1.
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands on the wire.
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

/// A refusal: nothing was changed, and this is why. The shell answers it with status 400 (409 for `uniqueness`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{scim_type}: {detail}")]
pub struct Rejection {
    /// The keyword a client can act on.
    pub scim_type: ScimType,
    /// The sentence an administrator can act on.
    pub detail: String,
}

impl Rejection {
    /// A refusal of that kind, for that reason.
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
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    /// A refusal with `scimType` `noTarget` (RFC 7644 §3.12).
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    /// The same refusal under another keyword: a filter inside a PATCH path is still a filter, a path in a list isn't.
    pub fn with_type(self, scim_type: ScimType) -> Self {
        Self { scim_type, ..self }
    }
}

/// Shortens what a client sent so that it can be quoted in a sentence.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("'{shown}'")
}
