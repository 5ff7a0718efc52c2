//! `/Roles`: what Okta may assign, in Okta's shape (okta-facts §3). Read-only: the operator defines roles. What Okta may
//! not give isn't offered.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::roles};
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

/// `GET /Roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let asked = Asked::of_query(&req);
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::list(offered(conn, provisioner)?, &asked?, Schema::role())
    })
    .await
}

/// `GET /Roles/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        catalog::one(offered(conn, provisioner)?, &id, &asked?, Schema::role())
    })
    .await
}

fn offered(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = roles::list(conn, &provisioner.workspace_id)?;
    let offered = all.iter().filter(|role| role.by_okta);
    Ok(offered.map(|role| render::role(&provisioner.base, role)).collect())
}
