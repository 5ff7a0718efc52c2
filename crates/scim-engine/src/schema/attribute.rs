//! Attributes of schemas with the characteristics of RFC 7643 §7. A special property of an attribute is a field, so that
//! other code never tests for its name. Only the default sub-attributes of RFC 7643 §2.4 are found by name.

use std::borrow::Cow;

use super::characteristics::{Mutability, Returned, Type, Uniqueness};

type Text = Cow<'static, str>;

/// The default of the longest text of an attribute, in characters.
pub const DEFAULT_LENGTH: usize = 4096;

/// One attribute or sub-attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name in the schema's spelling.
    pub name: Text,
    /// The type of the value, or of each value.
    pub kind: Type,
    /// Whether it has an array of values.
    pub multi_valued: bool,
    /// Whether every resource must have it.
    pub(crate) required: bool,
    /// Whether values that differ only in letter case are different.
    pub case_exact: bool,
    /// Who may write it.
    pub(crate) mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// The scope in which it is unique.
    pub(crate) uniqueness: Uniqueness,
    /// Suggested values, never enforced.
    pub(crate) canonical_values: Vec<Text>,
    /// The description for people.
    pub(crate) description: Text,
    /// The sub-attributes of a complex attribute.
    pub sub_attributes: Vec<Attribute>,
    /// The resource types that a reference may refer to.
    pub(crate) reference_types: Vec<Text>,
    /// The longest text, in characters. Not advertised.
    pub max_length: usize,
    /// Whether clients may send only the `value` of a complex value (`"roles": ["admin"]`). Not advertised.
    pub(crate) bare: bool,
    /// Whether it always has a value; the server sets one if a client sends none. Advertised as required.
    pub(crate) not_null: bool,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 §2.2: readWrite, returned by default, not required, not caseExact.
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

    /// The sub-attribute with this name in any letter case.
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// Whether the attribute is complex.
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }

    /// Whether each value names an assignment: `roles` and `entitlements`.
    pub(crate) fn is_list_of_names(&self) -> bool {
        self.bare && self.multi_valued
    }

    /// Whether only the server writes it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// Sets `multi_valued`.
    #[must_use]
    pub(crate) fn many(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Sets `required`.
    #[must_use]
    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets `case_exact`.
    #[must_use]
    pub(super) fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// Makes the attribute and its sub-attributes read-only.
    #[must_use]
    pub(super) fn read_only(mut self) -> Self {
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

/// A string attribute.
pub(super) fn string(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::String, description)
}

/// A reference attribute.
pub(super) fn reference(name: &'static str, description: &'static str, types: &[&'static str]) -> Attribute {
    Attribute::new(name, Type::Reference, description).refers_to(types)
}

/// A boolean attribute.
pub(super) fn boolean(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::Boolean, description)
}

/// A dateTime attribute.
pub(super) fn date_time(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::DateTime, description)
}

/// A complex attribute.
pub(super) fn complex(name: &'static str, description: &'static str, parts: Vec<Attribute>) -> Attribute {
    Attribute::new(name, Type::Complex, description).with(parts)
}
