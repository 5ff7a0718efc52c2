//! `/Entitlements`: what Okta may assign beside roles, in Okta's shape (okta-facts §3). Read-only: the operator defines
//! entitlements.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::entitlements};
use vestibule_web::State;

use crate::{
    catalog,
    http::{
        answer::id_of,
        auth::{Provisioner, Scope},
        endpoint, render,
    },
    query::Asked,
};

/// `GET /Entitlements`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let asked = Asked::of_query(&req);
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::list(all(conn, provisioner)?, &asked?, Schema::entitlement())
    })
    .await
}

/// `GET /Entitlements/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::one(all(conn, provisioner)?, &id, &asked?, Schema::entitlement())
    })
    .await
}

fn all(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = entitlements::list(conn, &provisioner.workspace_id)?;
    Ok(all.iter().map(|entitlement| render::entitlement(&provisioner.base, entitlement)).collect())
}
