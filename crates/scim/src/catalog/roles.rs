//! `/Roles`: the roles that Okta may assign, in Okta's form (okta-facts §3). Read-only, because the operator defines roles.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{Conn, Error, rights::roles};
use vestibule_web::State;

use crate::{
    catalog,
    http::{auth::Provisioner, render},
};

/// `GET /Roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    catalog::list(&req, &state, assignable, Schema::role()).await
}

/// `GET /Roles/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    catalog::get(&req, &state, assignable, Schema::role()).await
}

/// The roles that Okta may assign.
fn assignable(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Map<String, Value>>, Error> {
    let all = roles::list(conn, &provisioner.workspace_id)?;
    let offered = all.iter().filter(|role| role.by_okta);
    Ok(offered.map(|role| render::role(&provisioner.base, role)).collect())
}
