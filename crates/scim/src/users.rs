//! `/Users`: list, create, read, replace, patch, delete. What they do is in `work`, where a bulk request finds it too.

pub(crate) mod work;

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    answer::{id_of, if_match, json_body},
    budget::Budget,
    endpoint, noted, oddities,
    patch::{Prepared, Request},
    provisioner::{Provisioner, Scope},
    query::{Asked, List},
    schema::ResourceKind,
};

/// `GET /Users`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, shared) = (Asked::of_query(&req), state.clone());
    let lookup = asked.as_ref().is_ok_and(Asked::is_lookup);
    let job = move |conn: &mut Conn, provisioner: &Provisioner| {
        let list = List::of(&asked?, ResourceKind::User, provisioner, &shared)?;
        work::list(conn, provisioner, &list, &shared)
    };
    match lookup {
        true => endpoint::glance(&req, &state, Scope::Read, job).await,
        false => endpoint::look(&req, &state, Scope::Read, job).await,
    }
}

/// `POST /Users`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    let shared = state.clone();
    endpoint::work(&req, &state, move |database, provisioner| {
        let (body, projection) = (body?, asked?.projection()?);
        oddities::note(&shared, provisioner, &body);
        let document = work::document(provisioner, &body)?;
        endpoint::transaction(database, |conn| work::create(conn, provisioner, document, &projection))
    })
    .await
}

/// `GET /Users/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::glance(&req, &state, Scope::Read, move |conn, provisioner| {
        work::get(conn, provisioner, &id, &asked?.projection()?)
    })
    .await
}

/// `PUT /Users/{id}`
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    let (id, version, shared) = (id_of(&req), if_match(&req), state.clone());
    endpoint::work(&req, &state, move |database, provisioner| {
        let (body, projection) = (body?, asked?.projection()?);
        oddities::note(&shared, provisioner, &body);
        let document = work::document(provisioner, &body)?;
        endpoint::transaction(database, |conn| {
            work::replace(conn, provisioner, &id, version.as_deref(), document, &projection)
        })
    })
    .await
}

/// `PATCH /Users/{id}`
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, body) = (Asked::of_query(&req), json_body(&req, payload, &state).await);
    let (id, version, shared) = (id_of(&req), if_match(&req), state.clone());
    endpoint::work(&req, &state, move |database, provisioner| {
        let (body, projection) = (body?, asked?.projection()?);
        oddities::note(&shared, provisioner, &body);
        let request = Request::parse(&body).inspect_err(|_| noted::document(&provisioner.note, &body))?;
        provisioner.note.understood("operations", || noted::operations(&request));
        let (request, budget) = (Prepared::new(&request, &provisioner.users)?, Budget::new());
        endpoint::transaction(database, |conn| {
            work::patch(conn, provisioner, &id, version.as_deref(), (&request, &budget), &projection)
        })
    })
    .await
}

/// `DELETE /Users/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::change(&req, &state, move |conn, provisioner| {
        work::delete(conn, provisioner, &id, version.as_deref())
    })
    .await
}
