//! Where the values of an attribute are: in columns, in rows of their own, in the user's JSON, or the same everywhere.

use vestibule_scim_engine::schema::{Attribute, Found, ResourceKind, Schema};
use vestibule_store::search::{Column, Condition, Place, Rows, Test};

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    /// One value, of that attribute.
    Scalar(&'a Attribute, Place),
    /// Several.
    Plural {
        /// The attribute that was named: the whole, or a part.
        leaf: &'a Attribute,
        /// The whole attribute.
        attribute: &'a Attribute,
        /// Its values.
        rows: Rows,
        /// Where the named part of a value is; the whole of a simple one.
        part: Option<Place>,
        /// What every value has there.
        constant: Option<&'static str>,
    },
    /// These texts, each where the condition holds.
    Constant(&'a Attribute, Vec<(String, Condition)>),
}

/// Where an attribute of a resource is; nothing for what is only computed.
pub(crate) fn of<'a>(found: Found<'a>, schema: &Schema, base: &str) -> Option<Source<'a>> {
    let (attribute, leaf) = (found.attribute, found.leaf());
    let column = |column| Some(Source::Scalar(leaf, Place::Column(column)));
    let kind = schema.kind();
    if found.extension.is_none() {
        let sub = found.sub.map(|sub| sub.name.as_ref());
        match (attribute.name.as_ref(), sub) {
            ("id", _) => return column(Column::Id),
            ("externalId", _) => return column(Column::ExternalId),
            ("displayName", _) => return column(Column::DisplayName),
            ("userName", _) => return column(Column::UserName),
            ("active", _) if kind == ResourceKind::User => return column(Column::Active),
            ("meta", Some("created")) => return column(Column::Created),
            ("meta", Some("lastModified")) => return column(Column::Updated),
            ("meta", Some("location")) => {
                return column(Column::Address(format!("{base}{}/", kind.endpoint())));
            }
            ("meta", None | Some("resourceType")) => {
                return Some(Source::Constant(leaf, vec![(kind.name().to_owned(), Condition::Always)]));
            }
            ("meta", _) => return None,
            ("schemas", _) => return Some(Source::Constant(leaf, schemas(schema))),
            ("groups" | "roles" | "entitlements" | "members", _) => return Some(rows(found, base)),
            _ => {}
        }
    }
    let mut names: Vec<String> = found.extension.iter().map(|extension| extension.urn.to_string()).collect();
    names.push(attribute.name.to_string());
    if attribute.multi_valued {
        let part = match found.sub {
            Some(sub) => Some(Place::Part(Some(sub.name.to_string()))),
            None => (!attribute.is_complex()).then_some(Place::Part(None)),
        };
        return Some(Source::Plural { leaf, attribute, rows: Rows::Elements(names), part, constant: None });
    }
    names.extend(found.sub.map(|sub| sub.name.to_string()));
    Some(Source::Scalar(leaf, Place::Document(names)))
}

/// The core schema always, an extension when the user has something in it.
fn schemas(schema: &Schema) -> Vec<(String, Condition)> {
    let core = (schema.core().urn.to_string(), Condition::Always);
    let extension = |urn: &str| {
        let used = Condition::Is(Place::Document(vec![urn.to_owned()]), Test::Present);
        (urn.to_owned(), used)
    };
    std::iter::once(core).chain(schema.extensions().iter().map(|one| extension(&one.urn))).collect()
}

/// Attributes whose values are rows that belong to the resource.
fn rows<'a>(found: Found<'a>, base: &str) -> Source<'a> {
    let (attribute, leaf) = (found.attribute, found.leaf());
    let rows = match attribute.name.as_ref() {
        "groups" => Rows::Groups,
        "roles" => Rows::Roles,
        "entitlements" => Rows::Entitlements,
        _ => Rows::Members,
    };
    let (part, constant) = match found.sub {
        None => (None, None),
        Some(sub) => part_of(&rows, &sub.name, base),
    };
    Source::Plural { leaf, attribute, rows, part, constant }
}

/// Where a part of such a value is, or what it always is.
pub(super) fn part_of(rows: &Rows, part: &str, base: &str) -> (Option<Place>, Option<&'static str>) {
    let row = |column| (Some(Place::Row(column)), None);
    match (rows, part) {
        (_, "value") => row(Column::Id),
        (Rows::Members, "display") => row(Column::UserName),
        (_, "display") => row(Column::DisplayName),
        (Rows::Members, "$ref") => row(Column::Address(format!("{base}/Users/"))),
        (Rows::Groups, "$ref") => row(Column::Address(format!("{base}/Groups/"))),
        (Rows::Members, "type") => (None, Some("User")),
        (Rows::Groups, "type") => (None, Some("direct")),
        (_, "type") => row(Column::AssignedType),
        (_, "primary") => row(Column::AssignedPrimary),
        _ => (None, None),
    }
}

impl<'a> Source<'a> {
    /// There is a value.
    pub(super) fn present(&self) -> Condition {
        match self {
            Source::Scalar(_, place) => Condition::Is(place.clone(), Test::Present),
            Source::Constant(..) => Condition::Always,
            Source::Plural { rows, part, leaf, attribute, .. } => {
                let inner = match part {
                    Some(place) if !std::ptr::eq(*leaf, *attribute) => {
                        Condition::Is(place.clone(), Test::Present)
                    }
                    _ => Condition::Always,
                };
                Condition::Any(rows.clone(), Box::new(inner))
            }
        }
    }

    /// What is compared when the attribute is: a complex one by its `value` (RFC 7644 §3.4.2.2).
    pub(crate) fn compared(&self) -> Source<'a> {
        match self {
            Source::Scalar(leaf, Place::Document(names)) if leaf.is_complex() => match leaf.sub("value") {
                Some(value) => {
                    let names = names.iter().cloned().chain([value.name.to_string()]).collect();
                    Source::Scalar(value, Place::Document(names))
                }
                None => self.clone(),
            },
            Source::Plural { leaf, attribute, rows, .. } if leaf.is_complex() => match leaf.sub("value") {
                Some(value) => {
                    let part = match rows {
                        Rows::Elements(_) => Place::Part(Some(value.name.to_string())),
                        _ => Place::Row(Column::Id),
                    };
                    Source::Plural {
                        leaf: value,
                        attribute,
                        rows: rows.clone(),
                        part: Some(part),
                        constant: None,
                    }
                }
                None => self.clone(),
            },
            _ => self.clone(),
        }
    }
}
