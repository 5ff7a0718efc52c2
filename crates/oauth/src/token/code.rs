//! `grant_type=authorization_code` (RFC 6749 §4.1.3): exchanges a code, once, for a grant and its tokens. A second use ends the grant.

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use vestibule_core::{
    sets::{ClientKind, GrantEndReason},
    time::Micros,
};
use vestibule_store::{
    Conn, Error, Tx,
    access::{secrets::Presented, sessions},
    oauth::{
        clients::Client,
        codes::{self, Code, Taken},
        grants::{self, Grant},
    },
    trail::events::{self, Target, kinds::GrantGiven},
};

use super::{
    exchange::{Outcome, RefreshToken, Request},
    issue::{end_grant, issue},
};
use crate::{
    client::{redirect_uri, scope},
    error::OAuthError,
    openid::claims,
};

/// Exchanges a code.
pub(crate) fn exchange(
    conn: &mut Tx<'_>,
    request: &Request<'_>,
    presented: &Presented,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Outcome {
    let Request { client, cause, now, .. } = *request;
    let mut code = match codes::take(conn, presented, now)? {
        Taken::First(code) => code,
        Taken::Again(code) => {
            if let Some(grant_id) = &code.grant_id {
                end_grant(conn, &code.workspace_id, grant_id, GrantEndReason::CodeUsedTwice, cause, now)?;
            }
            return Ok(Err(OAuthError::Grant(
                "the code was used before; the tokens issued for it were ended",
            )));
        }
        Taken::Nothing => {
            return Ok(Err(OAuthError::Grant(
                "the code is not known here, or the access of the person who approved it has ended",
            )));
        }
    };
    let code_request = CodeRequest { code: &code, client, redirect_uri, verifier, now, jkt: request.jkt };
    if let Err(refusal) = check(&code_request) {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = request.same_resource(&code.resource) {
        return Ok(Err(refusal));
    }
    // The session may have ended since. It is locked, so that a concurrent sign-out waits and then ends the new tokens.
    if let Some(session_id) = &code.session_id
        && !sessions::lock(conn, &code.workspace_id, session_id, now)?
    {
        return Ok(Err(OAuthError::Grant("the person who approved the code has signed out")));
    }
    // Scopes that the client has lost since the approval are not granted.
    let offer = match request.offer(conn, (&code.workspace_id, Some(&code.user_id)), &code.resource)? {
        Ok(offer) => offer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    code.scope = match scope::narrowed(client, &code.scope, None, &offer) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(OAuthError::Scope(refusal))),
    };
    // The client may have lost `openid` since: then no ID token returns the nonce that replaces PKCE.
    let by_nonce = client.kind == ClientKind::App && code.code_challenge.is_none();
    if by_nonce && !scope::contains(&code.scope, "openid") {
        return Ok(Err(OAuthError::Grant(
            "the code has neither a code_challenge nor an ID token for its nonce",
        )));
    }
    let grant = create_grant(conn, client, &code, now)?;
    codes::set_grant(conn, &code, &grant.grant_id)?;
    let mut issued =
        issue(conn, request, &grant, &grant.scope, code.session_id.as_ref(), RefreshToken::First)?;
    issued.identity =
        claims::identity(conn, client, &grant, &grant.scope, code.session_id.clone(), code.nonce.clone())?;
    let data = GrantGiven {
        client: &client.name,
        scope: &code.scope,
        approved_by: Some(&code.user_id),
        may_give_owner: (client.kind == ClientKind::Scim).then_some(grant.may_give_owner),
    };
    events::record(conn, &code.workspace_id, cause, Target::Grant(&grant.grant_id), &data, now)?;
    Ok(Ok(issued))
}

/// Creates the grant: of the workspace for SCIM clients, otherwise of the user. An app's grant ends with the session, unless
/// `offline_access` was approved.
fn create_grant(conn: &mut Conn, client: &Client, code: &Code, now: Micros) -> Result<Grant, Error> {
    match client.kind {
        ClientKind::Scim => {
            let Code { workspace_id, client_id, user_id, scope, .. } = code;
            grants::give_for_workspace(conn, workspace_id, client_id, user_id, scope, now)
        }
        ClientKind::App if !scope::contains(&code.scope, scope::OFFLINE) => {
            grants::give_for_user(conn, code, code.session_id.clone(), now)
        }
        _ => grants::give_for_user(conn, code, None, now),
    }
}

/// A token request with its code.
struct CodeRequest<'a> {
    code: &'a Code,
    client: &'a Client,
    redirect_uri: &'a str,
    verifier: Option<&'a str>,
    now: Micros,
    /// Thumbprint of the key that the client has proven.
    jkt: Option<&'a str>,
}

type Check = fn(&CodeRequest<'_>) -> Result<(), OAuthError>;

/// Name, citation and function of each check, in order.
const CHECKS: [(&str, &str, Check); 6] = [
    ("client", "RFC 6749 §4.1.3", check_client),
    ("expiry", "RFC 6749 §4.1.2", check_expiry),
    ("redirect_uri", "RFC 6749 §4.1.3", check_redirect_uri),
    ("code_verifier", "RFC 7636 §4.6; RFC 9700 §4.8.2", check_verifier),
    ("dpop_jkt", "RFC 9449 §10", check_key),
    ("auth_time", "OpenID Connect Registration §2", |request| {
        claims::check_auth_time(request.client, &request.code.scope, request.code.auth_time)
    }),
];

fn check(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    for (check, specification, function) in CHECKS {
        function(request)
            .inspect_err(|_| tracing::debug!(check, specification, "oauth.code_check_failed"))?;
    }
    Ok(())
}

fn check_client(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    if request.code.client_id == request.client.client_id {
        return Ok(());
    }
    Err(OAuthError::Grant("the code was issued to another client"))
}

fn check_expiry(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    if request.code.expires_at > request.now {
        Ok(())
    } else {
        Err(OAuthError::Grant("the code has expired"))
    }
}

fn check_redirect_uri(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    if request.code.redirect_uri != request.redirect_uri {
        return Err(OAuthError::Grant("redirect_uri is not the one the code was sent to"));
    }
    // It may have been removed from the client since the code was issued.
    if redirect_uri::is_registered(request.client, request.redirect_uri) {
        return Ok(());
    }
    Err(OAuthError::Grant("redirect_uri is no longer registered for this client"))
}

fn check_key(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    match &request.code.dpop_jkt {
        Some(jkt) if request.jkt != Some(jkt.as_str()) => {
            Err(OAuthError::Grant("the code is bound to a key (dpop_jkt), and the request does not prove it"))
        }
        _ => Ok(()),
    }
}

/// A verifier without a challenge is refused, because it means a downgrade. A code without a challenge is accepted from a confidential
/// client that may omit PKCE: Okta's SCIM client, or an app that sent a nonce (RFC 9700 §2.1.1).
fn check_verifier(request: &CodeRequest<'_>) -> Result<(), OAuthError> {
    let client = request.client;
    match (&request.code.code_challenge, request.verifier) {
        (None, None) if client.kind == ClientKind::Scim && !client.is_public() => Ok(()),
        (None, None) if is_bound_by_nonce(client, request.code) => Ok(()),
        (None, None) => Err(OAuthError::Grant("the code has no code_challenge, which this client must send")),
        (Some(challenge), Some(verifier)) if is_verifier_of(challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => Err(OAuthError::Grant("code_verifier does not belong to the code_challenge")),
        (Some(_), None) => Err(OAuthError::Grant("code_verifier is missing")),
        (None, Some(_)) => Err(OAuthError::Grant("code_verifier is sent, but there was no code_challenge")),
    }
}

fn is_bound_by_nonce(client: &Client, code: &Code) -> bool {
    client.kind == ClientKind::App && !client.is_public() && !client.requires_pkce && code.nonce.is_some()
}

fn is_verifier_of(challenge: &str, verifier: &str) -> bool {
    // The crate panics for other lengths than the 43 to 128 characters of RFC 7636 §4.1.
    (43..=128).contains(&verifier.len())
        && PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned())).as_str()
            == challenge
}
