//! What a resource looks like: kinds, schemas and their attributes, as values that are passed by reference.
//! Never a global that other modules reach for: a workspace with custom attributes has a `Schema` of its own.

mod attribute;
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

pub use attribute::{Attribute, DEFAULT_LENGTH, Mutability, Returned, Type, Uniqueness};
pub use definition::Definition;
pub use kind::{ENTERPRISE_URN, ENTITLEMENT_URN, GROUP_URN, ROLE_URN, ResourceKind, USER_URN};
pub use render::{resource_types, schemas};

/// Whether the attribute is accepted from clients and never stored, advertised or filtered: `password`.
pub(crate) fn is_never_stored(name: &str) -> bool {
    name.eq_ignore_ascii_case("password")
}

/// Everything known about one kind of resource: common attributes, core schema, extensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    kind: ResourceKind,
    common: Vec<Attribute>,
    core: Definition,
    extensions: Vec<Definition>,
}

/// An attribute that was found, with where it lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found<'a> {
    /// The extension whose object holds it; none for a core or common attribute.
    pub extension: Option<&'a Definition>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The part of it that was named.
    pub sub: Option<&'a Attribute>,
}

impl<'a> Found<'a> {
    /// The attribute whose type and characteristics count: the part if one was named.
    pub fn leaf(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// Whether the client may not write it.
    pub fn is_read_only(&self) -> bool {
        self.attribute.is_read_only() || self.sub.is_some_and(Attribute::is_read_only)
    }
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// An attribute, or a part of one.
    Attribute(Found<'a>),
    /// A whole extension object.
    Extension(&'a Definition),
    /// The resource itself, by the URN of its core schema.
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

    /// A User without custom attributes.
    pub fn user() -> &'static Self {
        &USER
    }

    /// A Group.
    pub fn group() -> &'static Self {
        &GROUP
    }

    /// A Role.
    pub fn role() -> &'static Self {
        &ROLE
    }

    /// An Entitlement.
    pub fn entitlement() -> &'static Self {
        &ENTITLEMENT
    }

    /// The schema of that kind, without custom attributes.
    pub fn of_kind(kind: ResourceKind) -> &'static Self {
        match kind {
            ResourceKind::User => Self::user(),
            ResourceKind::Group => Self::group(),
            ResourceKind::Role => Self::role(),
            ResourceKind::Entitlement => Self::entitlement(),
        }
    }

    /// Which kind of resource it describes.
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

    /// Common and core attributes, in the order in which they are answered.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        // The Role and Entitlement schemas declare `id` themselves, as Okta's do; the common one must not come twice.
        let own = |common: &&Attribute| self.core.attribute(&common.name).is_none();
        self.common.iter().filter(own).chain(&self.core.attributes)
    }

    /// The extension of that URN, in any letter case.
    pub fn extension(&self, urn: &str) -> Option<&Definition> {
        self.extensions.iter().find(|extension| extension.urn.eq_ignore_ascii_case(urn))
    }

    /// An attribute by URN (none: core or common), name and part, all in any letter case.
    pub fn lookup(&self, urn: Option<&str>, name: &str, sub: Option<&str>) -> Option<Found<'_>> {
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

    /// The attribute a path names, if it names one.
    pub fn find(&self, path: &AttrPath) -> Option<Found<'_>> {
        self.lookup(path.urn.as_deref(), &path.attr, path.sub.as_deref())
    }

    /// What a path names: an attribute, or, when it is the URN of a schema, all of that schema.
    pub fn resolve(&self, path: &AttrPath) -> Option<Target<'_>> {
        if let Some(found) = self.find(path) {
            return Some(Target::Attribute(found));
        }
        // `urn:…:2.0:User` was split at its last colon like any other: put it together again.
        let (Some(urn), None) = (&path.urn, &path.sub) else { return None };
        let whole = format!("{urn}:{}", path.attr);
        if self.core.urn.eq_ignore_ascii_case(&whole) {
            return Some(Target::Resource);
        }
        self.extension(&whole).map(Target::Extension)
    }

    /// The same schema whose attribute, or part of one, advertises these values: what a workspace has to choose from.
    /// They are never enforced by it.
    #[must_use]
    pub fn with_canonical_values(mut self, attribute: &str, part: &str, values: Vec<String>) -> Self {
        let found = self.core.attributes.iter_mut().find(|known| known.name.eq_ignore_ascii_case(attribute));
        let parts = found.into_iter().flat_map(|attribute| &mut attribute.sub_attributes);
        for part in parts.filter(|known| known.name.eq_ignore_ascii_case(part)) {
            part.canonical_values = values.iter().cloned().map(Cow::Owned).collect();
        }
        self
    }

    /// The same schema with one more attribute, in the core schema or in an extension that is made if it isn't there.
    /// Refused when the URN or the name can't be addressed by a path, or is taken.
    pub fn with_attribute(&self, urn: &str, attribute: Attribute) -> Result<Self, Rejection> {
        if !path::is_name(&attribute.name) {
            return Err(Rejection::value(
                "the name of an attribute is a letter followed by letters, digits, '-', '_'",
            ));
        }
        let addressable = AttrPath::parse(urn).is_ok_and(|path| path.urn.is_some() && path.sub.is_none());
        if !addressable {
            return Err(Rejection::value("a schema is named by a URN whose last part begins with a letter"));
        }
        if is_never_stored(&attribute.name) {
            return Err(Rejection::value("a password is never stored, so no attribute can be called that"));
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
