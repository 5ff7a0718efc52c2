//! `/Roles`: what Okta may assign, in Okta's shape (okta-facts §3). Read-only: the operator defines roles.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::Value;
use vestibule_store::{roles, roles::Role};
use vestibule_web::State;

use crate::{
    answer::{ScimError, finish, resource, send},
    document::{list_response, project},
    error::{Rejection, ScimType},
    provisioner::{Provisioner, Scope},
    query::{List, Projection, filter_of},
    resource as render,
    schema::Schema,
};

/// `GET /Roles`: few enough to be paged here.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let listed = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Entitlements).await?;
        if filter_of(&req).is_some() {
            let detail = "roles can't be filtered; list them all";
            return Err(Rejection::new(ScimType::InvalidFilter, detail).into());
        }
        let list = List::read(&req, Schema::role())?;
        let workspace_id = provisioner.workspace_id.clone();
        let all = state.read(move |conn| roles::list(conn, &workspace_id)).await?;
        let (skip, count) =
            (usize::try_from(list.skip()).unwrap_or(usize::MAX), usize::try_from(list.count).unwrap_or(0));
        let projection = &list.projection;
        let page: Vec<Value> =
            all.iter().skip(skip).take(count).map(|role| show(&provisioner, role, projection)).collect();
        let document = list_response(all.len() as u64, list.start_index.unsigned_abs(), page);
        Ok(send(&mut HttpResponse::Ok(), &document))
    };
    finish(&state, listed.await)
}

/// `GET /Roles/{id}`
pub async fn get(
    req: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let read = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Entitlements).await?;
        let (workspace_id, (_, role_id)) = (provisioner.workspace_id.clone(), path.into_inner());
        let all = state.read(move |conn| roles::list(conn, &workspace_id)).await?;
        let role = all
            .iter()
            .find(|role| role.role_id == role_id)
            .ok_or_else(|| ScimError::NotFound(format!("there is no role {}", role_id.escape_debug())))?;
        Ok(resource(StatusCode::OK, &show(&provisioner, role, &Projection::default())))
    };
    finish(&state, read.await)
}

fn show(provisioner: &Provisioner, role: &Role, projection: &Projection) -> Value {
    let document = render::role(&provisioner.base, role);
    Value::Object(project(
        &document,
        projection.attributes.as_deref(),
        projection.excluded.as_deref(),
        Schema::role(),
    ))
}
