//! Forward auth: a proxy asks before each request to the product who the caller is. Must never answer 200 for a caller whose access has
//! ended.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;
use vestibule_core::{
    ids::{ClientId, EntitlementId, RoleId},
    sets::{ClientKind, TokenKind},
};
use vestibule_store::{
    Conn, Error,
    access::{
        secrets::{Kind, Presented},
        tokens::{self, Live, Token},
    },
    people::users::User,
    providers::domains,
    rights::roles,
};
use vestibule_web::{
    State,
    crypto::{access_token, dpop},
    http::{
        bearer::{self, Credential},
        session::{self, SignedIn},
    },
};

/// `GET /api/check`: returns the user of the session cookie or the bearer token, or 401. Reads the database each time. Changes nothing
/// except the time of the last use. Any method does the same, because proxies send the method of the original request.
pub(crate) async fn check(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match caller(&req, &state).await {
        Ok(Some(Caller { user, email_verified, roles, entitlements, scope, client_id, by })) => HttpResponse::Ok()
            .insert_header(("X-Vestibule-User", user.user_id.as_str()))
            .insert_header(("X-Vestibule-Workspace", user.workspace_id.as_str()))
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
            .insert_header((header::WWW_AUTHENTICATE, challenge(&req)))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": "invalid_token", "error_description": "not signed in, or access has ended" })),
        Err(error) => {
            tracing::error!(%error, "check.failed");
            HttpResponse::ServiceUnavailable().json(json!({ "error": "temporarily_unavailable" }))
        }
    }
}

/// The user who makes a request, their rights, and the kind of credential.
struct Caller {
    user: User,
    /// Whether the workspace has verified the domain of the user's email address.
    email_verified: bool,
    roles: Vec<RoleId>,
    entitlements: Vec<EntitlementId>,
    /// Scope of the token. `None` for a session, which may do everything.
    scope: Option<String>,
    /// Client that the token was issued to.
    client_id: Option<ClientId>,
    by: &'static str,
}

/// Finds the caller. If there is a bearer token, the cookie is ignored: an invalid token with a valid cookie is refused.
async fn caller(req: &HttpRequest, state: &State) -> Result<Option<Caller>, Error> {
    let (method, url) = original_request(req, state);
    let sent = dpop::Presented::of(req, &method, &url, state.now());
    match (sent, bearer::credential(req)) {
        (None, Credential::None) => {
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
        (Some(sent), _) => {
            let (region, now, shared) = (state.config().region.clone(), state.now(), state.clone());
            let check_scopes = state.config().oauth.check_scopes.clone();
            let found = state
                .indexed_read(move |conn| {
                    let presented = access_token::presented(conn, &region.api_url, &sent.token, now)?;
                    let opens = |token: &Presented| matches!(token.kind, Kind::Api | Kind::Access);
                    let Some(presented) = presented.filter(opens) else { return Ok(None) };
                    let found = tokens::find_live(conn, &presented, &region.name, now)?;
                    let Some(Live { token, user: Some(user), client_id, client_kind }) = found else {
                        return Ok(None);
                    };
                    // RFC 8707 §2: refuses a token for another server, such as an MCP server, which introspects it itself.
                    if !token.is_for(&region.api_url) || !passes(&token, client_kind, &check_scopes) {
                        return Ok(None);
                    }
                    // RFC 9449 §7.2: a token that is bound to a key, without the proof of the key.
                    let Ok(proof) = sent.check(token.jkt.as_deref()) else { return Ok(None) };
                    let proof = proof.map(|proof| (proof, token.workspace_id.clone()));
                    let email_verified = email_verified(conn, &user)?;
                    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
                    let (roles, entitlements) = (effective.role_ids(), effective.entitlement_ids());
                    if let Some(used) = token.use_due(now) {
                        shared.uses().note(used, now);
                    }
                    let caller = Caller {
                        user,
                        email_verified,
                        roles,
                        entitlements,
                        scope: Some(token.scope),
                        client_id,
                        by: "token",
                    };
                    Ok::<_, Error>(Some((caller, proof)))
                })
                .await?;
            // Only a bound token costs a write.
            let Some((caller, proof)) = found else { return Ok(None) };
            Ok(dpop::accept(state, proof).await?.then_some(caller))
        }
        (None, _) => Ok(None),
    }
}

/// Method and URL that a proof of possession must name: those of the request that the proxy asks about, as its `X-Forwarded-*` headers say.
/// Without all four of them, those of the check itself.
fn original_request(req: &HttpRequest, state: &State) -> (String, String) {
    let said = |name: &str| {
        let mut values = req.headers().get_all(name);
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let forwarded = |name: &str| said(&format!("X-Forwarded-{name}"));
    match (forwarded("Method"), forwarded("Proto"), forwarded("Host"), forwarded("Uri")) {
        (Some(method), Some(scheme), Some(host), Some(uri)) => {
            (method.to_owned(), format!("{scheme}://{host}{uri}"))
        }
        _ => (req.method().as_str().to_owned(), state.api_url(req.path())),
    }
}

/// The challenge of a refusal: with the scheme that the request used.
fn challenge(req: &HttpRequest) -> String {
    match bearer::credential(req) {
        Credential::Dpop(_) => dpop::challenge(Some("the token or its proof is not accepted")),
        _ => "Bearer".to_owned(),
    }
}

fn email_verified(conn: &mut Conn, user: &User) -> Result<bool, Error> {
    domains::is_email_verified(conn, &user.workspace_id, user.email.as_deref())
}

/// Whether a token of a user may pass forward auth. A token of an MCP client is for its tools, not for the product, so it needs one of
/// the scopes in `oauth.check_scopes` (RFC 9700 §2.3, least privilege).
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
