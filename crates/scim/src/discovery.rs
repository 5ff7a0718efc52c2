//! `/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes` (RFC 7644 §4): what is advertised is served, and only that.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};
use vestibule_store::{entitlements, roles};
use vestibule_web::State;

use crate::{
    answer::{ScimError, finish, resource, send},
    document::list_response,
    provisioner::{Provisioner, Scope},
    query::{MAX_COUNT, filter_of},
    schema::{ResourceKind, Schema, resource_types, schemas},
};

fn all() -> Vec<&'static Schema> {
    ResourceKind::ALL.into_iter().map(Schema::of_kind).collect()
}

/// The schemas of this workspace: which roles and entitlements a user may be given stands in them.
async fn all_schemas(state: &State, provisioner: &Provisioner) -> Result<Vec<Value>, ScimError> {
    let workspace_id = provisioner.workspace_id.clone();
    let (all_roles, all_entitlements) = state
        .read(move |conn| {
            let all_roles = roles::list(conn, &workspace_id)?;
            Ok::<_, ScimError>((all_roles, entitlements::list(conn, &workspace_id)?))
        })
        .await?;
    let offered = all_roles.into_iter().filter(|role| role.by_okta).map(|role| role.role_id).collect();
    let entitled = all_entitlements.into_iter().map(|one| one.entitlement_id).collect();
    let user = Schema::user().clone().with_canonical_values("roles", "value", offered).with_canonical_values(
        "entitlements",
        "value",
        entitled,
    );
    let known = all();
    let others = known.into_iter().filter(|schema| schema.kind() != ResourceKind::User);
    Ok(schemas(&provisioner.base, &std::iter::once(&user).chain(others).collect::<Vec<_>>()))
}

/// The resource types; every workspace has the same.
async fn all_types(_: &State, provisioner: &Provisioner) -> Result<Vec<Value>, ScimError> {
    Ok(resource_types(&provisioner.base, &all()))
}

/// `GET /ServiceProviderConfig`
pub async fn config(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answered = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Read).await?;
        let scheme = |kind: &str, name: &str, description: &str, primary: bool| json!({ "type": kind, "name": name, "description": description, "primary": primary });
        let document = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
            "filter": { "supported": true, "maxResults": MAX_COUNT },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": { "supported": true },
            "authenticationSchemes": [
                scheme("oauth2", "OAuth 2.0", "Authorization code at /api/okta/scim/oauth/authorize", true),
                scheme("oauthbearertoken", "Provisioning token", "A static token, as Bearer or bare in Authorization", false),
            ],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{}/ServiceProviderConfig", provisioner.base),
            },
        });
        Ok(send(&mut HttpResponse::Ok(), &document))
    };
    finish(&state, answered.await)
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

async fn list(
    req: &HttpRequest,
    state: &State,
    all: impl AsyncFnOnce(&State, &Provisioner) -> Result<Vec<Value>, ScimError>,
) -> HttpResponse {
    let answered = async {
        let provisioner = Provisioner::admit(req, state, Scope::Read).await?;
        // RFC 7644 §4: a filter here is refused, or somebody would believe the whole list to be its answer.
        if filter_of(req).is_some() {
            return Err(ScimError::Forbidden("this endpoint takes no filter".to_owned()));
        }
        let resources = all(state, &provisioner).await?;
        Ok(send(&mut HttpResponse::Ok(), &list_response(resources.len() as u64, 1, resources)))
    };
    finish(state, answered.await)
}

async fn get(
    req: &HttpRequest,
    state: &State,
    all: impl AsyncFnOnce(&State, &Provisioner) -> Result<Vec<Value>, ScimError>,
) -> HttpResponse {
    let answered = async {
        let provisioner = Provisioner::admit(req, state, Scope::Read).await?;
        let id = req.match_info().get("id").unwrap_or_default();
        let found = all(state, &provisioner)
            .await?
            .into_iter()
            .find(|one| {
                one.get("id").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(id))
            })
            .ok_or_else(|| ScimError::NotFound(format!("there is no {} here", id.escape_debug())))?;
        Ok(resource(StatusCode::OK, &found))
    };
    finish(state, answered.await)
}
