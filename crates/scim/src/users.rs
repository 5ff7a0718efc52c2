//! `/Users`: list, create, read, replace, patch, delete. What they do is in `work`, where a bulk request finds it too.

pub(crate) mod work;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    answer::{ScimError, id_of, if_match},
    budget::Budget,
    endpoint, oddities,
    patch::Prepared,
    provisioner::{Provisioner, Scope},
    query::{Asked, List},
    receive::patch_request,
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
    let (asked, observed) = (Asked::of_query(&req), observed(&state));
    let prepare = move |provisioner: &Provisioner, body: Value| {
        work::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Conn, provisioner: &Provisioner, document: Map<String, Value>| {
        work::create(conn, provisioner, document, &asked?.projection()?)
    };
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
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
    let (asked, id, version) = (Asked::of_query(&req), id_of(&req), if_match(&req));
    let observed = observed(&state);
    let prepare = move |provisioner: &Provisioner, body: Value| {
        work::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Conn, provisioner: &Provisioner, document: Map<String, Value>| {
        work::replace(conn, provisioner, &id, version.as_deref(), document, &asked?.projection()?)
    };
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
}

/// `PATCH /Users/{id}`
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, id, version) = (Asked::of_query(&req), id_of(&req), if_match(&req));
    let observed = observed(&state);
    endpoint::work_on_body(&req, payload, &state, move |database, provisioner, body| {
        let (body, projection) = (observed(provisioner, body)?, asked?.projection()?);
        let request = patch_request(provisioner, &body)?;
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

/// The body as it came, after the doctor has seen what is odd about it.
fn observed(state: &State) -> impl FnOnce(&Provisioner, Value) -> Result<Value, ScimError> + Send + use<> {
    let state = state.clone();
    move |provisioner, body| {
        oddities::note(&state, provisioner, &body);
        Ok(body)
    }
}
