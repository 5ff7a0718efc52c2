//! `/Users`: list, create, read, replace, patch, delete. What they do is in `work`, where a bulk request finds it too.

pub mod custom_attributes;
pub(crate) mod okta_defaults;
pub(crate) mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::{budget::Budget, patch::Prepared, schema::ResourceKind};
use vestibule_store::Conn;
use vestibule_web::State;

use crate::{
    http::{
        answer::{ScimError, id_of, if_match},
        auth::{Provisioner, Scope},
        body::patch_request,
        endpoint,
    },
    query::{Asked, List},
};

/// `GET /Users`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, shared) = (Asked::of_query(&req), state.clone());
    let lookup = asked.as_ref().is_ok_and(Asked::is_lookup);
    let job = move |conn: &mut Conn, provisioner: &Provisioner| {
        let list = List::of(&asked?, ResourceKind::User, provisioner, &shared)?;
        operations::list(conn, provisioner, &list, &shared)
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
        operations::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Conn, provisioner: &Provisioner, document: Map<String, Value>| {
        operations::create(conn, provisioner, document, &asked?.projection()?)
    };
    endpoint::change_by_body(&req, payload, &state, prepare, job).await
}

/// `GET /Users/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::glance(&req, &state, Scope::Read, move |conn, provisioner| {
        operations::get(conn, provisioner, &id, &asked?.projection()?)
    })
    .await
}

/// `PUT /Users/{id}`
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (asked, id, version) = (Asked::of_query(&req), id_of(&req), if_match(&req));
    let observed = observed(&state);
    let prepare = move |provisioner: &Provisioner, body: Value| {
        operations::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Conn, provisioner: &Provisioner, document: Map<String, Value>| {
        operations::replace(conn, provisioner, &id, version.as_deref(), document, &asked?.projection()?)
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
            operations::patch(conn, provisioner, &id, version.as_deref(), (&request, &budget), &projection)
        })
    })
    .await
}

/// `DELETE /Users/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::change(&req, &state, move |conn, provisioner| {
        operations::delete(conn, provisioner, &id, version.as_deref())
    })
    .await
}

/// The body as it came, after the doctor has seen what is odd about it.
fn observed(state: &State) -> impl FnOnce(&Provisioner, Value) -> Result<Value, ScimError> + Send + use<> {
    let state = state.clone();
    move |provisioner, body| {
        okta_defaults::note(&state, provisioner, &body);
        Ok(body)
    }
}
