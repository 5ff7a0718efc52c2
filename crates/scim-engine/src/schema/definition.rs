//! One schema of a resource: a core schema or an extension.

use std::borrow::Cow;

use super::attribute::Attribute;

/// A schema: a URN and attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The URN.
    pub urn: Cow<'static, str>,
    /// The short name.
    pub name: Cow<'static, str>,
    /// The description for people.
    pub description: Cow<'static, str>,
    /// The attributes, in the order in which they are returned.
    pub attributes: Vec<Attribute>,
}

impl Definition {
    /// The attribute with this name in any letter case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}
