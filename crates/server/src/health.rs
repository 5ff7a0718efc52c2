//! Is it alive, may it be asked, what does it count; forward auth; and what is no URL of ours.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use serde_json::json;
use vestibule_core::{
    sets::{ClientKind, TokenKind},
    time::SECOND,
};
use vestibule_store::{
    Conn, Error,
    access::{
        secrets::{Kind, Presented},
        tokens::{self, Live, Token},
    },
    outbox::deliveries,
    people::users::User,
    providers::domains,
    rights::roles,
    workspaces,
};
use vestibule_web::{
    State,
    crypto::access_token,
    http::{
        bearer::{self, Credential},
        request,
        session::{self, SignedIn},
    },
    pages::Refused,
};

/// `GET /healthz`: the process runs.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /readyz`: requests can be served.
pub(crate) async fn ready(state: web::Data<State>) -> HttpResponse {
    let region = state.config().region.name.clone();
    match state.read(move |conn| workspaces::find(conn, "-", &region)).await {
        Ok(_) => HttpResponse::Ok().json(json!({ "status": "ready", "region": state.config().region.name })),
        Err(error) => {
            tracing::error!(%error, "server.not_ready");
            HttpResponse::ServiceUnavailable()
                .json(json!({ "status": "not ready", "reason": "the database does not answer" }))
        }
    }
}

/// `GET /metrics`, on its own listener.
pub(crate) async fn metrics(state: web::Data<State>) -> HttpResponse {
    // Without the database the rest is still worth reading.
    if let Ok((waiting, since)) = state.read(deliveries::oldest).await {
        state.metrics().outbox(waiting, since.map_or(0, |since| (state.now() - since) / SECOND));
    }
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(state.metrics().text())
}

/// `GET /api/check`: forward auth. Who the cookie or the bearer token is, or 401. Asked anew of the database each time. Only
/// looks, whatever the method: proxies ask with that of the request they hold back.
pub(crate) async fn check(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match who(&req, &state).await {
        Ok(Some(Caller { user, email_verified, roles, entitlements, scope, client_id, by })) => HttpResponse::Ok()
            .insert_header(("X-Vestibule-User", user.user_id.clone()))
            .insert_header(("X-Vestibule-Workspace", user.workspace_id.clone()))
            .insert_header(("X-Vestibule-Roles", roles.join(",")))
            .insert_header(("X-Vestibule-Entitlements", entitlements.join(",")))
            .insert_header(("X-Vestibule-Scope", scope.clone().unwrap_or_default()))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({
                "user": user.user_id,
                "user_name": user.user_name,
                "email": user.email,
                "email_verified": email_verified,
                "workspace": user.workspace_id,
                "roles": roles,
                "entitlements": entitlements,
                "scope": scope,
                "client_id": client_id,
                "by": by,
            })),
        Ok(None) => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": "invalid_token", "error_description": "not signed in, or access has ended" })),
        Err(error) => {
            tracing::error!(%error, "check.failed");
            HttpResponse::ServiceUnavailable().json(json!({ "error": "temporarily_unavailable" }))
        }
    }
}

/// Who calls: the person, what they may do, and by what it is proven.
struct Caller {
    user: User,
    /// Whether the workspace has verified the domain of the user's e-mail address.
    email_verified: bool,
    roles: Vec<String>,
    entitlements: Vec<String>,
    /// What the token may do; a session may do everything.
    scope: Option<String>,
    /// The client that the token was given to.
    client_id: Option<String>,
    by: &'static str,
}

/// A bearer token, when there is one, decides alone: a dead token beside a live cookie is refused.
async fn who(req: &HttpRequest, state: &State) -> Result<Option<Caller>, Error> {
    match bearer::credential(req) {
        Credential::None => {
            let signed_in = session::find_with(state, req, email_verified).await?;
            Ok(signed_in.map(|(SignedIn { user, roles, entitlements, .. }, email_verified)| Caller {
                user,
                email_verified,
                roles,
                entitlements,
                scope: None,
                client_id: None,
                by: "session",
            }))
        }
        Credential::Token(token) => {
            let (region, now, of_look) = (state.config().region.clone(), state.now(), state.clone());
            let check_scopes = state.config().oauth.check_scopes.clone();
            state
                .glance(move |conn| {
                    let presented = access_token::presented(conn, &region.api_url, &token, now)?;
                    let opens = |token: &Presented| matches!(token.kind, Kind::Api | Kind::Access);
                    let Some(presented) = presented.filter(opens) else { return Ok(None) };
                    let found = tokens::find_live(conn, &presented, &region.name, now)?;
                    let Some(Live { token, user: Some(user), client_id, client_kind }) = found else {
                        return Ok(None);
                    };
                    // RFC 8707 §2: made for another server (an MCP one), which asks by introspection.
                    if !token.is_for(&region.api_url) || !passes(&token, client_kind, &check_scopes) {
                        return Ok(None);
                    }
                    let email_verified = email_verified(conn, &user)?;
                    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
                    let (roles, entitlements) = (effective.role_ids(), effective.entitlement_ids());
                    if let Some(used) = token.use_due(now) {
                        of_look.uses().note(used, now);
                    }
                    Ok(Some(Caller {
                        user,
                        email_verified,
                        roles,
                        entitlements,
                        scope: Some(token.scope),
                        client_id,
                        by: "token",
                    }))
                })
                .await
        }
        Credential::Basic { .. } | Credential::Unreadable => Ok(None),
    }
}

fn email_verified(conn: &mut Conn, user: &User) -> Result<bool, Error> {
    domains::is_email_verified(conn, &user.workspace_id, user.email.as_deref())
}

/// Whether a token of a user may open the product behind forward auth. An MCP client asks for its tools, not for the product, so its
/// token needs a scope that the operator named for this (`oauth.check_scopes`; RFC 9700 §2.3, least privilege).
fn passes(token: &Token, client_kind: Option<ClientKind>, check_scopes: &str) -> bool {
    match (token.kind, client_kind) {
        (TokenKind::Api, _) | (TokenKind::Access, Some(ClientKind::App)) => true,
        (TokenKind::Access, Some(ClientKind::Mcp)) => words(check_scopes).any(|scope| token.may(scope)),
        _ => false,
    }
}

fn words(scopes: &str) -> impl Iterator<Item = &str> {
    scopes.split(' ').filter(|scope| !scope.is_empty())
}

/// What is no URL of ours: JSON under the API's paths, a page elsewhere.
pub(crate) async fn unknown_path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    refuse(&req, &state, StatusCode::NOT_FOUND, "not_found", "There is nothing at this address")
}

/// A method that the URL does not take; `allow` lists those it takes (RFC 9110 §15.5.6).
pub(crate) async fn unknown_method(req: HttpRequest, state: web::Data<State>, allow: String) -> HttpResponse {
    let (status, words) = (StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method");
    let mut response = refuse(&req, &state, status, "method_not_allowed", words);
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn refuse(req: &HttpRequest, state: &State, status: StatusCode, error: &str, words: &str) -> HttpResponse {
    let path = format!("{}/", req.path());
    if ["/api/", "/oauth/", "/.well-known/"].iter().any(|prefix| path.starts_with(prefix)) {
        return HttpResponse::build(status).json(json!({ "error": error, "error_description": words }));
    }
    Refused::new(status, words, "The address may be mistyped, or the page has moved.")
        .advise("Start from your app or from your Okta dashboard.")
        .refer(request::id(req))
        .page(state)
}
