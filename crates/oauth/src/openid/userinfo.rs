//! `GET|POST /oauth/userinfo` (OpenID Connect Core §5.3): claims about the user of a live access token with the scope `openid`, read from
//! the database at each request.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::{Map, Value, json};
use vestibule_store::{
    Error,
    access::{
        secrets::Kind,
        tokens::{self, Live},
    },
};
use vestibule_web::{
    State,
    crypto::{access_token, dpop},
    http::bearer::{self, Credential},
};

use super::claims;

/// Why a request is refused (RFC 6750 §3.1).
enum Refusal {
    /// 401, without an error code when no token was sent.
    NoToken,
    /// 401 `invalid_token`
    Invalid,
    /// 401 `invalid_token` or `invalid_dpop_proof` (RFC 9449 §7.1)
    Proof(&'static str),
    /// 403 `insufficient_scope`
    Scope,
    /// 503
    Internal(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Internal(error)
    }
}

/// Path of the endpoint.
const PATH: &str = "/oauth/userinfo";

/// Userinfo endpoint.
pub async fn any(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match respond(&req, &state).await {
        Ok(claims) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(claims),
        Err(refusal) => answer(&state, &refusal),
    }
}

async fn respond(req: &HttpRequest, state: &State) -> Result<Map<String, Value>, Refusal> {
    let (region, now) = (state.config().region.clone(), state.now());
    let sent = dpop::Presented::of(req, req.method().as_str(), &state.api_url(PATH), now);
    let Some(sent) = sent else {
        let nothing = bearer::credential(req) == Credential::None;
        return Err(if nothing { Refusal::NoToken } else { Refusal::Invalid });
    };
    let (claims, proof) = state
        .indexed_read(move |conn| {
            let presented = access_token::presented(conn, &region.api_url, &sent.token, now)?;
            let presented = presented.filter(|token| token.kind == Kind::Access).ok_or(Refusal::Invalid)?;
            let found = tokens::find_live(conn, &presented, &region.name, now)?;
            let Live { token, user, .. } = found.ok_or(Refusal::Invalid)?;
            let proof = sent.check(token.jkt.as_deref()).map_err(Refusal::Proof)?;
            let proof = proof.map(|proof| (proof, token.workspace_id.clone()));
            // RFC 8707 §2: a token for another resource server is not accepted.
            if !token.is_for(&region.api_url) {
                return Err(Refusal::Invalid);
            }
            let user = user.filter(|_| token.may("openid")).ok_or(Refusal::Scope)?;
            Ok((claims::of_user(conn, user, &token.scope)?.claims(), proof))
        })
        .await?;
    match dpop::accept(state, proof).await? {
        true => Ok(claims),
        false => Err(Refusal::Proof("its jti was used before")),
    }
}

fn answer(state: &State, refusal: &Refusal) -> HttpResponse {
    let refuse = |status, error: &str, words: &str| {
        state.metrics().refused("oauth", "userinfo");
        let challenge =
            format!("Bearer realm=\"Vestibule\", error=\"{error}\", error_description=\"{words}\"");
        HttpResponse::build(status)
            .insert_header((header::WWW_AUTHENTICATE, challenge))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": error, "error_description": words }))
    };
    match refusal {
        Refusal::NoToken => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"Vestibule\""))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish(),
        Refusal::Invalid => refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "the access token is not known here, has expired or was ended",
        ),
        Refusal::Proof(why) => {
            state.metrics().refused("oauth", "userinfo");
            HttpResponse::Unauthorized()
                .insert_header((header::WWW_AUTHENTICATE, dpop::challenge(Some(why))))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .json(json!({ "error": "invalid_dpop_proof", "error_description": why }))
        }
        Refusal::Scope => {
            refuse(StatusCode::FORBIDDEN, "insufficient_scope", "the access token lacks the scope openid")
        }
        Refusal::Internal(error) => {
            tracing::error!(%error, "oauth.failed");
            HttpResponse::ServiceUnavailable().json(json!({ "error": "temporarily_unavailable" }))
        }
    }
}
