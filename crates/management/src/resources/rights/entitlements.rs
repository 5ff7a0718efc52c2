//! `/workspaces/{workspace}/entitlements`: fine-grained permissions beside the roles, and assigning them by hand.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, rights::entitlements::NewEntitlement};
use vestibule_core::ids::EntitlementId;
use vestibule_store::rights::entitlements;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
    types::{self, rights::Entitlement, users::AssignedEntitlements},
};

/// `GET /workspaces/{workspace}/entitlements`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = entitlements::list(conn, &workspace_id)?;
        paging.respond(
            caller,
            list.iter().map(|one| (one.entitlement_id.to_string(), Entitlement::from(one))).collect(),
        )
    })
    .await
}

/// `POST /workspaces/{workspace}/entitlements`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: types::rights::NewEntitlement = caller.body()?;
        let new = NewEntitlement { id: new.id.as_deref(), name: &new.name, description: &new.description };
        let made = admin::rights::entitlements::create(conn, &caller.actor, &workspace_id, new)?;
        Answer::created(Entitlement::from(&made))
    })
    .await
}

/// `PATCH /workspaces/{workspace}/entitlements/{entitlement}`: an absent member changes nothing.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let known = entitlements::list(conn, &workspace_id)?;
        let id = caller.segment("entitlement");
        let before = known.iter().find(|one| one.entitlement_id == id).ok_or(Problem::NotFound)?;
        let change: types::rights::EntitlementChange = caller.body()?;
        let (name, text) = (change.name.as_deref(), change.description.as_deref());
        let after = admin::rights::entitlements::change(conn, &caller.actor, before, name, text)?;
        Answer::ok(Entitlement::from(&after))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/entitlements/{entitlement}`: with every assignment and its place in every rule.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let gone = EntitlementId::sent(caller.segment("entitlement"));
        if !admin::rights::entitlements::delete(conn, &caller.actor, &workspace_id, &gone)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

/// `PUT /workspaces/{workspace}/users/{user}/entitlements`: the assigned ones become exactly these.
pub async fn assign(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let user = users::in_path(conn, caller)?;
        let asked: AssignedEntitlements = caller.body()?;
        let known = entitlements::list(conn, &user.workspace_id)?;
        let mut wanted: Vec<EntitlementId> = Vec::new();
        for (place, name) in asked.entitlements.iter().enumerate() {
            let one = entitlements::named(&known, name).ok_or_else(|| {
                Problem::field(&format!("entitlements[{place}]"), "is no entitlement of this workspace")
            })?;
            if !wanted.contains(&one.entitlement_id) {
                wanted.push(one.entitlement_id.clone());
            }
        }
        admin::rights::assignments::replace_entitlements(conn, &caller.actor, &user, &wanted)?;
        Answer::ok(users::with_access(conn, &user, caller)?)
    })
    .await
}
