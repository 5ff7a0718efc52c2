//! Lists of what a workspace has few of, and all of it in memory: roles and entitlements. Filtered by the pure evaluator.

pub mod entitlements;
pub mod roles;

use actix_web::http::StatusCode;
use serde_json::{Map, Value};
use vestibule_scim_engine::{
    document::list_response,
    error::{Rejection, ScimType},
    filter,
    schema::Schema,
};

use crate::{
    http::{
        answer::{Answer, ScimError},
        endpoint::Outcome,
    },
    query::{Asked, DEFAULT_COUNT, MAX_COUNT},
};

/// The page of `all` that was asked for.
///
/// # Errors
/// `invalidFilter`, `invalidValue`: it is paged by index and has one order.
pub(crate) fn list(all: Vec<Map<String, Value>>, asked: &Asked, schema: &Schema) -> Outcome {
    if asked.sort_by.is_some() || asked.cursor.is_some() {
        let detail = "this list has one order and is paged by startIndex and count";
        return Err(Rejection::new(ScimType::InvalidValue, detail).into());
    }
    let filter = asked.filter.as_deref().map(filter::parse).transpose()?;
    if let Some(filter) = &filter {
        filter::check(filter, schema)?;
    }
    let projection = asked.projection()?;
    let (start, count) = (asked.start_index()?.unwrap_or(1).max(1), asked.count()?.unwrap_or(DEFAULT_COUNT));
    let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let met: Vec<_> = all
        .into_iter()
        .filter(|one| filter.as_ref().is_none_or(|filter| filter::matches(filter, one, schema)))
        .collect();
    let total = met.len() as u64;
    let page = met.into_iter().skip(size(start - 1)).take(size(count.clamp(0, MAX_COUNT)));
    let shown = page.map(|one| Value::Object(projection.show(one, schema))).collect();
    Ok(Answer::document(&list_response(total, Some(start.unsigned_abs()), None, shown)))
}

/// The one of that id.
///
/// # Errors
/// 404.
pub(crate) fn one(all: Vec<Map<String, Value>>, id: &str, asked: &Asked, schema: &Schema) -> Outcome {
    let found = all.into_iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id));
    let found = found.ok_or_else(|| {
        let what = schema.kind().name().to_lowercase();
        ScimError::NotFound(format!("there is no {what} {}", id.escape_debug()))
    })?;
    Ok(Answer::part(StatusCode::OK, &found, &asked.projection()?.show(found.clone(), schema)))
}
