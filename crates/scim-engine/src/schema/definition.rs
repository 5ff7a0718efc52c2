//! One schema of a resource: a core schema or an extension.

use std::borrow::Cow;

use super::attribute::Attribute;

/// One schema document: a URN and the attributes under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The URN that names it.
    pub urn: Cow<'static, str>,
    /// A short name.
    pub name: Cow<'static, str>,
    /// What it describes, for people.
    pub description: Cow<'static, str>,
    /// Its attributes in the order in which they are answered.
    pub attributes: Vec<Attribute>,
}

impl Definition {
    /// The attribute of that name in any letter case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}
