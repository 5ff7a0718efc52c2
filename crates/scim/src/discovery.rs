//! `/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes` (RFC 7644 §4): what is advertised is served, and only that.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Map, Value, json};
use vestibule_scim_engine::{
    document::list_response,
    schema::{ResourceKind, Schema, resource_types, schemas},
};
use vestibule_store::{
    Conn, Error,
    rights::{entitlements, roles},
};
use vestibule_web::State;

use crate::{
    bulk,
    http::{
        answer::{Answer, ScimError, id_of},
        auth::{Provisioner, Scope},
        endpoint,
    },
    query::{Asked, DEFAULT_COUNT, MAX_COUNT},
};

/// `GET /ServiceProviderConfig`
pub async fn config(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let max_body_bytes = state.config().server.max_body_bytes;
    endpoint::look(&req, &state, Scope::Read, move |_, provisioner| {
        Ok(Answer::resource(StatusCode::OK, &service_provider_config(&provisioner.base, max_body_bytes)))
    })
    .await
}

fn service_provider_config(base: &str, max_body_bytes: usize) -> Map<String, Value> {
    let scheme = |kind: &str, name: &str, description: &str, primary: bool| json!({ "type": kind, "name": name, "description": description, "primary": primary });
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": bulk::MAX_OPERATIONS, "maxPayloadSize": max_body_bytes },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        // RFC 9865 §4. A cursor does not expire.
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
        },
        "authenticationSchemes": [
            scheme("oauth2", "OAuth 2.0", "Authorization code at /api/okta/scim/oauth/authorize", true),
            scheme("oauthbearertoken", "Provisioning token", "A static token, as Bearer or bare in Authorization", false),
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    });
    document.as_object().cloned().unwrap_or_default()
}

/// `GET /Schemas`
pub async fn list_schemas(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    list(&req, &state, all_schemas).await
}

/// `GET /Schemas/{urn}`
pub async fn get_schema(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    get(&req, &state, all_schemas).await
}

/// `GET /ResourceTypes`
pub async fn list_resource_types(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    list(&req, &state, all_types).await
}

/// `GET /ResourceTypes/{name}`
pub async fn get_resource_type(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    get(&req, &state, all_types).await
}

/// What is advertised of a workspace.
type Render = fn(&mut Conn, &Provisioner) -> Result<Vec<Value>, Error>;

/// The schemas of this workspace: which roles and entitlements a user may be given stands in them.
fn all_schemas(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Value>, Error> {
    let all_roles = roles::list(conn, &provisioner.workspace_id)?;
    // Suggested, not all there are: who picks one to try gets none that can't be taken back (the last owner is held).
    let suggested = all_roles.into_iter().filter(|role| role.by_okta && role.role_id != roles::OWNER);
    let offered: Vec<String> = suggested.map(|role| role.role_id).collect();
    let all_entitlements = entitlements::list(conn, &provisioner.workspace_id)?;
    let entitled: Vec<String> = all_entitlements.into_iter().map(|one| one.entitlement_id).collect();
    // Where there are no entitlements, that attribute gives roles.
    let (entitled, kind) = match entitled.is_empty() {
        true => (offered.clone(), ResourceKind::Role),
        false => (entitled, ResourceKind::Entitlement),
    };
    let user = provisioner.users.clone().into_owned();
    let user = user.with_canonical_values("roles", "value", offered);
    let user = user.with_canonical_values("entitlements", "value", entitled);
    let user = user.with_canonical_values("entitlements", "type", vec![kind.name().to_owned()]);
    let others = ResourceKind::ALL.into_iter().filter(|kind| *kind != ResourceKind::User);
    let others = others.map(|kind| provisioner.schema(kind));
    Ok(schemas(&provisioner.base, &std::iter::once(&user).chain(others).collect::<Vec<_>>()))
}

fn all_types(_: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Value>, Error> {
    let all: Vec<&Schema> = ResourceKind::ALL.into_iter().map(|kind| provisioner.schema(kind)).collect();
    Ok(resource_types(&provisioner.base, &all))
}

async fn list(req: &HttpRequest, state: &State, all: Render) -> HttpResponse {
    let asked = Asked::of_query(req);
    endpoint::look(req, state, Scope::Read, move |conn, provisioner| {
        // RFC 7644 §4: a filter here is refused, or somebody would believe the whole list to be its answer.
        if asked?.filter.is_some() {
            return Err(ScimError::Forbidden("this endpoint takes no filter".to_owned()));
        }
        let resources = all(conn, provisioner)?;
        Ok(Answer::document(&list_response(resources.len() as u64, Some(1), None, resources)))
    })
    .await
}

async fn get(req: &HttpRequest, state: &State, all: Render) -> HttpResponse {
    let wanted = id_of(req);
    endpoint::look(req, state, Scope::Read, move |conn, provisioner| {
        let id = |one: &Value| one.get("id").and_then(Value::as_str).map(str::to_owned);
        let found = all(conn, provisioner)?
            .into_iter()
            .find(|one| id(one).is_some_and(|id| id.eq_ignore_ascii_case(&wanted)))
            .and_then(|one| one.as_object().cloned())
            .ok_or_else(|| ScimError::NotFound(format!("there is no {} here", wanted.escape_debug())))?;
        Ok(Answer::resource(StatusCode::OK, &found))
    })
    .await
}
