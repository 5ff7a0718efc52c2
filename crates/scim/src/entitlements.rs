//! `/Entitlements`: what Okta may assign beside roles, in Okta's shape (okta-facts §3). Read-only: the operator defines
//! entitlements.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_store::entitlements;
use vestibule_web::State;

use crate::{
    answer::{ScimError, finish},
    provisioner::{Provisioner, Scope},
    resource as render,
    roles::{one, page},
    schema::Schema,
};

/// `GET /Entitlements`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let listed = async { page(&req, Schema::entitlement(), all(&req, &state).await?) };
    finish(&state, listed.await)
}

/// `GET /Entitlements/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let read = async { one(&req, "entitlement", all(&req, &state).await?) };
    finish(&state, read.await)
}

async fn all(req: &HttpRequest, state: &State) -> Result<Vec<Map<String, Value>>, ScimError> {
    let provisioner = Provisioner::admit(req, state, Scope::Entitlements).await?;
    let workspace_id = provisioner.workspace_id.clone();
    let all = state.read(move |conn| entitlements::list(conn, &workspace_id)).await?;
    Ok(all.iter().map(|entitlement| render::entitlement(&provisioner.base, entitlement)).collect())
}
