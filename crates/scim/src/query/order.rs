//! `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3), for attributes with one value or with a primary value.

use vestibule_scim_engine::{
    error::{Rejection, ScimType},
    path::AttrPath,
    schema::{Attribute, Returned, Schema, Type},
};
use vestibule_store::search::{Column, Place, Rows, Sort, SortKind};

use crate::query::{
    condition::{Source, source_of},
    parameters::ListParameters,
};

/// The order that the parameters ask for; none for the default order, by id.
///
/// # Errors
/// `invalidPath` for an attribute that cannot be sorted by; `invalidValue` for an unknown order.
pub(super) fn of(
    parameters: &ListParameters,
    schema: &Schema,
    base: &str,
) -> Result<Option<Sort>, Rejection> {
    let descending = match parameters.sort_order.as_deref() {
        None => false,
        Some(order) if order.eq_ignore_ascii_case("ascending") => false,
        Some(order) if order.eq_ignore_ascii_case("descending") => true,
        Some(_) => return Err(Rejection::value("sortOrder is ascending or descending")),
    };
    let Some(name) = &parameters.sort_by else { return Ok(None) };
    let path = AttrPath::parse(name)?;
    let refused = || {
        let detail =
            format!("{path} can't be used for sortBy: use an attribute of /Schemas that has one value");
        Rejection::new(ScimType::InvalidPath, detail)
    };
    let found = schema.find(&path).filter(|found| found.leaf().returned != Returned::Never);
    let source = found.and_then(|found| source_of(found, schema, base)).ok_or_else(refused)?.to_compare();
    let sort = |leaf: &Attribute, place, elements| match kind(leaf) {
        Some(kind) => Ok(Some(Sort { elements, place, kind, descending })),
        None => Err(refused()),
    };
    match source {
        Source::Scalar(_, Place::Column(Column::Id)) if !descending => Ok(None),
        Source::Scalar(_, Place::Column(column)) if !column.is_sortable() => Err(refused()),
        Source::Scalar(leaf, place) => sort(leaf, place, None),
        // Elements are sorted by their primary value; simple elements have none.
        Source::Plural {
            leaf,
            rows: Rows::Elements(names),
            part: Some(place @ Place::Part(Some(_))),
            ..
        } => sort(leaf, place, Some(names)),
        _ => Err(refused()),
    }
}

fn kind(leaf: &Attribute) -> Option<SortKind> {
    match leaf.kind {
        Type::String | Type::Reference => Some(SortKind::Text),
        Type::DateTime | Type::Integer => Some(SortKind::Whole),
        Type::Decimal => Some(SortKind::Real),
        Type::Boolean => Some(SortKind::Truth),
        Type::Complex | Type::Binary => None,
    }
}
