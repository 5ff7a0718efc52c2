//! `/resources` and `/workspaces/{workspace}/resources`: resources of the product that tokens may be for (RFC 8707), of all workspaces and of
//! one. The list of a workspace has the shared ones, too.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::access::resources::{self as admin, NewResource, ResourceChange};
use vestibule_store::oauth::resources::{self, ResourceScope};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types,
};

/// `GET …/resources`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let owner = caller.owner(conn)?;
        let paging = caller.paging(&[])?;
        let mut items = Vec::new();
        for row in resources::list(conn, &owner)? {
            let key = format!("{} {}", row.uri, row.resource_id);
            items.push((key, types::access::resources::Resource::try_from(&row)?));
        }
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        paging.respond(caller, items)
    })
    .await
}

/// `POST …/resources`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let owner = caller.owner(conn)?;
        let new: types::access::resources::NewResource = caller.body()?;
        let scopes = new.scopes.into_iter().map(|one| ResourceScope { scope: one.scope, text: one.text });
        let new = NewResource { uri: &new.uri, name: &new.name, scopes: scopes.collect(), roles: &new.roles };
        let own_url = &caller.state().config().region.api_url;
        let made = admin::create(conn, &caller.actor, &owner, new, own_url)?;
        Answer::created(types::access::resources::Resource::try_from(&made)?)
    })
    .await
}

/// `PATCH …/resources/{resource}`: an absent member changes nothing.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let owner = caller.owner(conn)?;
        let before = resources::find_by_id(conn, &owner, &caller.id("resource")?)?;
        let change: types::access::resources::ResourceChange = caller.body()?;
        let scope =
            |one: types::access::resources::ResourceScope| ResourceScope { scope: one.scope, text: one.text };
        let change = ResourceChange {
            name: change.name.as_deref(),
            scopes: change.scopes.map(|scopes| scopes.into_iter().map(scope).collect()),
            roles: change.roles.as_deref(),
        };
        let (after, _) = admin::change(conn, &caller.actor, before.ok_or(Problem::NotFound)?, change)?;
        Answer::ok(types::access::resources::Resource::try_from(&after)?)
    })
    .await
}

/// `DELETE …/resources/{resource}`: every token for it ends.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let owner = caller.owner(conn)?;
        let ended = admin::delete(conn, &caller.actor, &owner, &caller.id("resource")?)?;
        if ended.is_none() {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
