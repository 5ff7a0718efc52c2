//! `/Roles`: the roles that Okta may assign, in Okta's form (okta-facts §3). Read-only, because the operator defines roles.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::roles};
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

/// `GET /Roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let parameters = ListParameters::of_query(&req);
    endpoint::read(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::list(offered(conn, provisioner)?, &parameters?, Schema::role())
    })
    .await
}

/// `GET /Roles/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (parameters, id) = (ListParameters::of_query(&req), id_of(&req));
    endpoint::read(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::get(offered(conn, provisioner)?, &id, &parameters?, Schema::role())
    })
    .await
}

/// The roles that Okta may assign.
fn offered(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = roles::list(conn, &provisioner.workspace_id)?;
    let offered = all.iter().filter(|role| role.by_okta);
    Ok(offered.map(|role| render::role(&provisioner.base, role)).collect())
}
