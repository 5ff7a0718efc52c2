//! `/Groups`: list, create, read, replace, patch, delete. The handlers read the request; `operations` does the work.

pub(crate) mod membership;
pub(crate) mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vestibule_scim_engine::{
    document::GroupInput,
    patch::group::{GroupChange, plan},
    schema::ResourceKind,
};
use vestibule_store::Tx;
use vestibule_web::State;

use crate::{
    http::{
        auth::{Provisioner, Scope},
        body::patch_request,
        endpoint,
        etag::if_match,
        path::id_of,
    },
    query::{List, parameters::ListParameters},
};

/// `GET /Groups`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, shared) = (ListParameters::of_query(&req), state.clone());
    endpoint::read(&req, &state, Scope::Read, move |conn, provisioner| {
        let list = List::of(&parameters?, ResourceKind::Group, provisioner, &shared)?;
        operations::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let parameters = ListParameters::of_query(&req);
    let job = move |conn: &mut Tx<'_>, provisioner: &Provisioner, group: GroupInput| {
        operations::create(conn, provisioner, group, &parameters?.projection()?)
    };
    let prepare = |provisioner: &Provisioner, body: Value| operations::document(provisioner, &body);
    endpoint::write_with_body(&req, payload, &state, prepare, job).await
}

/// `GET /Groups/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, id) = (ListParameters::of_query(&req), id_of(&req));
    endpoint::read(&req, &state, Scope::Read, move |conn, provisioner| {
        operations::get(conn, provisioner, &id, &parameters?.projection()?)
    })
    .await
}

/// `PUT /Groups/{id}`. Writes only the members that differ; without `members` it leaves them as they are.
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (parameters, id, version) = (ListParameters::of_query(&req), id_of(&req), if_match(&req));
    let job = move |conn: &mut Tx<'_>, provisioner: &Provisioner, group: GroupInput| {
        operations::replace(conn, provisioner, &id, version.as_ref(), group, &parameters?.projection()?)
    };
    let prepare = |provisioner: &Provisioner, body: Value| operations::document(provisioner, &body);
    endpoint::write_with_body(&req, payload, &state, prepare, job).await
}

/// `PATCH /Groups/{id}`. Returns 204 unless attributes are requested, so that its cost follows the change.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (parameters, id, version) = (ListParameters::of_query(&req), id_of(&req), if_match(&req));
    let prepare = |provisioner: &Provisioner, body: Value| Ok(plan(&patch_request(provisioner, &body)?)?);
    let job = move |conn: &mut Tx<'_>, provisioner: &Provisioner, changes: Vec<GroupChange>| {
        operations::patch(conn, provisioner, &id, version.as_ref(), changes, &parameters?.projection()?)
    };
    endpoint::write_with_body(&req, payload, &state, prepare, job).await
}

/// `DELETE /Groups/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::write(&req, &state, move |conn, provisioner| {
        operations::delete(conn, provisioner, &id, version.as_ref())
    })
    .await
}
