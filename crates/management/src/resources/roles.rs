//! `/workspaces/{workspace}/roles`: what the product lets people do.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin,
    roles::{NewRole, RoleChange},
};
use vestibule_store::{
    Conn,
    rights::roles::{self, Role},
};
use vestibule_web::State;

use crate::http::{
    answer::Answer,
    endpoint::{self, Desk},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default = "yes")]
    by_okta: bool,
}

fn yes() -> bool {
    true
}

/// `GET /workspaces/{workspace}/roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let paging = desk.paging(&[])?;
        let list = roles::list(conn, &workspace_id)?;
        paging.cut(desk, list.iter().map(|role| (role.role_id.clone(), shown(role))).collect())
    })
    .await
}

/// `GET /workspaces/{workspace}/roles/{role}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace_id = desk.workspace(conn)?.workspace_id;
        Answer::ok(shown(&find(conn, desk, &workspace_id)?.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `PUT /workspaces/{workspace}/roles/{role}`: creates it, or makes it this.
pub async fn put(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let wanted: Wanted = desk.body()?;
        if let Some(role) = find(conn, desk, &workspace_id)? {
            let change = RoleChange {
                name: Some(&wanted.name),
                description: Some(&wanted.description),
                by_okta: Some(wanted.by_okta),
            };
            return Answer::ok(shown(&admin::roles::change(conn, &desk.actor, &role, change)?));
        }
        let new = NewRole {
            id: Some(desk.segment("role")),
            name: &wanted.name,
            description: &wanted.description,
            by_okta: wanted.by_okta,
        };
        Answer::created(shown(&admin::roles::create(conn, &desk.actor, &workspace_id, new)?))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/roles/{role}`: with every assignment of it and every rule that gives it.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace = desk.workspace(conn)?;
        let role = find(conn, desk, &workspace.workspace_id)?.ok_or(Problem::NotFound)?;
        admin::roles::delete(conn, &desk.actor, &workspace, &role)?;
        Answer::nothing()
    })
    .await
}

/// The role of exactly this id.
fn find(conn: &mut Conn, desk: &Desk<'_>, workspace_id: &str) -> Result<Option<Role>, Problem> {
    let role_id = desk.segment("role");
    Ok(roles::list(conn, workspace_id)?.into_iter().find(|role| role.role_id == role_id))
}

fn shown(role: &Role) -> Value {
    json!({
        "id": role.role_id,
        "name": role.display_name,
        "description": role.description,
        "by_okta": role.by_okta,
    })
}
