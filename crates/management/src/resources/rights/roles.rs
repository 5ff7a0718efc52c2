//! `/workspaces/{workspace}/roles`: the roles of the product.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    self as admin,
    rights::roles::{NewRole, RoleChange},
};
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Conn,
    rights::roles::{self, Role},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
        problem::Problem,
    },
    types::{self, rights::RoleSettings},
};

/// `GET /workspaces/{workspace}/roles`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = roles::list(conn, &workspace_id)?;
        paging.respond(
            caller,
            list.iter().map(|role| (role.role_id.to_string(), types::rights::Role::from(role))).collect(),
        )
    })
    .await
}

/// `GET /workspaces/{workspace}/roles/{role}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        Answer::ok(types::rights::Role::from(&find(conn, caller, &workspace_id)?.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `PUT /workspaces/{workspace}/roles/{role}`: creates the role, or makes it exactly this.
pub async fn put(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let wanted: RoleSettings = caller.body()?;
        if let Some(role) = find(conn, caller, &workspace_id)? {
            let change = RoleChange {
                name: Some(&wanted.name),
                description: Some(&wanted.description),
                by_okta: Some(wanted.by_okta),
            };
            return Answer::ok(types::rights::Role::from(&admin::rights::roles::change(
                conn,
                &caller.actor,
                &role,
                change,
            )?));
        }
        let new = NewRole {
            id: Some(caller.segment("role")),
            name: &wanted.name,
            description: &wanted.description,
            by_okta: wanted.by_okta,
        };
        Answer::created(types::rights::Role::from(&admin::rights::roles::create(
            conn,
            &caller.actor,
            &workspace_id,
            new,
        )?))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/roles/{role}`: with every assignment and its place in every rule.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace = caller.workspace(conn)?;
        let role = find(conn, caller, &workspace.workspace_id)?.ok_or(Problem::NotFound)?;
        admin::rights::roles::delete(conn, &caller.actor, &workspace, &role)?;
        Answer::nothing()
    })
    .await
}

/// The role of this id.
fn find(conn: &mut Conn, caller: &Caller<'_>, workspace_id: &WorkspaceId) -> Result<Option<Role>, Problem> {
    let role_id = caller.segment("role");
    Ok(roles::list(conn, workspace_id)?.into_iter().find(|role| role.role_id == role_id))
}
