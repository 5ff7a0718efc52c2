//! Where the values of an attribute are stored: in a column, in rows of another table, in the user's JSON, or nowhere
//! because they are constant.

use vestibule_scim_engine::schema::{Attribute, Found, ResourceKind, Schema};
use vestibule_store::search::{Column, Condition, Place, Rows, Test};

/// Where the values of an attribute are.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    /// One value of this attribute.
    Scalar(&'a Attribute, Place),
    /// Several values.
    Plural {
        /// The attribute in the path: the whole, or a sub-attribute.
        leaf: &'a Attribute,
        /// The whole attribute.
        attribute: &'a Attribute,
        /// The values.
        rows: Rows,
        /// The place of the sub-attribute in a value, or of a simple value.
        part: Option<Place>,
        /// The text that the sub-attribute has in every value.
        constant: Option<&'static str>,
    },
    /// These texts, each if its condition is true.
    Constant(&'a Attribute, Vec<(String, Condition)>),
}

/// Where an attribute of a resource is stored; none if it is computed.
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

/// The URNs of `schemas`: the core schema always, an extension if the user has an attribute of it.
fn schemas(schema: &Schema) -> Vec<(String, Condition)> {
    let core = (schema.core().urn.to_string(), Condition::Always);
    let extension =
        |urn: &str| (urn.to_owned(), Condition::Is(Place::Document(vec![urn.to_owned()]), Test::Present));
    std::iter::once(core).chain(schema.extensions().iter().map(|one| extension(&one.urn))).collect()
}

/// The source of an attribute whose values are rows of another table.
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

/// The place of a sub-attribute in such a row, or its constant text.
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
    /// The condition that there is a value.
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

    /// The source that a comparison with the attribute uses: that of `value` for a complex one (RFC 7644 §3.4.2.2).
    pub(crate) fn to_compare(&self) -> Source<'a> {
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
