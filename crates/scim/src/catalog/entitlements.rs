//! `/Entitlements`: the entitlements that Okta may assign, in Okta's form (okta-facts §3). Read-only, because the
//! operator defines entitlements.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::entitlements};
use vestibule_web::State;

use crate::{
    catalog,
    http::{
        auth::{Provisioner, Scope},
        endpoint,
        path::id_of,
        render,
    },
    query::parameters::ListParameters,
};

/// `GET /Entitlements`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let parameters = ListParameters::of_query(&req);
    endpoint::read(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::list(all(conn, provisioner)?, &parameters?, Schema::entitlement())
    })
    .await
}

/// `GET /Entitlements/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, id) = (ListParameters::of_query(&req), id_of(&req));
    endpoint::read(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::get(all(conn, provisioner)?, &id, &parameters?, Schema::entitlement())
    })
    .await
}

fn all(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = entitlements::list(conn, &provisioner.workspace_id)?;
    Ok(all.iter().map(|entitlement| render::entitlement(&provisioner.base, entitlement)).collect())
}
