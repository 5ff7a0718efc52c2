//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a code, once, by the client it was given to, becomes a grant.

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use vestibule_core::{sets::ClientKind, time::Micros};
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

use super::exchange::{Outcome, Refreshing, Request, end, issue};
use crate::{client::scope, error::OAuthError, openid::claims};

/// Exchanges a code.
pub(crate) fn code(
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
                end(conn, &code.workspace_id, grant_id, "code_used_twice", cause, now)?;
            }
            return Ok(Err(OAuthError::Grant("the code was used before; what it gave has been ended")));
        }
        Taken::Nothing => {
            return Ok(Err(OAuthError::Grant(
                "the code is not known here, or whoever approved it lost access",
            )));
        }
    };
    if let Err(refusal) = check(&code, client, redirect_uri, verifier, now) {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = request.same_resource(&code.resource) {
        return Ok(Err(refusal));
    }
    // Signed out of in between: what it would give is born dead. Held, so that signing out now waits and ends it.
    if let Some(session_id) = &code.session_id
        && !sessions::hold(conn, &code.workspace_id, session_id, now)?
    {
        return Ok(Err(OAuthError::Grant("whoever approved the code has signed out")));
    }
    // What the client lost since the approval is not given.
    code.scope = match scope::narrowed(client, &code.scope, None, request.mcp_scopes) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(OAuthError::Scope(refusal))),
    };
    let grant = give(conn, client, &code, now)?;
    codes::became(conn, &code, &grant.grant_id)?;
    let mut given =
        issue(conn, request, &grant, &grant.scope, code.session_id.as_deref(), Refreshing::First)?;
    given.identity =
        claims::identity(conn, client, &grant, &grant.scope, code.session_id.clone(), code.nonce.clone())?;
    let data = GrantGiven {
        client: &client.name,
        scope: &code.scope,
        approved_by: Some(&code.user_id),
        may_give_owner: (client.kind == ClientKind::Scim).then_some(grant.may_give_owner),
    };
    events::record(conn, &code.workspace_id, cause, Target::Grant(&grant.grant_id), &data, now)?;
    Ok(Ok(given))
}

/// SCIM's belongs to the workspace, everybody else's to the person; an app's ends with the session, unless it was let stay.
fn give(conn: &mut Conn, client: &Client, code: &Code, now: Micros) -> Result<Grant, Error> {
    match client.kind {
        ClientKind::Scim => {
            let Code { workspace_id, client_id, user_id, scope, .. } = code;
            grants::give_for_workspace(conn, workspace_id, client_id, user_id, scope, now)
        }
        ClientKind::App if !scope::holds(&code.scope, scope::OFFLINE) => {
            grants::give_for_user(conn, code, code.session_id.clone(), now)
        }
        _ => grants::give_for_user(conn, code, None, now),
    }
}

fn check(
    code: &Code,
    client: &Client,
    redirect_uri: &str,
    verifier: Option<&str>,
    now: Micros,
) -> Result<(), OAuthError> {
    // RFC 6749 §4.1.3: issued to this client, unexpired, and the same redirect URI.
    if code.client_id != client.client_id {
        return Err(OAuthError::Grant("the code was issued to another client"));
    }
    if code.expires_at <= now {
        return Err(OAuthError::Grant("the code has expired"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(OAuthError::Grant("redirect_uri is not the one the code was sent to"));
    }
    // RFC 7636 §4.6, and RFC 9700 §4.8.2: a verifier without a challenge is a downgrade.
    match (&code.code_challenge, verifier) {
        (None, None) if client.kind == ClientKind::Scim && !client.is_public() => Ok(()),
        (None, None) => Err(OAuthError::Grant("the code has no code_challenge, which this client must send")),
        (Some(challenge), Some(verifier)) if proves(challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => Err(OAuthError::Grant("code_verifier does not belong to the code_challenge")),
        (Some(_), None) => Err(OAuthError::Grant("code_verifier is missing")),
        (None, Some(_)) => Err(OAuthError::Grant("code_verifier is sent, but there was no code_challenge")),
    }
}

fn proves(challenge: &str, verifier: &str) -> bool {
    // The crate panics outside RFC 7636 §4.1's 43 to 128 characters.
    (43..=128).contains(&verifier.len())
        && PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned())).as_str()
            == challenge
}
