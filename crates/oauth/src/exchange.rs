//! What the token endpoint does inside one transaction: a code or a refresh token becomes an access token and a new
//! refresh token. A second use of either, beyond the grace, ends the grant — and that end is committed.

use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::json;
use vestibule_store::{
    Conn, Error, Micros, SECOND,
    clients::Client,
    codes::{self, Code, Taken},
    events::{self, Cause},
    grants::{self, Grant},
    secret::{Kind, Presented},
    tokens::{self, NewToken},
};
use vestibule_web::config::Tokens;

use crate::{error::OAuthError, scope};

/// A fresh pair.
pub(crate) struct Pair {
    pub access: String,
    pub access_seconds: i64,
    pub refresh: String,
    pub scope: String,
}

/// Committed either way: what is refused here may have ended a grant.
pub(crate) type Outcome = Result<Result<Pair, OAuthError>, Error>;

/// The request around an exchange.
pub(crate) struct Request<'a> {
    pub client: &'a Client,
    pub lifetimes: &'a Tokens,
    pub region: &'a str,
    pub cause: &'a Cause,
    pub now: Micros,
}

/// `grant_type=authorization_code` (RFC 6749 §4.1.3).
pub(crate) fn code(
    conn: &mut Conn,
    request: &Request<'_>,
    presented: &Presented,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Outcome {
    let Request { client, lifetimes, cause, now, .. } = *request;
    let code = match codes::take(conn, presented, now)? {
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
    let grant = grants::give_for_workspace(
        conn,
        &code.workspace_id,
        &client.client_id,
        &code.user_id,
        &code.scope,
        now,
    )?;
    codes::became(conn, &code, &grant.grant_id)?;
    let data = json!({ "client": client.name, "scope": code.scope, "approved_by": code.user_id });
    events::record(
        conn,
        &code.workspace_id,
        "grant_given",
        cause,
        &format!("grant:{}", grant.grant_id),
        &data,
        now,
    )?;
    issue(conn, &grant, &grant.scope, lifetimes, now).map(Ok)
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
        (None, None) => Ok(()),
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

/// `grant_type=refresh_token` (RFC 6749 §6), rotating (RFC 9700 §2.2.2).
pub(crate) fn refresh(
    conn: &mut Conn,
    request: &Request<'_>,
    presented: &Presented,
    asked: Option<&str>,
) -> Outcome {
    let Request { client, lifetimes, region, cause, now } = *request;
    let unknown =
        || Ok(Err(OAuthError::Grant("the refresh token is not known here, has expired or was ended")));
    let Some((token, _)) = tokens::find_live(conn, presented, region, now)? else { return unknown() };
    let Some(grant_id) = token.grant_id.as_deref().filter(|_| token.kind == "refresh") else {
        return unknown();
    };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else { return unknown() };
    if grant.client_id != client.client_id {
        return Ok(Err(OAuthError::Grant("the refresh token was issued to another client")));
    }
    if let Some(replaced_at) = token.replaced_at
        && now > replaced_at + lifetimes.refresh_grace_seconds * SECOND
    {
        end(conn, &grant.workspace_id, &grant.grant_id, "refresh_token_used_twice", cause, now)?;
        return Ok(Err(OAuthError::Grant(
            "the refresh token was used before; everything it gave has been ended",
        )));
    }
    let scope = match asked {
        None => token.scope.clone(),
        Some(asked) => match scope::requested(Some(asked)) {
            Ok(narrow) if scope::within(&narrow, &grant.scope) => narrow,
            Ok(_) => return Ok(Err(OAuthError::Scope("scope goes beyond what was approved".to_owned()))),
            Err(unknown) => return Ok(Err(OAuthError::Scope(unknown))),
        },
    };
    tokens::replace(conn, &token, now)?;
    issue(conn, &grant, &scope, lifetimes, now).map(Ok)
}

fn issue(
    conn: &mut Conn,
    grant: &Grant,
    scope: &str,
    lifetimes: &Tokens,
    now: Micros,
) -> Result<Pair, Error> {
    let user = grant.user_id.as_deref().zip(grant.epoch);
    let token = |kind, scope, seconds: i64| NewToken {
        workspace_id: &grant.workspace_id,
        kind,
        name: "",
        grant_id: Some(&grant.grant_id),
        user,
        scope,
        expires_at: Some(now + seconds * SECOND),
    };
    let (_, access) = tokens::issue(conn, &token(Kind::Access, scope, lifetimes.access_seconds), now)?;
    // The refresh token keeps the whole approved scope: narrowing is for one access token (RFC 6749 §6).
    let (_, refresh) =
        tokens::issue(conn, &token(Kind::Refresh, &grant.scope, lifetimes.refresh_days * 86_400), now)?;
    Ok(Pair { access, access_seconds: lifetimes.access_seconds, refresh, scope: scope.to_owned() })
}

fn end(
    conn: &mut Conn,
    workspace_id: &str,
    grant_id: &str,
    why: &str,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if grants::end(conn, workspace_id, grant_id, now)? {
        let target = format!("grant:{grant_id}");
        events::record(conn, workspace_id, "grant_ended", cause, &target, &json!({ "reason": why }), now)?;
    }
    Ok(())
}
