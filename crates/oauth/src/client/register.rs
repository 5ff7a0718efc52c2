//! `POST /oauth/register`: dynamic client registration (RFC 7591) for MCP clients, if the operator has switched it on. Such a client gets
//! the scopes of MCP clients, and a person must approve each authorization. Its name proves nothing.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::{Map, Value, json};
use vestibule_core::{
    ids,
    sets::{ClientAuth, ClientKind},
    time::SECOND,
};
use vestibule_store::oauth::clients::{self, Client, NewClient};
use vestibule_web::{
    State,
    crypto::signing::Algorithm,
    http::input::{self, BodyError},
    json as strict,
};

use super::{documents, metadata::Authentication, redirect_uri::CheckedUris, scope};

/// Largest body, in bytes.
const LARGEST: usize = 16 * 1024;

/// Most redirect URIs of a client.
const MOST_URIS: usize = 20;

/// Why a registration is refused (RFC 7591 §3.2.2).
#[derive(Debug)]
enum Refusal {
    /// 403: registration is switched off.
    Off,
    Body(BodyError),
    /// 400 `invalid_redirect_uri`: none can be registered, and why not.
    RedirectUri(String),
    Metadata(&'static str),
    Internal(String),
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Refusal::Body(error)
    }
}

impl From<vestibule_store::Error> for Refusal {
    fn from(error: vestibule_store::Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

/// The registration endpoint.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    match respond(&req, payload, &state).await {
        Ok(document) => {
            HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(document)
        }
        Err(refusal) => answer(&state, &refusal),
    }
}

async fn respond(req: &HttpRequest, payload: web::Payload, state: &State) -> Result<Value, Refusal> {
    if !state.config().oauth.registration {
        return Err(Refusal::Off);
    }
    if input::media_type(req).as_deref() != Some("application/json") {
        return Err(BodyError::ContentType("application/json").into());
    }
    let body = input::body(payload, LARGEST).await?;
    let metadata: Map<String, Value> = strict::object(&body)
        .map_err(|_| Refusal::Metadata("the body is no JSON object, or a member is repeated"))?;
    let registration = Registration::read(&metadata, state.config().okta.allow_insecure_issuers)?;
    let (mcp_scopes, now) = (state.config().oauth.mcp_scopes.clone(), state.now());
    let (method, refused) = (registration.method, registration.redirect_uris.refused.clone());
    let (client, secret) = state
        .write(move |conn| {
            let new = NewClient {
                name: &registration.name,
                redirect_uris: &registration.redirect_uris.accepted,
                auth_method: registration.auth_method,
                jwks: &registration.jwks,
                id_token_alg: registration.id_token_alg,
                scope: &scope::intersection(&registration.scope, &mcp_scopes),
                default_max_age: registration.authentication.default_max_age,
                requires_auth_time: registration.authentication.requires_auth_time,
                metadata: &Value::Object(metadata).to_string(),
                ..NewClient::new(ClientKind::Mcp)
            };
            clients::register(conn, &ids::DEPLOYMENT, &new, now)
        })
        .await?;
    tracing::info!(client = client.client_id.as_str(), "oauth.registered");
    let mut document = document(state, &client, method, secret)?;
    if let Some(members) = document.as_object_mut().filter(|_| !refused.is_empty()) {
        let refused = refused.into_iter().map(|(uri, why)| json!({ "redirect_uri": uri, "reason": why }));
        members.insert("refused_redirect_uris".to_owned(), refused.collect());
    }
    Ok(document)
}

/// Requested registration.
struct Registration {
    name: String,
    redirect_uris: CheckedUris,
    auth_method: ClientAuth,
    /// Name of the method in RFC 7591 §2. A secret is accepted in the header and in the body whichever was registered, because some
    /// libraries send it differently from what they register.
    method: &'static str,
    jwks: String,
    id_token_alg: Algorithm,
    authentication: Authentication,
    scope: String,
}

impl Registration {
    /// Refuses metadata that is not supported, and ignores metadata that is unknown (RFC 7591 §2).
    fn read(metadata: &Map<String, Value>, allow_insecure: bool) -> Result<Self, Refusal> {
        let redirect_uris = redirect_uris(metadata)?;
        let (auth_method, method) = match metadata.get("token_endpoint_auth_method").map(Value::as_str) {
            Some(Some("none")) => (ClientAuth::None, "none"),
            // The default (RFC 7591 §2).
            None | Some(Some("client_secret_basic")) => (ClientAuth::Secret, "client_secret_basic"),
            Some(Some("client_secret_post")) => (ClientAuth::Secret, "client_secret_post"),
            Some(Some("private_key_jwt")) => (ClientAuth::PrivateKeyJwt, "private_key_jwt"),
            Some(_) => {
                let words = "token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or \
                             private_key_jwt";
                return Err(Refusal::Metadata(words));
            }
        };
        let jwks = match auth_method {
            ClientAuth::PrivateKeyJwt => {
                documents::keys(metadata, allow_insecure).map_err(Refusal::Metadata)?
            }
            _ => String::new(),
        };
        // OpenID Connect Registration §2.
        let id_token_alg = match metadata.get("id_token_signed_response_alg").map(Value::as_str) {
            None => Algorithm::default(),
            Some(alg) => alg
                .and_then(|name| name.parse().ok())
                .ok_or(Refusal::Metadata("id_token_signed_response_alg must be RS256 or ES256"))?,
        };
        let authentication = Authentication::read(metadata).map_err(Refusal::Metadata)?;
        check_grant_types(metadata).map_err(Refusal::Metadata)?;
        if !has_only(metadata, "response_types", &["code"]) {
            return Err(Refusal::Metadata("response_types must be code"));
        }
        let name = match metadata.get("client_name") {
            None => "An unnamed client".to_owned(),
            Some(_) => documents::name(metadata)
                .ok_or(Refusal::Metadata("client_name must be 1 to 100 readable characters"))?,
        };
        let scope = metadata.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { name, redirect_uris, auth_method, method, jwks, id_token_alg, authentication, scope })
    }
}

/// Checks grant types and profiles. A client may say that it implements Cross App Access, with the grant types that this needs
/// (draft-ietf-oauth-identity-assertion-authz-grant-04 §8). They are not registered: the operator allows them (RFC 7591 §2).
fn check_grant_types(metadata: &Map<String, Value>) -> Result<(), &'static str> {
    const CODES: [&str; 2] = ["authorization_code", "refresh_token"];
    let profiles = metadata.get(clients::GRANT_PROFILES);
    if profiles.is_some_and(|profiles| {
        !profiles.as_array().is_some_and(|profiles| profiles.iter().all(Value::is_string))
    }) {
        return Err("authorization_grant_profiles_supported must be an array of texts");
    }
    let is_for_agents = profiles
        .and_then(Value::as_array)
        .is_some_and(|profiles| profiles.iter().any(|one| one == clients::ID_JAG));
    if !is_for_agents {
        return match has_only(metadata, "grant_types", &CODES) {
            true => Ok(()),
            false => Err("grant_types must be of authorization_code, refresh_token"),
        };
    }
    if !has_only(metadata, "grant_types", &[CODES, clients::CROSS_APP_GRANTS].concat()) {
        return Err(
            "grant_types must be of authorization_code, refresh_token, and those of the profile id-jag",
        );
    }
    let named = metadata.get("grant_types").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match clients::CROSS_APP_GRANTS.iter().all(|wanted| named.iter().any(|one| one == wanted)) {
        true => Ok(()),
        false => Err("the profile id-jag needs the grant types token-exchange and jwt-bearer in grant_types"),
    }
}

/// Whether a member is absent, or an array that has only these texts.
fn has_only(metadata: &Map<String, Value>, name: &str, offered: &[&str]) -> bool {
    let all_offered =
        |list: &Vec<Value>| list.iter().all(|one| one.as_str().is_some_and(|one| offered.contains(&one)));
    metadata.get(name).is_none_or(|list| list.as_array().is_some_and(all_offered))
}

/// Redirect URIs, at least one of which can be registered (RFC 7591 §3.2.2).
fn redirect_uris(metadata: &Map<String, Value>) -> Result<CheckedUris, Refusal> {
    let uris = metadata.get("redirect_uris").and_then(Value::as_array);
    let Some(uris) = uris.filter(|uris| (1..=MOST_URIS).contains(&uris.len())) else {
        return Err(Refusal::RedirectUri(format!("redirect_uris must be an array of 1 to {MOST_URIS} URIs")));
    };
    let checked = CheckedUris::of(uris);
    if checked.accepted.is_empty() {
        let reasons = checked.reasons();
        return Err(Refusal::RedirectUri(format!("none of redirect_uris can be registered: {reasons}")));
    }
    Ok(checked)
}

/// Client information response (RFC 7591 §3.2.1).
fn document(
    state: &State,
    client: &Client,
    method: &str,
    secret: Option<String>,
) -> Result<Value, vestibule_store::Error> {
    let scope = if client.scope.is_empty() { &state.config().oauth.mcp_scopes } else { &client.scope };
    let mut document = json!({
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at / SECOND,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris(),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "id_token_signed_response_alg": client.id_token_alg,
        "scope": scope,
    });
    if let Some(members) = document.as_object_mut() {
        if let Some(uri) = client.jwks_uri() {
            members.insert("jwks_uri".to_owned(), uri.into());
        }
        if let Some(keys) = client.jwks()? {
            members.insert("jwks".to_owned(), Value::Object(keys));
        }
        if let Some(seconds) = client.default_max_age {
            members.insert("default_max_age".to_owned(), seconds.into());
        }
        if client.requires_auth_time {
            members.insert("require_auth_time".to_owned(), true.into());
        }
        if let Some(secret) = secret {
            members.insert("client_secret".to_owned(), secret.into());
            members.insert("client_secret_expires_at".to_owned(), 0.into());
        }
    }
    Ok(document)
}

fn answer(state: &State, refusal: &Refusal) -> HttpResponse {
    let bad = StatusCode::BAD_REQUEST;
    let (status, error, words) = match refusal {
        Refusal::Off => (
            StatusCode::FORBIDDEN,
            "access_denied",
            "clients can't register themselves here; use a client id metadata document, or ask the operator"
                .to_owned(),
        ),
        Refusal::Body(error) => (error.status(), "invalid_client_metadata", error.to_string()),
        Refusal::RedirectUri(words) => (bad, "invalid_redirect_uri", words.clone()),
        Refusal::Metadata(words) => (bad, "invalid_client_metadata", (*words).to_owned()),
        Refusal::Internal(error) => {
            tracing::error!(%error, "oauth.failed");
            let words = "the server could not finish; try again".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", words)
        }
    };
    state.metrics().refused("oauth", "register");
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": error, "error_description": words }))
}
