//! `POST /Bulk` (RFC 7644 §3.7): many operations in one request, each its own transaction, in the order in which they
//! can be done. Nothing of an operation that fails remains; those before it do.

mod order;
mod request;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use vestibule_store::Database;
use vestibule_web::State;

pub(crate) use request::MAX_OPERATIONS;
use request::{Method, Operation, Request, Target};

use crate::{
    groups::operations as groups,
    http::{
        answer::{Answer, ScimError},
        auth::Provisioner,
        endpoint::{self, Outcome},
        inspector,
    },
    query::Projection,
    users::operations as users,
};
use vestibule_scim_engine::{
    budget::Budget,
    document::GroupInput,
    error::{Rejection, ScimType},
    patch::{
        self,
        group::{GroupChange, plan_within},
    },
    schema::ResourceKind,
};

const RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// `POST /Bulk`
pub async fn run(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::work_on_body(&req, payload, &state, |database, provisioner, body| {
        let request = Request::parse(&body)?;
        let part = Provisioner { note: provisioner.note.part(), ..provisioner.clone() };
        let answered = carry_out(database, &part, request);
        provisioner.note.understood("operations", || inspector::bulk(&answered));
        Ok(Answer::document(&answered))
    })
    .await
}

/// Carries the operations out; the answers stand in the order of the request.
fn carry_out(database: &Database, provisioner: &Provisioner, request: Request) -> Value {
    let mut ids: Map<String, Value> = Map::new();
    let mut answers: Vec<(usize, Value)> = Vec::new();
    let mut errors = 0;
    let budget = Budget::of_bulk();
    for step in order::of(&request.operations) {
        // RFC 7644 §3.7: after so many errors the rest is left undone.
        if request.fail_on_errors.is_some_and(|most| errors >= most) {
            break;
        }
        let Some(operation) = request.operations.get(step.index) else { continue };
        let outcome = match step.circular {
            false => {
                let part = budget.part();
                let outcome = perform(database, provisioner, operation, &ids, &part);
                budget.add(&part);
                outcome
            }
            true => Err(circular(operation)),
        };
        errors += usize::from(outcome.is_err());
        // Where it is: what was created says so itself; what wasn't is nowhere.
        let Target { kind, id } = &operation.target;
        let id = id.as_ref().and_then(|id| known(id, &ids).ok());
        let place = id.map(|id| format!("{}{}/{id}", provisioner.base, kind.endpoint()));
        let place = outcome.as_ref().ok().and_then(|answer| answer.location.clone()).or(place);
        if let (Ok(_), Some(bulk_id), Some(id)) =
            (&outcome, &operation.bulk_id, place.as_deref().and_then(|place| place.rsplit('/').next()))
        {
            ids.insert(bulk_id.clone(), id.into());
        }
        answers.push((step.index, told(operation, place, outcome)));
    }
    answers.sort_by_key(|(index, _)| *index);
    let answers: Vec<Value> = answers.into_iter().map(|(_, answer)| answer).collect();
    json!({ "schemas": [RESPONSE_URN], "Operations": answers })
}

fn perform(
    database: &Database,
    provisioner: &Provisioner,
    operation: &Operation,
    ids: &Map<String, Value>,
    budget: &Budget,
) -> Outcome {
    let data = resolve(&operation.data, ids)?;
    let Target { kind, id } = &operation.target;
    let id = match id {
        Some(id) => known(id, ids)?,
        None => String::new(),
    };
    let (version, all) = (operation.version.as_deref(), Projection::default());
    let request = match operation.method {
        Method::Patch => Some(patch::Request::parse(&data)?),
        _ => None,
    };
    let ready = Ready::of(provisioner, *kind, operation.method, &data, request.as_ref(), budget)?;
    endpoint::transaction(database, |conn| match ready {
        Ready::CreateUser(document) => users::create(conn, provisioner, document, &all),
        Ready::ReplaceUser(document) => users::replace(conn, provisioner, &id, version, document, &all),
        Ready::PatchUser(patch) => users::patch(conn, provisioner, &id, version, (&patch, budget), &all),
        Ready::DeleteUser => users::delete(conn, provisioner, &id, version),
        Ready::CreateGroup(group) => groups::create(conn, provisioner, group, &without_members()),
        Ready::ReplaceGroup(group) => {
            groups::replace(conn, provisioner, &id, version, group, &without_members())
        }
        Ready::PatchGroup(changes) => groups::patch(conn, provisioner, &id, version, changes, &all),
        Ready::DeleteGroup => groups::delete(conn, provisioner, &id, version),
    })
}

/// One operation, read and checked before its transaction begins.
enum Ready<'a> {
    CreateUser(Map<String, Value>),
    ReplaceUser(Map<String, Value>),
    PatchUser(patch::Prepared<'a>),
    DeleteUser,
    CreateGroup(GroupInput),
    ReplaceGroup(GroupInput),
    PatchGroup(Vec<GroupChange>),
    DeleteGroup,
}

impl<'a> Ready<'a> {
    fn of(
        provisioner: &'a Provisioner,
        kind: ResourceKind,
        method: Method,
        data: &Value,
        patch: Option<&'a patch::Request>,
        budget: &Budget,
    ) -> Result<Self, ScimError> {
        Ok(match (kind, method, patch) {
            (ResourceKind::User, Method::Post, _) => Self::CreateUser(users::document(provisioner, data)?),
            (ResourceKind::User, Method::Put, _) => Self::ReplaceUser(users::document(provisioner, data)?),
            (ResourceKind::User, Method::Patch, Some(patch)) => {
                Self::PatchUser(patch::Prepared::new(patch, &provisioner.users)?)
            }
            (ResourceKind::User, Method::Delete, _) => Self::DeleteUser,
            (ResourceKind::Group, Method::Post, _) => Self::CreateGroup(groups::document(provisioner, data)?),
            (ResourceKind::Group, Method::Put, _) => Self::ReplaceGroup(groups::document(provisioner, data)?),
            (ResourceKind::Group, Method::Patch, Some(patch)) => {
                Self::PatchGroup(plan_within(patch, budget)?)
            }
            (ResourceKind::Group, Method::Delete, _) => Self::DeleteGroup,
            _ => return Err(ScimError::Method),
        })
    }
}

/// The answer of a bulk request holds no resources, so no members are read for it.
fn without_members() -> Projection {
    Projection {
        attributes: None,
        excluded: Some(vec![vestibule_scim_engine::path::AttrPath::name("members")]),
    }
}

/// What is told of one operation: status and place, and of a refusal the error (RFC 7644 §3.7.3).
fn told(operation: &Operation, place: Option<String>, outcome: Outcome) -> Value {
    let mut answer = Map::new();
    answer.insert("method".to_owned(), operation.method.name().into());
    if let Some(bulk_id) = &operation.bulk_id {
        answer.insert("bulkId".to_owned(), bulk_id.clone().into());
    }
    let status = match outcome {
        Ok(done) => {
            answer.extend(done.etag.map(|etag| ("version".to_owned(), etag.into())));
            done.status
        }
        Err(refusal) => {
            let (status, body) = refusal.told_within();
            answer.insert("response".to_owned(), body);
            status
        }
    };
    answer.extend(place.map(|place| ("location".to_owned(), place.into())));
    answer.insert("status".to_owned(), status.as_u16().to_string().into());
    Value::Object(answer)
}

/// The data with each `bulkId:x` replaced by the id of what operation x created.
fn resolve(data: &Value, ids: &Map<String, Value>) -> Result<Value, ScimError> {
    Ok(match data {
        Value::String(text) if text.contains(request::BULK_ID) => Value::String(replace(text, ids)?),
        Value::Array(values) => {
            Value::Array(values.iter().map(|value| resolve(value, ids)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), resolve(value, ids)?)))
                .collect::<Result<_, ScimError>>()?,
        ),
        other => other.clone(),
    })
}

/// A text that is a reference, or holds some in quotes, as a filter in a path does: as [`request::references`] sees them.
fn replace(text: &str, ids: &Map<String, Value>) -> Result<String, ScimError> {
    if text.starts_with(request::BULK_ID) {
        return known(text, ids);
    }
    let opening = format!("\"{}", request::BULK_ID);
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(opening.as_str()) {
        let bulk_id = after.split('"').next().unwrap_or_default();
        replaced.push_str(before);
        replaced.push('"');
        replaced.push_str(&known(&format!("{}{bulk_id}", request::BULK_ID), ids)?);
        rest = after.strip_prefix(bulk_id).unwrap_or_default();
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// The id itself, or that of what a `bulkId` created.
fn known(id: &str, ids: &Map<String, Value>) -> Result<String, ScimError> {
    let Some(bulk_id) = id.strip_prefix(request::BULK_ID) else { return Ok(id.to_owned()) };
    ids.get(bulk_id).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        let detail = format!("bulkId {} names no operation that created a resource", bulk_id.escape_debug());
        Rejection::new(ScimType::InvalidValue, detail).into()
    })
}

fn circular(operation: &Operation) -> ScimError {
    let bulk_id = operation.bulk_id.as_deref().unwrap_or_default();
    ScimError::Circular(format!("the references of bulkId {} go round in a circle", bulk_id.escape_debug()))
}
