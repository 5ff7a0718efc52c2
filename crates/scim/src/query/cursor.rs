//! Cursors (RFC 9865): the sealed key of the last resource of a page, from which the next page starts. No page repeats
//! or misses a resource that stays, and the server stores nothing. A cursor opens only for the same list in the same
//! workspace; it is no credential.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_scim_engine::error::{Rejection, ScimType};
use vestibule_store::{
    Error,
    people::{groups::Group, users::User},
    search::{Column, Key, Op, Place, Sort, SortKind, Test},
};
use vestibule_web::crypto::seal::Sealer;

/// Seals a key for the list with this context.
pub(crate) fn seal(sealer: &Sealer, context: &str, key: &Key) -> Option<String> {
    let value = match &key.value {
        None | Some(Test::Present) => Value::Null,
        Some(Test::Text(_, text)) => json!(text),
        Some(Test::Truth(truth)) => json!(truth),
        Some(Test::Whole(_, whole)) => json!(whole),
        Some(Test::Real(_, real)) => json!([real]),
    };
    sealer.seal(context, &json!([key.id, value]).to_string()).ok()
}

/// Opens a cursor of the list with this context.
///
/// # Errors
/// `invalidCursor`.
pub(crate) fn open(sealer: &Sealer, context: &str, cursor: &str) -> Result<Key, Rejection> {
    let refused = || {
        let detail = "this cursor is not one of this search: begin again with an empty cursor";
        Rejection::new(ScimType::InvalidCursor, detail)
    };
    let opened = sealer.open(context, cursor).map_err(|_| refused())?;
    let (id, value): (String, Value) = serde_json::from_str(opened.expose_secret()).map_err(|_| refused())?;
    let value = match value {
        Value::String(text) => Some(Test::Text(Op::Equal, text)),
        Value::Bool(truth) => Some(Test::Truth(truth)),
        Value::Number(number) => number.as_i64().map(|whole| Test::Whole(Op::Equal, whole)),
        Value::Array(values) => {
            values.first().and_then(Value::as_f64).map(|real| Test::Real(Op::Equal, real))
        }
        _ => None,
    };
    Ok(Key { value, id })
}

/// The sort key of a user.
pub(crate) fn key_of_user(user: &User, sort: Option<&Sort>) -> Result<Key, Error> {
    let value = match sort.map(|sort| (sort, &sort.place)) {
        None => None,
        Some((_, Place::Column(column))) => match column {
            Column::Id => text(Some(&user.user_id)),
            Column::UserName => text(Some(&user.user_name_key)),
            Column::ExternalId => text(user.external_id.as_deref()),
            Column::DisplayName => text(user.display_name_key.as_deref()),
            Column::Active => Some(Test::Truth(user.active)),
            Column::Created => Some(Test::Whole(Op::Equal, user.created_at)),
            Column::Updated => Some(Test::Whole(Op::Equal, user.updated_at)),
            _ => None,
        },
        // A row of an older version, until its comparable document is filled in.
        Some(_) if user.comparable.is_missing() => None,
        Some((sort, place)) => {
            let document = Value::Object(user.comparable()?);
            let value = in_document(&document, sort.elements.as_deref(), place);
            value.and_then(|value| scalar(value, sort.kind))
        }
    };
    Ok(Key { value, id: user.user_id.to_string() })
}

/// The sort key of a group.
pub(crate) fn key_of_group(group: &Group, sort: Option<&Sort>) -> Key {
    let value = sort.and_then(|sort| match &sort.place {
        Place::Column(Column::Id) => text(Some(&group.group_id)),
        Place::Column(Column::DisplayName) => text(Some(&group.display_name_key)),
        Place::Column(Column::ExternalId) => text(group.external_id.as_deref()),
        Place::Column(Column::Created) => Some(Test::Whole(Op::Equal, group.created_at)),
        Place::Column(Column::Updated) => Some(Test::Whole(Op::Equal, group.updated_at)),
        _ => None,
    });
    Key { value, id: group.group_id.to_string() }
}

fn text(value: Option<&str>) -> Option<Test> {
    Some(Test::Text(Op::Equal, value?.to_owned()))
}

fn scalar(value: &Value, kind: SortKind) -> Option<Test> {
    match kind {
        SortKind::Text => Some(Test::Text(Op::Equal, value.as_str()?.to_owned())),
        SortKind::Truth => Some(Test::Truth(value.as_bool()?)),
        SortKind::Whole => Some(Test::Whole(Op::Equal, value.as_i64()?)),
        SortKind::Real => Some(Test::Real(Op::Equal, value.as_f64()?)),
    }
}

/// The value that the database sorts by: of a multi-valued attribute the value of the primary element, else of the first.
fn in_document<'a>(document: &'a Value, elements: Option<&[String]>, place: &Place) -> Option<&'a Value> {
    let walk = |names: &[String]| names.iter().try_fold(document, |value, name| value.get(name));
    let Some(elements) = elements else {
        return match place {
            Place::Document(names) => walk(names),
            _ => None,
        };
    };
    let elements = walk(elements)?.as_array()?;
    let primary = |element: &&Value| element.get("primary").and_then(Value::as_bool) == Some(true);
    let element = elements.iter().find(primary).or_else(|| elements.first())?;
    match place {
        Place::Part(Some(name)) => element.get(name),
        _ => Some(element),
    }
}
