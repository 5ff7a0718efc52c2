//! `/Entitlements`: the entitlements that Okta may assign, in Okta's form (okta-facts §3). Read-only, because the
//! operator defines entitlements.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::entitlements};
use vestibule_web::State;

use crate::{
    catalog,
    http::{auth::Provisioner, render},
};

/// `GET /Entitlements`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    catalog::list(&req, &state, all, Schema::entitlement()).await
}

/// `GET /Entitlements/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    catalog::get(&req, &state, all, Schema::entitlement()).await
}

fn all(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = entitlements::list(conn, &provisioner.workspace_id)?;
    Ok(all.iter().map(|entitlement| render::entitlement(&provisioner.base, entitlement)).collect())
}
