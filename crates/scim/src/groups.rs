//! `/Groups`: list, create, read, replace, patch, delete. What they do is in `work`; members are streamed by `script`.

pub(crate) mod script;
pub(crate) mod work;

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_web::State;

use crate::{
    answer::{id_of, if_match, json_body},
    endpoint, noted,
    patch::{Request, group::plan},
    provisioner::Scope,
    query::{Asked, List},
    schema::ResourceKind,
};

/// `GET /Groups`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, shared) = (Asked::of_query(&req), state.clone());
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        let list = List::of(&asked?, ResourceKind::Group, provisioner, &shared)?;
        work::list(conn, provisioner, &list, &shared)
    })
    .await
}

/// `POST /Groups`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    endpoint::work(&req, &state, move |database, provisioner| {
        let (group, projection) = (work::document(provisioner, &body?)?, asked?.projection()?);
        endpoint::transaction(database, |conn| work::create(conn, provisioner, group, &projection))
    })
    .await
}

/// `GET /Groups/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::look(&req, &state, Scope::Read, move |conn, provisioner| {
        work::get(conn, provisioner, &id, &asked?.projection()?)
    })
    .await
}

/// `PUT /Groups/{id}`: members as a difference; absent members leave them.
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::work(&req, &state, move |database, provisioner| {
        let (group, projection) = (work::document(provisioner, &body?)?, asked?.projection()?);
        endpoint::transaction(database, |conn| {
            work::replace(conn, provisioner, &id, version.as_deref(), group, &projection)
        })
    })
    .await
}

/// `PATCH /Groups/{id}`: answered with 204 unless attributes are asked for, so that its cost follows the change.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::work(&req, &state, move |database, provisioner| {
        let (body, projection) = (body?, asked?.projection()?);
        let request = Request::parse(&body).inspect_err(|_| noted::document(&provisioner.note, &body))?;
        provisioner.note.understood("operations", || noted::operations(&request));
        let changes = plan(&request)?;
        endpoint::transaction(database, |conn| {
            work::patch(conn, provisioner, &id, version.as_deref(), changes, &projection)
        })
    })
    .await
}

/// `DELETE /Groups/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::change(&req, &state, move |conn, provisioner| {
        work::delete(conn, provisioner, &id, version.as_deref())
    })
    .await
}
