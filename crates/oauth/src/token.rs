//! `POST /oauth/token`, and `/api/okta/scim/oauth/token` for SCIM clients only: the token endpoint. Authenticates the client, exchanges
//! code, refresh token or client credentials in one transaction, then signs JWTs. `id_jag` exchanges assertions.

mod access;
mod client_credentials;
mod code;
mod dpop;
pub(crate) mod exchange;
pub(crate) mod id_jag;
pub mod introspect;
mod issue;
mod refresh;
pub mod revoke;
pub(crate) mod token_exchange;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::{Map, Value, json};
use vestibule_core::{ids::WorkspaceId, sets::ClientKind};
use vestibule_store::{
    Tx,
    access::secrets::{self, Kind, Presented},
    oauth::clients,
};
use vestibule_web::{
    State,
    crypto::{
        access_token,
        dpop::HEADER,
        signing::{self, Algorithm},
    },
    http::{input::Parameters, request},
    observe::{inspect, sightings::SightingKind},
    outbound::issuer_keys::IssuerKeys,
};

use exchange::{Access, Issued};

use crate::{ClientKeys, client::auth, error::OAuthError, inspector};

const PATH: &str = "/oauth/token";
const SCIM_PATH: &str = "/api/okta/scim/oauth/token";

/// Token endpoint.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
    issuer_keys: web::Data<IssuerKeys>,
) -> HttpResponse {
    answer(&req, &state, respond(&req, payload, &state, (&keys, &issuer_keys), PATH).await)
}

/// Token endpoint of Okta's SCIM client.
pub async fn scim(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<ClientKeys>,
    issuer_keys: web::Data<IssuerKeys>,
) -> HttpResponse {
    answer(&req, &state, respond(&req, payload, &state, (&keys, &issuer_keys), SCIM_PATH).await)
}

fn answer(req: &HttpRequest, state: &State, result: Result<Value, OAuthError>) -> HttpResponse {
    match result {
        Ok(document) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::PRAGMA, "no-cache"))
            .json(document),
        Err(refusal) => {
            refusal.inspect(&inspect::of(req));
            refusal.respond(state)
        }
    }
}

async fn respond(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: (&ClientKeys, &IssuerKeys),
    path: &'static str,
) -> Result<Value, OAuthError> {
    let form = Parameters::of_form(req, payload).await?;
    let workspace_id = workspace_of(&form);
    let issued = exchange(req, state, keys, path, form).await;
    if path == SCIM_PATH
        && let Some(workspace_id) = workspace_id
    {
        record_sighting(state, &workspace_id, issued.as_ref().err());
    }
    document(state, issued?).await
}

/// Workspace that the code or refresh token names.
fn workspace_of(form: &Parameters) -> Option<WorkspaceId> {
    let text = form.get("refresh_token").or_else(|| form.get("code"))?;
    secrets::parse(text).map(|presented| presented.workspace_id)
}

/// Records the result for the doctor. A refusal counts once a minute, because anybody can cause one.
fn record_sighting(state: &State, workspace_id: &WorkspaceId, refusal: Option<&OAuthError>) {
    match refusal {
        None => state.sightings().note(workspace_id, SightingKind::ScimTokens, "", state.now()),
        Some(refusal) if state.limits().may_record_refusal(workspace_id, "scim_tokens") => {
            state.sightings().note(
                workspace_id,
                SightingKind::ScimTokensRefused,
                &refusal.description(),
                state.now(),
            );
        }
        Some(_) => {}
    }
}

async fn exchange(
    req: &HttpRequest,
    state: &State,
    (keys, issuer_keys): (&ClientKeys, &IssuerKeys),
    path: &'static str,
    form: Parameters,
) -> Result<Issued, OAuthError> {
    let note = inspect::of(req);
    inspector::form(&note, &form);
    let mut caller = auth::Credentials::read(req, &form)?;
    inspector::caller(&note, &caller);
    let config = state.config();
    // When metadata documents are switched off, clients approved before are refused too.
    if clients::is_address(caller.client_id()) && !config.oauth.client_metadata_documents {
        return Err(OAuthError::Client);
    }
    let (lifetimes, region) = (config.tokens.clone(), config.region.name.clone());
    let issuer = config.region.api_url.clone();
    let (oauth, audiences) = (config.oauth.clone(), [config.region.api_url.clone(), state.api_url(path)]);
    caller.verify_assertion(state, keys, &audiences).await?;
    let proof = dpop::Presented::of(req, state, caller.client_id(), path).await?;
    if form.get("grant_type") == Some(id_jag::GRANT_TYPE) && path == PATH {
        return id_jag::exchange(req, state, issuer_keys, caller, (form, proof)).await;
    }
    let now = state.now();
    let actor =
        if path == SCIM_PATH { "okta:oauth".to_owned() } else { format!("client:{}", caller.client_id()) };
    let cause = request::cause(req, actor);
    let job = move |conn: &mut Tx<'_>| -> exchange::Outcome {
        let client = match caller.authenticate(conn, now) {
            Ok(client) if path == SCIM_PATH && client.kind != ClientKind::Scim => {
                return Ok(Err(OAuthError::UnauthorizedClient("this endpoint serves SCIM clients only")));
            }
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        inspector::client(&note, &client);
        let jkt = match proof.accept(conn, &client)? {
            Ok(jkt) => jkt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let request = exchange::Request {
            client: &client,
            lifetimes: &lifetimes,
            oauth: &oauth,
            region: &region,
            issuer: &issuer,
            cause: &cause,
            now,
            jkt: jkt.as_deref(),
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
                inspector::issued(
                    &note,
                    &code.workspace_id,
                    code::exchange(conn, &request, &code, redirect_uri, verifier),
                )
            }
            Some("refresh_token") => {
                let Some(token) = bearer(form.text("refresh_token"), Kind::Refresh) else {
                    return Ok(Err(OAuthError::Grant("the refresh token is missing or not ours")));
                };
                note.claims(&token.workspace_id);
                inspector::issued(&note, &token.workspace_id, refresh::exchange(conn, &request, &token))
            }
            Some(token_exchange::GRANT_TYPE) if path == PATH => {
                let outcome = token_exchange::exchange(conn, &request, &form);
                inspector::issued(&note, &client.workspace_id, outcome)
            }
            Some("client_credentials") => {
                inspector::issued(&note, &client.workspace_id, client_credentials::exchange(conn, &request))
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

/// Token response (RFC 6749 §5.1), with the ID token (OpenID Connect Core §3.1.3.3).
async fn document(state: &State, issued: Issued) -> Result<Value, OAuthError> {
    let sign = async |algorithm, typ, claims: &Map<String, Value>| {
        let signed = signing::sign(state, algorithm, typ, claims).await;
        signed.map_err(|error| OAuthError::Internal(error.to_string()))
    };
    let access = match issued.access {
        Access::Opaque(access) => access,
        // RFC 9068 §2.1: every resource server supports RS256.
        Access::Jwt(claims) => sign(Algorithm::Rs256, access_token::TYPE, &claims).await?,
    };
    let mut document = json!({
        "access_token": access,
        "token_type": if issued.is_bound { HEADER } else { "Bearer" },
        "expires_in": issued.access_seconds,
        "scope": issued.scope,
    });
    let id_token = match &issued.identity {
        Some(identity) => {
            let claims = identity.id_token(&state.config().region.api_url, &access, issued.issued_at);
            Some(sign(identity.algorithm(), "JWT", &claims).await?)
        }
        None => None,
    };
    let issued_type = issued.is_exchanged.then(|| token_exchange::ACCESS_TOKEN.to_owned());
    for (name, value) in
        [("refresh_token", issued.refresh), ("id_token", id_token), ("issued_token_type", issued_type)]
    {
        if let (Some(value), Some(members)) = (value, document.as_object_mut()) {
            members.insert(name.to_owned(), value.into());
        }
    }
    Ok(document)
}
