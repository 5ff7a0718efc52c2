//! `/Roles`: what Okta may assign, in Okta's shape (okta-facts §3). Read-only: the operator defines roles.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_store::roles;
use vestibule_web::State;

use crate::{
    answer::{Answer, ScimError, id_of},
    catalog, endpoint,
    provisioner::Scope,
    query::Asked,
    resource as render,
    schema::Schema,
};

/// `GET /Roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let asked = Asked::of_query(&req);
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        let roles = roles::list(conn, &provisioner.workspace_id)?;
        let all = roles.iter().map(|role| render::role(&provisioner.base, role)).collect();
        catalog::list(all, &asked?, Schema::role())
    })
    .await
}

/// `GET /Roles/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (asked, id) = (Asked::of_query(&req), id_of(&req));
    endpoint::look(&req, &state, Scope::Entitlements, move |conn, provisioner| {
        let roles = roles::list(conn, &provisioner.workspace_id)?;
        let role = roles
            .iter()
            .find(|role| role.role_id == id)
            .ok_or_else(|| ScimError::NotFound(format!("there is no role {}", id.escape_debug())))?;
        let document = render::role(&provisioner.base, role);
        let shown = asked?.projection()?.show(document.clone(), Schema::role());
        Ok(Answer::part(StatusCode::OK, &document, &shown))
    })
    .await
}
