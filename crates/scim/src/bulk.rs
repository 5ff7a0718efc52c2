//! `POST /Bulk` (RFC 7644 §3.7): many operations in one request, each in its own transaction, ordered by their
//! references. An operation that fails changes nothing; those before it stay done.

mod order;
pub(crate) mod ready;
pub(crate) mod request;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use vestibule_store::Database;
use vestibule_web::State;

use ready::Ready;
pub(crate) use request::MAX_OPERATIONS;
use request::{Method, Operation, Request, Target};

use crate::{
    http::{
        auth::Provisioner,
        endpoint::{self, Outcome},
        error::ScimError,
        response::Response,
    },
    inspector,
};
use vestibule_scim_engine::{budget::Budget, error::Rejection, patch};

const RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// `POST /Bulk`
pub async fn run(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::job_with_body(&req, payload, &state, |database, provisioner, body| {
        let request = Request::parse(&body)?;
        let part = Provisioner { note: provisioner.note.part(), ..provisioner.clone() };
        let response = run_operations(database, &part, &request);
        provisioner.note.understood("operations", || inspector::request::bulk(&response));
        Ok(Response::message(&response))
    })
    .await
}

/// Runs the operations. Returns the results in the order of the request.
fn run_operations(database: &Database, provisioner: &Provisioner, request: &Request) -> Value {
    let mut created_ids: Map<String, Value> = Map::new();
    let mut results: Vec<(usize, Value)> = Vec::new();
    let mut errors = 0;
    let budget = Budget::of_bulk();
    for step in order::of(&request.operations) {
        // RFC 7644 §3.7: after `failOnErrors` errors no further operation runs.
        if request.fail_on_errors.is_some_and(|max| errors >= max) {
            break;
        }
        let Some(operation) = request.operations.get(step.index) else { continue };
        let outcome = match step.circular {
            false => {
                let part = budget.part();
                let outcome = run_operation(database, provisioner, operation, &created_ids, &part);
                budget.add(&part);
                outcome
            }
            true => Err(circular(operation)),
        };
        errors += usize::from(outcome.is_err());
        // A created resource has its location in the response; one that was not created has none.
        let Target { kind, id } = &operation.target;
        let id = id.as_ref().and_then(|id| resolve_id(id, &created_ids).ok());
        let location = id.map(|id| format!("{}{}/{id}", provisioner.base, kind.endpoint()));
        let location = outcome.as_ref().ok().and_then(|response| response.location.clone()).or(location);
        if let (Ok(_), Some(bulk_id), Some(id)) =
            (&outcome, &operation.bulk_id, location.as_deref().and_then(|url| url.rsplit('/').next()))
        {
            created_ids.insert(bulk_id.clone(), id.into());
        }
        results.push((step.index, result(operation, location, outcome)));
    }
    results.sort_by_key(|(index, _)| *index);
    let results: Vec<Value> = results.into_iter().map(|(_, result)| result).collect();
    json!({ "schemas": [RESPONSE_URN], "Operations": results })
}

fn run_operation(
    database: &Database,
    provisioner: &Provisioner,
    operation: &Operation,
    created_ids: &Map<String, Value>,
    budget: &Budget,
) -> Outcome {
    let data = resolve(&operation.data, created_ids)?;
    let Target { kind, id } = &operation.target;
    let id = match id {
        Some(id) => resolve_id(id, created_ids)?,
        None => String::new(),
    };
    let version = operation.version.as_ref();
    let request = match operation.method {
        Method::Patch => Some(patch::Request::parse(&data)?),
        _ => None,
    };
    let ready = Ready::of(provisioner, *kind, operation.method, &data, request.as_ref(), budget)?;
    endpoint::transaction(database, provisioner, |conn| ready.run(conn, provisioner, (&id, version), budget))
}

/// The result of one operation: status and location, and the error of a refusal (RFC 7644 §3.7.3).
fn result(operation: &Operation, location: Option<String>, outcome: Outcome) -> Value {
    let mut result = Map::new();
    result.insert("method".to_owned(), operation.method.name().into());
    if let Some(bulk_id) = &operation.bulk_id {
        result.insert("bulkId".to_owned(), bulk_id.clone().into());
    }
    let status = match outcome {
        Ok(response) => {
            result.extend(response.etag.map(|etag| ("version".to_owned(), etag.into())));
            response.status
        }
        Err(refusal) => {
            let (status, body) = refusal.status_and_body();
            result.insert("response".to_owned(), body);
            status
        }
    };
    result.extend(location.map(|location| ("location".to_owned(), location.into())));
    result.insert("status".to_owned(), status.as_u16().to_string().into());
    Value::Object(result)
}

/// The data with each `bulkId:x` replaced by the id of the resource that operation x created.
fn resolve(data: &Value, created_ids: &Map<String, Value>) -> Result<Value, ScimError> {
    Ok(match data {
        Value::String(text) if text.contains(request::BULK_ID) => {
            Value::String(resolve_text(text, created_ids)?)
        }
        Value::Array(values) => {
            Value::Array(values.iter().map(|value| resolve(value, created_ids)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), resolve(value, created_ids)?)))
                .collect::<Result<_, ScimError>>()?,
        ),
        other => other.clone(),
    })
}

/// The text with its references replaced: the whole text, or those in quotes as in the filter of a path. Finds the same
/// references as [`request::references`].
fn resolve_text(text: &str, created_ids: &Map<String, Value>) -> Result<String, ScimError> {
    if text.starts_with(request::BULK_ID) {
        return resolve_id(text, created_ids);
    }
    let opening = format!("\"{}", request::BULK_ID);
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(opening.as_str()) {
        let bulk_id = after.split('"').next().unwrap_or_default();
        replaced.push_str(before);
        replaced.push('"');
        replaced.push_str(&resolve_id(&format!("{}{bulk_id}", request::BULK_ID), created_ids)?);
        rest = after.strip_prefix(bulk_id).unwrap_or_default();
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// The id itself, or for a `bulkId` the id of the resource that its operation created.
fn resolve_id(id: &str, created_ids: &Map<String, Value>) -> Result<String, ScimError> {
    let Some(bulk_id) = id.strip_prefix(request::BULK_ID) else { return Ok(id.to_owned()) };
    created_ids.get(bulk_id).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        let detail = format!("bulkId {} names no operation that created a resource", bulk_id.escape_debug());
        Rejection::value(detail).into()
    })
}

fn circular(operation: &Operation) -> ScimError {
    let bulk_id = operation.bulk_id.as_deref().unwrap_or_default();
    ScimError::CircularReference(format!("the references of bulkId {} are circular", bulk_id.escape_debug()))
}
