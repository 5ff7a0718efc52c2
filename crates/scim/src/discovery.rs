//! `/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes` (RFC 7644 §4). They must advertise exactly what is served.

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
        auth::{Provisioner, Scope},
        endpoint,
        error::ScimError,
        path::id_of,
        response::Response,
    },
    query::{DEFAULT_COUNT, MAX_COUNT, parameters::ListParameters},
};

/// `GET /ServiceProviderConfig`
pub async fn config(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let max_body_bytes = state.config().server.max_body_bytes;
    endpoint::read(&req, &state, Scope::Read, move |_, provisioner| {
        Ok(Response::resource(StatusCode::OK, service_provider_config(&provisioner.base, max_body_bytes)))
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

/// Renders the advertised resources of a workspace.
type Render = fn(&mut Conn, &Provisioner) -> Result<Vec<Value>, Error>;

/// The schemas of the workspace. `canonicalValues` list the roles and entitlements that Okta may assign.
fn all_schemas(conn: &mut Conn, provisioner: &Provisioner) -> Result<Vec<Value>, Error> {
    let all_roles = roles::list(conn, &provisioner.workspace_id)?;
    // Without `owner`: a client that tries out a suggested value could not remove it again, because the last owner can't be removed.
    let suggested = all_roles.into_iter().filter(|role| role.by_okta && role.role_id != roles::OWNER);
    let offered: Vec<String> = suggested.map(|role| role.role_id.into_string()).collect();
    let all_entitlements = entitlements::list(conn, &provisioner.workspace_id)?;
    let entitled: Vec<String> =
        all_entitlements.into_iter().map(|entitlement| entitlement.entitlement_id.into_string()).collect();
    // In a workspace without entitlements the attribute assigns roles.
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
    let parameters = ListParameters::of_query(req);
    endpoint::read(req, state, Scope::Read, move |conn, provisioner| {
        // RFC 7644 §4: a filter is refused with 403, because the client would take the whole list for the matches.
        if parameters?.filter.is_some() {
            return Err(ScimError::Forbidden("this endpoint does not support filters".to_owned()));
        }
        let resources = all(conn, provisioner)?;
        Ok(Response::message(&list_response(resources.len() as u64, Some(1), None, resources)))
    })
    .await
}

async fn get(req: &HttpRequest, state: &State, all: Render) -> HttpResponse {
    let id = id_of(req);
    endpoint::read(req, state, Scope::Read, move |conn, provisioner| {
        let has_id = |document: &Map<String, Value>| {
            document.get("id").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(&id))
        };
        let mut documents = all(conn, provisioner)?.into_iter().filter_map(|resource| match resource {
            Value::Object(document) => Some(document),
            _ => None,
        });
        let found = documents
            .find(has_id)
            .ok_or_else(|| ScimError::NotFound(format!("there is no {} here", id.escape_debug())))?;
        Ok(Response::resource(StatusCode::OK, found))
    })
    .await
}
