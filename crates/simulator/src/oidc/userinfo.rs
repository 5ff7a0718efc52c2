//! `/oauth2/v1/userinfo`: the profile of the access token's person.

use actix_web::{HttpRequest, HttpResponse, http::header::AUTHORIZATION, web};
use serde_json::json;

use super::{claims, dpop, misbehavior::Misbehavior};
use crate::{okta::Okta, support::random};

pub(super) async fn answer(okta: web::Data<Okta>, http: HttpRequest) -> HttpResponse {
    let mut org = okta.org();
    let header = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| ["bearer", "dpop"].contains(&scheme.to_ascii_lowercase().as_str()));
    let bound_to = token.and_then(|(_, token)| org.access.get(token.trim())?.bound_to.clone());
    if let (Some(bound_to), Some((scheme, token))) = (bound_to, token) {
        let url = format!("{}/oauth2/v1/userinfo", okta.issuer());
        let proven = dpop::verify(&mut org, &http, &url, Some(token.trim()));
        match proven {
            Ok(thumbprint) if thumbprint == bound_to && scheme.eq_ignore_ascii_case("dpop") => {}
            Err(dpop::Fault::Nonce(nonce)) => {
                let challenge = "DPoP error=\"use_dpop_nonce\", error_description=\"A nonce is needed.\"";
                return HttpResponse::Unauthorized()
                    .insert_header(("DPoP-Nonce", nonce))
                    .insert_header(("WWW-Authenticate", challenge))
                    .finish();
            }
            _ => {
                let challenge = "DPoP error=\"invalid_dpop_proof\"";
                return HttpResponse::Unauthorized().insert_header(("WWW-Authenticate", challenge)).finish();
            }
        }
    }
    let found = token
        .and_then(|(_, token)| org.access.get(token.trim()))
        .filter(|access| access.expires > org.now())
        .and_then(|access| Some((access, org.person(&access.person)?, org.app(&access.client_id)?)));
    let Some((access, person, state)) = found else {
        // RFC 6750 §3
        let challenge = "Bearer authorization_uri=\"/oauth2/v1/authorize\", error=\"invalid_token\", \
                         error_description=\"The access token is invalid.\"";
        return HttpResponse::Unauthorized().insert_header(("WWW-Authenticate", challenge)).finish();
    };
    match access.misbehavior {
        Some(Misbehavior::UserinfoJwt) => {
            return HttpResponse::Ok().content_type("application/jwt").body("eyJhbGciOiJub25lIn0.e30.");
        }
        Some(Misbehavior::UserinfoRedirect) => {
            return HttpResponse::Found().insert_header(("Location", okta.issuer().to_owned())).finish();
        }
        _ => {}
    }
    let mut claims = claims::profile(&org, &state.app, person, &access.scopes);
    if claims.contains_key("name") {
        let more = [
            ("given_name", json!(person.given)),
            ("family_name", json!(person.family)),
            ("locale", json!("en_US")),
            ("zoneinfo", json!("America/Los_Angeles")),
        ];
        claims.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    if claims.contains_key("email") {
        // Okta sends true for everybody, so services must not rely on it (facts §5.1).
        claims.insert("email_verified".to_owned(), json!(true));
    }
    let sub = if access.lying { random::okta_id("00u") } else { person.id.clone() };
    claims.shift_insert(0, "sub".to_owned(), json!(sub));
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(claims)
}
