//! `/Roles`: what Okta may assign, in Okta's shape (okta-facts §3). Read-only: the operator defines roles. What Okta may
//! not give isn't offered.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Map, Value};
use vestibule_store::roles;
use vestibule_web::State;

use crate::{
    answer::{ScimError, finish, resource, send},
    document::{list_response, project},
    error::{Rejection, ScimType},
    provisioner::{Provisioner, Scope},
    query::{List, filter_of},
    resource as render,
    schema::Schema,
};

/// `GET /Roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let listed = async {
        let (provisioner, offered) = offered(&req, &state).await?;
        let all = offered.iter().map(|role| render::role(&provisioner.base, role)).collect();
        page(&req, Schema::role(), all)
    };
    finish(&state, listed.await)
}

/// `GET /Roles/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let read = async {
        let (provisioner, offered) = offered(&req, &state).await?;
        let all = offered.iter().map(|role| render::role(&provisioner.base, role)).collect();
        one(&req, "role", all)
    };
    finish(&state, read.await)
}

async fn offered(req: &HttpRequest, state: &State) -> Result<(Provisioner, Vec<roles::Role>), ScimError> {
    let provisioner = Provisioner::admit(req, state, Scope::Entitlements).await?;
    let workspace_id = provisioner.workspace_id.clone();
    let mut offered = state.read(move |conn| roles::list(conn, &workspace_id)).await?;
    offered.retain(|role| role.by_okta);
    Ok((provisioner, offered))
}

/// One page of what is so little that it is paged here.
pub(crate) fn page(
    req: &HttpRequest,
    schema: &Schema,
    all: Vec<Map<String, Value>>,
) -> Result<HttpResponse, ScimError> {
    if filter_of(req).is_some() {
        let detail = "roles and entitlements can't be filtered; list them all";
        return Err(Rejection::new(ScimType::InvalidFilter, detail).into());
    }
    let list = List::read(req, schema)?;
    let skip = usize::try_from(list.skip()).unwrap_or(usize::MAX);
    let count = usize::try_from(list.count).unwrap_or(0);
    let (attributes, excluded) = (list.projection.attributes.as_deref(), list.projection.excluded.as_deref());
    let page = all.iter().skip(skip).take(count);
    let page = page.map(|one| Value::Object(project(one, attributes, excluded, schema))).collect();
    let document = list_response(all.len() as u64, list.start_index.unsigned_abs(), page);
    Ok(send(&mut HttpResponse::Ok(), &document))
}

/// The one the path names.
pub(crate) fn one(
    req: &HttpRequest,
    what: &str,
    all: Vec<Map<String, Value>>,
) -> Result<HttpResponse, ScimError> {
    let id = req.match_info().get("id").unwrap_or_default();
    let found = all.into_iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id));
    let found =
        found.ok_or_else(|| ScimError::NotFound(format!("there is no {what} {}", id.escape_debug())))?;
    Ok(resource(StatusCode::OK, &Value::Object(found)))
}
