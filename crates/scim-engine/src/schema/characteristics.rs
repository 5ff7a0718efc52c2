//! The characteristics of attributes (RFC 7643 §2.2, §2.3, §7).

/// The data type of an attribute, RFC 7643 §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A real number.
    Decimal,
    /// A whole number.
    Integer,
    /// An `xsd:dateTime`, in the form of RFC 3339.
    DateTime,
    /// A URI.
    Reference,
    /// An object with sub-attributes.
    Complex,
    /// Base64 text.
    Binary,
}

impl Type {
    /// The name in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Reference => "reference",
            Self::Complex => "complex",
            Self::Binary => "binary",
        }
    }

    /// Whether values are texts with `caseExact`.
    pub(crate) const fn is_textual(self) -> bool {
        matches!(self, Self::String | Self::Reference | Self::Binary)
    }
}

/// The mutability of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutability {
    /// Only the server writes it.
    ReadOnly,
    /// Clients may write it at any time.
    ReadWrite,
    /// Clients may write it once.
    Immutable,
}

impl Mutability {
    /// The name in `/Schemas`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
        }
    }
}

/// When an attribute is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// In every response.
    Always,
    /// Unless it is excluded or `attributes` does not name it.
    Default,
    /// Only if `attributes` names it.
    Request,
    /// In no response.
    Never,
}

impl Returned {
    /// The name in `/Schemas`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Default => "default",
            Self::Request => "request",
            Self::Never => "never",
        }
    }
}

/// The scope in which a value must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    /// No scope.
    None,
    /// The resources of one workspace.
    Server,
}

impl Uniqueness {
    /// The name in `/Schemas`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
        }
    }
}
