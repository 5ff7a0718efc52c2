//! `/oauth2/v1/token`, introspection and revocation. A code is valid once, for its client, redirect URI and verifier, for 300 seconds.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    claims,
    client::{authenticate, error},
    dpop,
    issued::{Access, Code, TOKEN_LIFETIME},
    misbehavior::Misbehavior,
};
use crate::{
    okta::Okta,
    org::Org,
    support::{keys::SigningKey, random},
};

type Form = web::Form<HashMap<String, String>>;

pub(super) async fn post(okta: web::Data<Okta>, http: HttpRequest, form: Form) -> HttpResponse {
    // Generating a key takes long, so it is done before the org is locked.
    let stranger = match okta.org().misbehavior {
        Some(
            Misbehavior::ForeignKey
            | Misbehavior::ForeignJwk
            | Misbehavior::ForeignJku
            | Misbehavior::EncryptionKey,
        ) => SigningKey::generate().ok(),
        _ => None,
    };
    let mut org = okta.org();
    let app = match authenticate(&org, okta.issuer(), &http, &form) {
        Ok(app) => app,
        Err(description) => return error(401, "invalid_client", description),
    };
    let url = format!("{}/oauth2/v1/token", okta.issuer());
    let bound_to = match app.settings.dpop.then(|| dpop::verify(&mut org, &http, &url, None)) {
        None => None,
        Some(Ok(thumbprint)) => Some(thumbprint),
        Some(Err(fault)) => return fault.at_token_endpoint(),
    };
    if form.get("grant_type").map(String::as_str) != Some("authorization_code") {
        return error(400, "unsupported_grant_type", "The authorization grant type is not supported.");
    }
    let code = match redeem(&mut org, &app.client_id, &form) {
        Ok(code) => code,
        Err(description) => return error(400, "invalid_grant", description),
    };
    let misbehavior = org.misbehavior.take();
    if misbehavior == Some(Misbehavior::ServerError) {
        return HttpResponse::InternalServerError().body("<html><body>Internal Server Error</body></html>");
    }
    if misbehavior == Some(Misbehavior::TokenRedirect) {
        return HttpResponse::TemporaryRedirect()
            .insert_header(("Location", format!("{url}?again")))
            .finish();
    }
    if let (Some(Misbehavior::EncryptionKey), Some(stranger)) = (misbehavior, &stranger) {
        let mut key = stranger.public().clone();
        if let Some(key) = key.as_object_mut() {
            key.insert("use".to_owned(), json!("enc"));
        }
        org.keys.publish(key);
    }
    let access_token = random::word(64);
    let Ok(id_token) =
        claims::id_token(&org, okta.issuer(), &app, &code, &access_token, misbehavior, stranger.as_ref())
    else {
        return HttpResponse::InternalServerError().finish();
    };
    let access = Access {
        client_id: app.client_id,
        person: code.person,
        scopes: code.request.scopes.clone(),
        expires: org.now().saturating_add(TOKEN_LIFETIME),
        lying: misbehavior == Some(Misbehavior::WrongUserinfoSub),
        misbehavior,
        bound_to: bound_to.clone(),
    };
    org.access.insert(access_token.clone(), access);
    let mut body = json!({
        "token_type": if bound_to.is_some() { "DPoP" } else { "Bearer" },
        "expires_in": TOKEN_LIFETIME,
        "access_token": access_token,
        "scope": code.request.scopes.join(" "),
        "id_token": id_token,
    });
    if let (Some(Misbehavior::NoIdToken), Some(body)) = (misbehavior, body.as_object_mut()) {
        body.shift_remove("id_token");
    }
    let spoilt = match misbehavior {
        Some(Misbehavior::WrongTokenType) => Some(("token_type", json!("mac"))),
        Some(Misbehavior::HugeAnswer) => Some(("padding", json!("x".repeat(1 << 20)))),
        _ => None,
    };
    if let (Some((name, value)), Some(body)) = (spoilt, body.as_object_mut()) {
        body.insert(name.to_owned(), value);
    }
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Pragma", "no-cache"))
        .json(body)
}

/// Redeems a code. The code is removed even if a later check fails.
fn redeem(org: &mut Org, client_id: &str, form: &HashMap<String, String>) -> Result<Code, &'static str> {
    let value = |name: &str| form.get(name).map_or("", String::as_str);
    let now = org.now();
    let code = org
        .codes
        .remove(value("code"))
        .filter(|code| code.expires > now && code.client_id == client_id)
        .ok_or("The authorization code is invalid or has expired.")?;
    if code.request.redirect_uri != value("redirect_uri") {
        return Err(
            "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
        );
    }
    let verified = match &code.request.challenge {
        None => true,
        Some(challenge) => URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier"))) == *challenge,
    };
    if !verified {
        return Err("PKCE verification failed.");
    }
    Ok(code)
}

pub(super) async fn introspect(okta: web::Data<Okta>, http: HttpRequest, form: Form) -> HttpResponse {
    let org = okta.org();
    let app = match authenticate(&org, okta.issuer(), &http, &form) {
        Ok(app) => app,
        Err(description) => return error(401, "invalid_client", description),
    };
    let token = form.get("token").and_then(|token| org.access.get(token));
    let live = token.filter(|access| access.expires > org.now() && access.client_id == app.client_id);
    match live.and_then(|access| Some((access, org.person(&access.person)?))) {
        None => HttpResponse::Ok().json(json!({ "active": false })),
        Some((access, person)) => HttpResponse::Ok().json(json!({
            "active": true, "scope": access.scopes.join(" "), "username": person.login, "exp": access.expires,
            "sub": person.login, "uid": person.id, "client_id": access.client_id, "token_type": "Bearer",
            "iss": okta.issuer(), "aud": okta.issuer(),
        })),
    }
}

/// RFC 7009 §2.2: an unknown token is no error.
pub(super) async fn revoke(okta: web::Data<Okta>, http: HttpRequest, form: Form) -> HttpResponse {
    let mut org = okta.org();
    if let Err(description) = authenticate(&org, okta.issuer(), &http, &form) {
        return error(401, "invalid_client", description);
    }
    if let Some(token) = form.get("token") {
        org.access.remove(token);
    }
    HttpResponse::Ok().finish()
}
