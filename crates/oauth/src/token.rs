//! `POST /oauth/token`, and `/api/okta/scim/oauth/token` for SCIM clients alone: read, authenticate the client, exchange in one
//! transaction, sign what is a JWT, answer (no-store).

mod access;
mod client_credentials;
mod code;
pub(crate) mod exchange;
pub mod introspect;
mod refresh;
pub mod revoke;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::{Map, Value, json};
use vestibule_core::sets::ClientKind;
use vestibule_store::{
    Tx,
    access::secrets::{self, Kind, Presented},
    oauth::clients,
};
use vestibule_web::{
    State,
    crypto::{
        access_token,
        signing::{self, Algorithm},
    },
    http::{input::Parameters, request},
    observe::{inspect, sightings::Sight},
};

use access::Access;
use exchange::Given;

use crate::{ClientKeys, client::auth, error::OAuthError, inspector};

const PATH: &str = "/oauth/token";
const SCIM_PATH: &str = "/api/okta/scim/oauth/token";

/// The token endpoint.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
) -> HttpResponse {
    answer(&req, &state, respond(&req, payload, &state, &keys, PATH).await)
}

/// The token endpoint that Okta's SCIM client is given.
pub async fn scim(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
) -> HttpResponse {
    answer(&req, &state, respond(&req, payload, &state, &keys, SCIM_PATH).await)
}

fn answer(req: &HttpRequest, state: &State, given: Result<Value, OAuthError>) -> HttpResponse {
    match given {
        Ok(document) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::PRAGMA, "no-cache"))
            .json(document),
        Err(refusal) => {
            refusal.note(&inspect::of(req));
            refusal.answer(state)
        }
    }
}

async fn respond(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &ClientKeys,
    path: &'static str,
) -> Result<Value, OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let named = named(&form);
    let given = exchange(req, state, keys, path, form).await;
    if path == SCIM_PATH
        && let Some(workspace_id) = named
    {
        note(state, &workspace_id, given.as_ref().err());
    }
    let now = state.now();
    document(state, given?, now).await
}

/// The workspace of the code or refresh token that was presented.
fn named(form: &Parameters) -> Option<String> {
    let text = form.get("refresh_token").or_else(|| form.get("code"))?;
    secrets::parse(text).map(|presented| presented.workspace_id)
}

/// For the doctor. Strangers can cause a refusal: it counts once a minute.
fn note(state: &State, workspace_id: &str, refusal: Option<&OAuthError>) {
    match refusal {
        None => state.sightings().note(workspace_id, Sight::ScimTokens, "", state.now()),
        Some(refusal) if state.limits().may_record_refusal(workspace_id, "scim_tokens") => {
            state.sightings().note(workspace_id, Sight::ScimTokensRefused, &refusal.sentence(), state.now());
        }
        Some(_) => {}
    }
}

async fn exchange(
    req: &HttpRequest,
    state: &State,
    keys: &ClientKeys,
    path: &'static str,
    form: Parameters,
) -> Result<Given, OAuthError> {
    let note = inspect::of(req);
    inspector::form(&note, &form);
    let mut caller = auth::Presented::read(req, &form)?;
    inspector::caller(&note, &caller);
    let config = state.config();
    // Switched off, it is off for those that were let in before, too.
    if clients::is_address(caller.client_id()) && !config.oauth.client_metadata_documents {
        return Err(OAuthError::Client);
    }
    let (lifetimes, region) = (config.tokens.clone(), config.region.name.clone());
    let issuer = config.region.api_url.clone();
    let (mcp_scopes, audiences) =
        (config.oauth.mcp_scopes.clone(), [config.region.api_url.clone(), state.api_url(path)]);
    caller.prove_assertion(state, keys, &audiences).await?;
    let now = state.now();
    let actor =
        if path == SCIM_PATH { "okta:oauth".to_owned() } else { format!("client:{}", caller.client_id()) };
    let cause = request::cause(req, actor);
    let job = move |conn: &mut Tx<'_>| -> exchange::Outcome {
        let client = match caller.prove(conn, now) {
            Ok(client) if path == SCIM_PATH && client.kind != ClientKind::Scim => {
                return Ok(Err(OAuthError::UnauthorizedClient("this endpoint serves SCIM clients only")));
            }
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        inspector::client(&note, &client);
        let request = exchange::Request {
            client: &client,
            lifetimes: &lifetimes,
            mcp_scopes: &mcp_scopes,
            region: &region,
            issuer: &issuer,
            cause: &cause,
            now,
            scope: form.get("scope"),
            resource: form.get("resource"),
        };
        match form.get("grant_type") {
            Some("authorization_code") => {
                let Some(code) = bearer(form.text("code"), Kind::Code) else {
                    return Ok(Err(OAuthError::Grant("the code is missing or not ours")));
                };
                note.claims(&code.workspace_id);
                let (redirect_uri, verifier) = (form.text("redirect_uri"), form.get("code_verifier"));
                inspector::given(
                    &note,
                    &code.workspace_id,
                    code::code(conn, &request, &code, redirect_uri, verifier),
                )
            }
            Some("refresh_token") => {
                let Some(token) = bearer(form.text("refresh_token"), Kind::Refresh) else {
                    return Ok(Err(OAuthError::Grant("the refresh token is missing or not ours")));
                };
                note.claims(&token.workspace_id);
                inspector::given(&note, &token.workspace_id, refresh::refresh(conn, &request, &token))
            }
            Some("client_credentials") => {
                inspector::given(&note, &client.workspace_id, client_credentials::own(conn, &request))
            }
            Some(other) => Ok(Err(OAuthError::GrantType(other.chars().take(60).collect()))),
            None => Ok(Err(OAuthError::Request("grant_type is missing"))),
        }
    };
    state.write(job).await?
}

fn bearer(text: &str, kind: Kind) -> Option<Presented> {
    secrets::parse(text).filter(|presented| presented.kind == kind)
}

/// RFC 6749 §5.1, with the ID token beside it (OpenID Connect Core §3.1.3.3).
async fn document(state: &State, given: Given, now: i64) -> Result<Value, OAuthError> {
    let sign = async |algorithm, typ, claims: &Map<String, Value>| {
        let signed = signing::sign(state, algorithm, typ, claims).await;
        signed.map_err(|error| OAuthError::Internal(error.to_string()))
    };
    let access = match given.access {
        Access::Opaque(access) => access,
        // RFC 9068 §2.1: the algorithm that every resource server verifies.
        Access::Jwt(claims) => sign(Algorithm::Rs256, access_token::TYPE, &claims).await?,
    };
    let mut document = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": given.access_seconds,
        "scope": given.scope,
    });
    let id_token = match &given.identity {
        Some(identity) => {
            let claims = identity.id_token(&state.config().region.api_url, &access, now);
            Some(sign(identity.algorithm(), "JWT", &claims).await?)
        }
        None => None,
    };
    for (name, value) in [("refresh_token", given.refresh), ("id_token", id_token)] {
        if let (Some(value), Some(members)) = (value, document.as_object_mut()) {
            members.insert(name.to_owned(), value.into());
        }
    }
    Ok(document)
}
