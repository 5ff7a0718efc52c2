//! Lists of roles and entitlements. A workspace has few of them, so they are filtered in memory.

pub mod entitlements;
pub mod roles;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde_json::{Map, Value};
use vestibule_scim_engine::{document::list_response, error::Rejection, filter, schema::Schema};
use vestibule_store::{Conn, Error};
use vestibule_web::State;

use crate::{
    http::{
        auth::{Provisioner, Scope},
        endpoint::{self, Outcome},
        error::ScimError,
        path::id_of,
        response::Response,
    },
    query::{DEFAULT_COUNT, MAX_COUNT, parameters::ListParameters},
};

/// Reads and renders all resources of a list.
type ReadAll = fn(&mut Conn, &Provisioner) -> Result<Vec<Map<String, Value>>, Error>;

/// Returns the requested page of a list.
async fn list(req: &HttpRequest, state: &State, read_all: ReadAll, schema: &'static Schema) -> HttpResponse {
    let parameters = ListParameters::of_query(req);
    endpoint::read(req, state, Scope::Entitlements, move |conn, provisioner| {
        page(read_all(conn, provisioner)?, &parameters?, schema)
    })
    .await
}

/// Returns the resource whose id is in the path.
async fn get(req: &HttpRequest, state: &State, read_all: ReadAll, schema: &'static Schema) -> HttpResponse {
    let (parameters, id) = (ListParameters::of_query(req), id_of(req));
    endpoint::read(req, state, Scope::Entitlements, move |conn, provisioner| {
        find(read_all(conn, provisioner)?, &id, &parameters?, schema)
    })
    .await
}

/// The requested page of `all`.
///
/// # Errors
/// `invalidFilter`; `invalidValue` for `sortBy` and `cursor`, which these lists do not have.
fn page(all: Vec<Map<String, Value>>, parameters: &ListParameters, schema: &Schema) -> Outcome {
    if parameters.sort_by.is_some() || parameters.cursor.is_some() {
        let detail = "this list has one order and is paged by startIndex and count";
        return Err(Rejection::value(detail).into());
    }
    let filter = parameters.parsed_filter()?;
    if let Some(filter) = filter {
        filter::check(filter, schema)?;
    }
    let projection = parameters.projection()?;
    let (start, count) =
        (parameters.start_index()?.unwrap_or(1).max(1), parameters.count()?.unwrap_or(DEFAULT_COUNT));
    let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let matching: Vec<_> = all
        .into_iter()
        .filter(|resource| filter.is_none_or(|filter| filter::matches(filter, resource, schema)))
        .collect();
    let total = matching.len() as u64;
    let returned = matching.into_iter().skip(size(start - 1)).take(size(count.clamp(0, MAX_COUNT)));
    let resources = returned.map(|resource| Value::Object(projection.apply(resource, schema))).collect();
    Ok(Response::message(&list_response(total, Some(start.unsigned_abs()), None, resources)))
}

/// The resource with this id.
///
/// # Errors
/// 404; `invalidValue` for the requested attributes.
fn find(all: Vec<Map<String, Value>>, id: &str, parameters: &ListParameters, schema: &Schema) -> Outcome {
    let found = all.into_iter().find(|resource| resource.get("id").and_then(Value::as_str) == Some(id));
    let found = found.ok_or_else(|| {
        let kind = schema.kind().name().to_lowercase();
        ScimError::NotFound(format!("there is no {kind} {}", id.escape_debug()))
    })?;
    let selected = parameters.projection()?.apply(found.clone(), schema);
    Ok(Response::projected(StatusCode::OK, &found, selected))
}
