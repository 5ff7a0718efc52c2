//! Schemas of resources and their attributes. Other modules get a schema as a parameter and never use a global one,
//! because a workspace with custom attributes has another User schema.

mod attribute;
mod characteristics;
mod common;
mod definition;
mod group;
mod kind;
mod render;
#[cfg(test)]
mod tests;
mod user;

use std::{borrow::Cow, sync::LazyLock};

use crate::{
    error::Rejection,
    path::{self, AttrPath},
};

pub use attribute::{Attribute, DEFAULT_LENGTH};
pub(crate) use characteristics::Mutability;
#[cfg(test)]
pub(crate) use characteristics::Uniqueness;
pub use characteristics::{Returned, Type};
pub use definition::Definition;
pub use kind::{ENTERPRISE_URN, ENTITLEMENT_URN, GROUP_URN, ROLE_URN, ResourceKind, USER_URN};
pub use render::{resource_types, schemas};

/// Whether the attribute is accepted from clients and never stored, advertised or filtered: `password`.
pub(crate) fn is_never_stored(name: &str) -> bool {
    name.eq_ignore_ascii_case("password")
}

/// The schema of one kind of resource: common attributes, core schema, extensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    kind: ResourceKind,
    common: Vec<Attribute>,
    core: Definition,
    extensions: Vec<Definition>,
}

/// An attribute that a name or path was resolved to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found<'a> {
    /// The extension that has the attribute; none for a core or common attribute.
    pub extension: Option<&'a Definition>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, if the path has one.
    pub sub: Option<&'a Attribute>,
}

impl<'a> Found<'a> {
    /// The sub-attribute, or the attribute if the path has none.
    pub fn leaf(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// Whether clients must not write it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.attribute.is_read_only() || self.sub.is_some_and(Attribute::is_read_only)
    }
}

/// The target that a path is resolved to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// An attribute or a sub-attribute.
    Attribute(Found<'a>),
    /// A whole extension object.
    Extension(&'a Definition),
    /// The resource, by the URN of its core schema.
    Resource,
}

static USER: LazyLock<Schema> =
    LazyLock::new(|| Schema::of(ResourceKind::User, user::core(), vec![user::enterprise()]));
static GROUP: LazyLock<Schema> = LazyLock::new(|| Schema::of(ResourceKind::Group, group::core(), Vec::new()));
static ROLE: LazyLock<Schema> = LazyLock::new(|| Schema::of(ResourceKind::Role, group::role(), Vec::new()));
static ENTITLEMENT: LazyLock<Schema> =
    LazyLock::new(|| Schema::of(ResourceKind::Entitlement, group::entitlement(), Vec::new()));

impl Schema {
    fn of(kind: ResourceKind, core: Definition, extensions: Vec<Definition>) -> Self {
        Self { kind, common: common::attributes(), core, extensions }
    }

    /// The schema of a User without custom attributes.
    pub fn user() -> &'static Self {
        &USER
    }

    /// The schema of a Group.
    pub fn group() -> &'static Self {
        &GROUP
    }

    /// The schema of a Role.
    pub fn role() -> &'static Self {
        &ROLE
    }

    /// The schema of an Entitlement.
    pub fn entitlement() -> &'static Self {
        &ENTITLEMENT
    }

    /// The schema of a kind of resource, without custom attributes.
    pub fn of_kind(kind: ResourceKind) -> &'static Self {
        match kind {
            ResourceKind::User => Self::user(),
            ResourceKind::Group => Self::group(),
            ResourceKind::Role => Self::role(),
            ResourceKind::Entitlement => Self::entitlement(),
        }
    }

    /// The kind of resource.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The core schema.
    pub fn core(&self) -> &Definition {
        &self.core
    }

    /// The extensions.
    pub fn extensions(&self) -> &[Definition] {
        &self.extensions
    }

    /// Common and core attributes, in the order in which they are returned.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        // The Role and Entitlement schemas declare `id` themselves, as Okta's do. It must not be listed twice.
        let is_common_only = |common: &&Attribute| self.core.attribute(&common.name).is_none();
        self.common.iter().filter(is_common_only).chain(&self.core.attributes)
    }

    /// The extension with this URN in any letter case.
    pub(crate) fn extension(&self, urn: &str) -> Option<&Definition> {
        self.extensions.iter().find(|extension| extension.urn.eq_ignore_ascii_case(urn))
    }

    /// The attribute with this URN (none for core and common attributes), name and sub-attribute, all in any letter case.
    pub(crate) fn lookup(&self, urn: Option<&str>, name: &str, sub: Option<&str>) -> Option<Found<'_>> {
        let extension = match urn {
            Some(urn) if !self.core.urn.eq_ignore_ascii_case(urn) => Some(self.extension(urn)?),
            _ => None,
        };
        let attribute = match extension {
            Some(extension) => extension.attribute(name)?,
            None => self.attributes().find(|attribute| attribute.name.eq_ignore_ascii_case(name))?,
        };
        let sub = match sub {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(Found { extension, attribute, sub })
    }

    /// The attribute that a path names.
    pub fn find(&self, path: &AttrPath) -> Option<Found<'_>> {
        self.lookup(path.urn.as_deref(), &path.attr, path.sub.as_deref())
    }

    /// The target that a path names: an attribute, or a whole schema if the path is its URN.
    pub fn resolve(&self, path: &AttrPath) -> Option<Target<'_>> {
        if let Some(found) = self.find(path) {
            return Some(Target::Attribute(found));
        }
        // The parser splits `urn:…:2.0:User` at the last colon: join it again.
        let (Some(urn), None) = (&path.urn, &path.sub) else { return None };
        let whole = format!("{urn}:{}", path.attr);
        if self.core.urn.eq_ignore_ascii_case(&whole) {
            return Some(Target::Resource);
        }
        self.extension(&whole).map(Target::Extension)
    }

    /// This schema with canonical values for a sub-attribute of a core attribute. They are advertised and never enforced.
    #[must_use]
    pub fn with_canonical_values(mut self, attribute: &str, part: &str, values: Vec<String>) -> Self {
        let found = self.core.attributes.iter_mut().find(|found| found.name.eq_ignore_ascii_case(attribute));
        let parts = found.into_iter().flat_map(|attribute| &mut attribute.sub_attributes);
        for found in parts.filter(|found| found.name.eq_ignore_ascii_case(part)) {
            found.canonical_values = values.iter().cloned().map(Cow::Owned).collect();
        }
        self
    }

    /// This schema with one more attribute, in the core schema or in an extension, which is created if it is missing.
    ///
    /// # Errors
    /// `invalidValue` if no path can name the URN or the attribute, or if the name is taken.
    pub fn with_attribute(&self, urn: &str, attribute: Attribute) -> Result<Self, Rejection> {
        if !path::is_name(&attribute.name) {
            return Err(Rejection::value(
                "the name of an attribute is a letter followed by letters, digits, '-', '_'",
            ));
        }
        let is_addressable = AttrPath::parse(urn).is_ok_and(|path| path.urn.is_some() && path.sub.is_none());
        if !is_addressable {
            return Err(Rejection::value(
                "the name of a schema is a URN whose last part begins with a letter",
            ));
        }
        if is_never_stored(&attribute.name) {
            return Err(Rejection::value(
                "passwords are never stored, so no attribute can be named password",
            ));
        }
        if self.lookup(Some(urn), &attribute.name, None).is_some() {
            return Err(Rejection::value(format!("{} already has an attribute {}", urn, attribute.name)));
        }
        let mut schema = self.clone();
        if schema.core.urn.eq_ignore_ascii_case(urn) {
            schema.core.attributes.push(attribute);
            return Ok(schema);
        }
        match schema.extensions.iter_mut().find(|extension| extension.urn.eq_ignore_ascii_case(urn)) {
            Some(extension) => extension.attributes.push(attribute),
            None => schema.extensions.push(Definition {
                urn: Cow::Owned(urn.to_owned()),
                name: Cow::Borrowed("Custom"),
                description: Cow::Borrowed("Attributes of this workspace"),
                attributes: vec![attribute],
            }),
        }
        Ok(schema)
    }
}
