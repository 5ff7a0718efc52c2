//! `/workspaces/{workspace}/roles`: what the product lets people do.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::workspaces;
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
        let (name, described) =
            (workspaces::title(&wanted.name)?, workspaces::description(&wanted.description)?);
        if let Some(mut role) = find(conn, desk, &workspace_id)? {
            let before = role.clone();
            name.clone_into(&mut role.display_name);
            described.clone_into(&mut role.description);
            role.by_okta = wanted.by_okta;
            workspaces::save_role(conn, &before, &mut role, &desk.cause, desk.now)?;
            return Answer::ok(shown(&role));
        }
        let role_id = workspaces::new_id(Some(desk.segment("role")), name)?;
        let mut role = Role::new(&workspace_id, &role_id, name, described, desk.now);
        role.by_okta = wanted.by_okta;
        roles::insert(conn, &role)?;
        workspaces::tell_role(conn, &role, "role_created", &desk.cause, desk.now)?;
        Answer::created(shown(&role))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/roles/{role}`: with every assignment of it and every rule that gives it.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace = desk.workspace(conn)?;
        let role = find(conn, desk, &workspace.workspace_id)?.ok_or(Problem::NotFound)?;
        workspaces::check_deletable(&workspace, &role)?;
        roles::delete(conn, &workspace.workspace_id, &role.role_id)?;
        workspaces::tell_role(conn, &role, "role_deleted", &desk.cause, desk.now)?;
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
