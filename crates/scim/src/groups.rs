//! `/Groups`: list, create, read, replace, patch, delete. What they do is in `work`; members are streamed by `script`.

pub(crate) mod membership;
pub(crate) mod operations;
pub(crate) mod stream;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vestibule_scim_engine::{
    document::GroupInput,
    patch::group::{GroupChange, plan},
    schema::ResourceKind,
};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    http::{
        answer::{id_of, if_match},
        auth::{Provisioner, Scope},
        body::patch_request,
        endpoint,
    },
    query::{Asked, List},
};

/// `GET /Groups`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, shared) = (Asked::of_query(&req), state.clone());
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        let list = List::of(&asked?, ResourceKind::Group, provisioner, &shared)?;
        operations::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let asked = Asked::of_query(&req);
    let job = move |conn: &mut Conn, provisioner: &Provisioner, group: GroupInput| {
        operations::create(conn, provisioner, group, &asked?.projection()?)
    };
    let prepare = |provisioner: &Provisioner, body: Value| operations::document(provisioner, &body);
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
}

/// `GET /Groups/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        operations::get(conn, provisioner, &id, &asked?.projection()?)
    })
    .await
}

/// `PUT /Groups/{id}`: members as a difference; absent members leave them.
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, id, version) = (Asked::of_query(&req), id_of(&req), if_match(&req));
    let job = move |conn: &mut Conn, provisioner: &Provisioner, group: GroupInput| {
        operations::replace(conn, provisioner, &id, version.as_deref(), group, &asked?.projection()?)
    };
    let prepare = |provisioner: &Provisioner, body: Value| operations::document(provisioner, &body);
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
}

/// `PATCH /Groups/{id}`: answered with 204 unless attributes are asked for, so that its cost follows the change.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, id, version) = (Asked::of_query(&req), id_of(&req), if_match(&req));
    let prepare = |provisioner: &Provisioner, body: Value| Ok(plan(&patch_request(provisioner, &body)?)?);
    let job = move |conn: &mut Conn, provisioner: &Provisioner, changes: Vec<GroupChange>| {
        operations::patch(conn, provisioner, &id, version.as_deref(), changes, &asked?.projection()?)
    };
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
}

/// `DELETE /Groups/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::change(&req, &state, move |conn, provisioner| {
        operations::delete(conn, provisioner, &id, version.as_deref())
    })
    .await
}
