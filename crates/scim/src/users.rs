//! `/Users`: list, create, read, replace, patch, delete. The handlers read the request; `operations` does the work.

pub mod custom_attributes;
pub(crate) mod okta_defaults;
pub(crate) mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::{budget::Budget, patch::Prepared, schema::ResourceKind};
use vestibule_store::{Conn, Tx};
use vestibule_web::State;

use crate::{
    http::{
        auth::{Provisioner, Scope},
        body::patch_request,
        endpoint,
        error::ScimError,
        etag::if_match,
        path::id_of,
    },
    query::{List, parameters::ListParameters},
};

/// `GET /Users`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, shared) = (ListParameters::of_query(&req), state.clone());
    let is_lookup = parameters.as_ref().is_ok_and(ListParameters::is_lookup);
    let job = move |conn: &mut Conn, provisioner: &Provisioner| {
        let list = List::of(&parameters?, ResourceKind::User, provisioner, &shared)?;
        operations::list(conn, provisioner, &list, &shared)
    };
    match is_lookup {
        true => endpoint::lookup(&req, &state, Scope::Read, job).await,
        false => endpoint::read(&req, &state, Scope::Read, job).await,
    }
}

/// `POST /Users`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (parameters, observed) = (ListParameters::of_query(&req), observed(&state));
    let prepare = move |provisioner: &Provisioner, body: Value| {
        operations::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Tx<'_>, provisioner: &Provisioner, document: Map<String, Value>| {
        operations::create(conn, provisioner, document, &parameters?.projection()?)
    };
    endpoint::write_with_body(&req, payload, &state, prepare, job).await
}

/// `GET /Users/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, id) = (ListParameters::of_query(&req), id_of(&req));
    endpoint::lookup(&req, &state, Scope::Read, move |conn, provisioner| {
        operations::get(conn, provisioner, &id, &parameters?.projection()?)
    })
    .await
}

/// `PUT /Users/{id}`
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (parameters, id, version) = (ListParameters::of_query(&req), id_of(&req), if_match(&req));
    let observed = observed(&state);
    let prepare = move |provisioner: &Provisioner, body: Value| {
        operations::document(provisioner, &observed(provisioner, body)?)
    };
    let job = move |conn: &mut Tx<'_>, provisioner: &Provisioner, document: Map<String, Value>| {
        operations::replace(conn, provisioner, &id, version.as_ref(), document, &parameters?.projection()?)
    };
    endpoint::write_with_body(&req, payload, &state, prepare, job).await
}

/// `PATCH /Users/{id}`
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (parameters, id, version) = (ListParameters::of_query(&req), id_of(&req), if_match(&req));
    let observed = observed(&state);
    endpoint::job_with_body(&req, payload, &state, move |database, provisioner, body| {
        let (body, projection) = (observed(provisioner, body)?, parameters?.projection()?);
        let request = patch_request(provisioner, &body)?;
        let (request, budget) = (Prepared::new(&request, &provisioner.users)?, Budget::new());
        endpoint::transaction(database, provisioner, |conn| {
            operations::patch(conn, provisioner, &id, version.as_ref(), (&request, &budget), &projection)
        })
    })
    .await
}

/// `DELETE /Users/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (id, version) = (id_of(&req), if_match(&req));
    endpoint::write(&req, &state, move |conn, provisioner| {
        operations::delete(conn, provisioner, &id, version.as_ref())
    })
    .await
}

/// Reports signs of Okta's default settings in the body to the doctor, and returns the body.
fn observed(state: &State) -> impl FnOnce(&Provisioner, Value) -> Result<Value, ScimError> + Send + use<> {
    let state = state.clone();
    move |provisioner, body| {
        okta_defaults::report(&state, provisioner, &body);
        Ok(body)
    }
}
