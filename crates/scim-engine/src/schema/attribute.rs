//! One attribute of a schema: the characteristics of RFC 7643 §7, as data that every other module obeys.
//! Never knows a particular attribute by name: what is special about one is a field here.

use std::borrow::Cow;

type Text = Cow<'static, str>;

/// The longest text an attribute takes unless it says otherwise, in characters.
pub const DEFAULT_LENGTH: usize = 4096;

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
    /// An `xsd:dateTime`, which for us is RFC 3339.
    DateTime,
    /// A URI.
    Reference,
    /// An object with sub-attributes.
    Complex,
    /// Base64 text.
    Binary,
}

impl Type {
    /// The name used in `/Schemas`.
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

    /// Whether letter case means anything for it.
    pub const fn is_textual(self) -> bool {
        matches!(self, Self::String | Self::Reference | Self::Binary)
    }
}

/// Who may write an attribute, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// The server alone.
    ReadOnly,
    /// The client, at any time.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and nobody reads it back.
    WriteOnly,
}

impl Mutability {
    /// The name used in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
            Self::WriteOnly => "writeOnly",
        }
    }
}

/// When an attribute is part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// Whatever was asked.
    Always,
    /// Unless excluded, or others were asked for.
    Default,
    /// Only when asked for by name.
    Request,
    /// Not even then.
    Never,
}

impl Returned {
    /// The name used in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Default => "default",
            Self::Request => "request",
            Self::Never => "never",
        }
    }
}

/// Among whom a value must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// Nobody.
    None,
    /// The resources of one workspace.
    Server,
    /// Everybody.
    Global,
}

impl Uniqueness {
    /// The name used in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
            Self::Global => "global",
        }
    }
}

/// One attribute or sub-attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name in the schema's own spelling.
    pub name: Text,
    /// The type of a value, or of each value.
    pub kind: Type,
    /// Whether it holds an array.
    pub multi_valued: bool,
    /// Whether a resource can't be without it.
    pub required: bool,
    /// Whether letter case distinguishes values.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is answered.
    pub returned: Returned,
    /// Among whom it is unique.
    pub uniqueness: Uniqueness,
    /// Values a client may expect; never enforced.
    pub canonical_values: Vec<Text>,
    /// What it means, for people.
    pub description: Text,
    /// Its parts, when it is complex.
    pub sub_attributes: Vec<Attribute>,
    /// What a reference may point at.
    pub reference_types: Vec<Text>,
    /// The longest text it takes, in characters. Not advertised.
    pub max_length: usize,
    /// Whether a complex value may be sent as its bare `value` (`"roles": ["admin"]`). Not advertised.
    pub bare: bool,
    /// Whether it always has a value, which the server gives it when a client leaves it out. Advertised as required.
    pub not_null: bool,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 §2.2: readWrite, returned by default, not required, any case.
    pub fn new(name: impl Into<Text>, kind: Type, description: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            required: false,
            case_exact: matches!(kind, Type::Reference | Type::Binary),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            description: description.into(),
            sub_attributes: Vec::new(),
            reference_types: Vec::new(),
            max_length: if matches!(kind, Type::Binary) { 64 * 1024 } else { DEFAULT_LENGTH },
            bare: false,
            not_null: false,
        }
    }

    /// The sub-attribute of that name in any letter case.
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// Whether it is complex.
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }

    /// Whether it is a list of things that were given, each by its name: `roles` and `entitlements`.
    pub fn is_list_of_names(&self) -> bool {
        self.bare && self.multi_valued
    }

    /// Whether only the server writes it.
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// Holds an array.
    #[must_use]
    pub fn many(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// A resource can't be without it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Letter case distinguishes values.
    #[must_use]
    pub fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// Only the server writes it, and its parts.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self.sub_attributes = self.sub_attributes.into_iter().map(Self::read_only).collect();
        self
    }

    pub(super) fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    pub(super) fn returned(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    pub(super) fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::Server;
        self
    }

    pub(super) fn canonical(mut self, values: &[&'static str]) -> Self {
        self.canonical_values = values.iter().map(|value| Cow::Borrowed(*value)).collect();
        self
    }

    pub(super) fn refers_to(mut self, types: &[&'static str]) -> Self {
        self.reference_types = types.iter().map(|kind| Cow::Borrowed(*kind)).collect();
        self
    }

    pub(super) fn with(mut self, sub_attributes: Vec<Attribute>) -> Self {
        self.sub_attributes = sub_attributes;
        self
    }

    pub(super) fn at_most(mut self, characters: usize) -> Self {
        self.max_length = characters;
        self
    }

    pub(super) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    pub(super) fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }
}

/// A text attribute.
pub(super) fn string(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::String, description)
}

/// A URI.
pub(super) fn reference(name: &'static str, description: &'static str, types: &[&'static str]) -> Attribute {
    Attribute::new(name, Type::Reference, description).refers_to(types)
}

/// A yes or no.
pub(super) fn boolean(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::Boolean, description)
}

/// An instant.
pub(super) fn date_time(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::DateTime, description)
}

/// An object.
pub(super) fn complex(name: &'static str, description: &'static str, parts: Vec<Attribute>) -> Attribute {
    Attribute::new(name, Type::Complex, description).with(parts)
}
