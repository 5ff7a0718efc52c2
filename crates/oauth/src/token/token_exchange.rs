//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a service of the product that was called with a person's access
//! token gets one with which it calls another resource of the product for that person.
//!
//! The new token never allows more than the subject token: fewer or the same scopes, the same or an earlier end, the same grant and epoch.
//! So each end of the subject token's access ends it, too. There is no refresh token.

use vestibule_core::{
    sets::{ClientKind, TokenKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Tx,
    access::tokens::{self, Live, NewToken, Token, Usage, exchanged},
    oauth::{
        clients::{self, Client},
        grants,
    },
    trail::events::{self, kinds::TokenExchanged},
};
use vestibule_web::{
    crypto::access_token,
    http::{input::Parameters, resource::is_resource},
};

use super::{
    access,
    exchange::{Issued, Outcome, Request},
};
use crate::{client::scope, error::OAuthError};

/// The grant type.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The type of access tokens (RFC 8693 §3), the only one that is taken and issued.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Most actors of one token: how many services may call each other for one person.
const MOST_ACTORS: usize = 4;

/// RFC 8693 §2.2.2: a subject token that is invalid for any reason is `invalid_request`.
const INVALID_SUBJECT: OAuthError =
    OAuthError::Request("the subject token is not known here, has expired or was ended");

/// Exchanges an access token.
pub(super) fn exchange(conn: &mut Tx<'_>, request: &Request<'_>, form: &Parameters) -> Outcome {
    // Held, so that a switch waits, and ends what is issued here.
    let Some(client) = clients::lock_shared(conn, &request.client.client_id)? else {
        return Ok(Err(OAuthError::Client));
    };
    let request = Request { client: &client, ..*request };
    let Request { region, issuer, cause, now, .. } = request;
    if let Err(refusal) = run(&CLIENT_CHECKS, &client).and_then(|()| run(&FORM_CHECKS, form)) {
        return Ok(Err(refusal));
    }
    let presented = access_token::presented(conn, issuer, form.text("subject_token"), now)?;
    let Some(presented) = presented else { return Ok(Err(INVALID_SUBJECT)) };
    // Locked before it is read, so that its revocation waits, and then ends what was exchanged for it.
    tokens::lock(conn, &presented)?;
    let Some(Live { token, user: Some(user), .. }) = tokens::find_live(conn, &presented, region, now)? else {
        return Ok(Err(INVALID_SUBJECT));
    };
    let target = target(form);
    let subject = Subject { token, client: client.clone(), target: target.to_owned(), now };
    if let Err(refusal) = run(&SUBJECT_CHECKS, &subject) {
        return Ok(Err(refusal));
    }
    let Subject { token, .. } = subject;
    let (Some(grant_id), Some(epoch), Some(end)) = (&token.grant_id, token.epoch, token.expires_at) else {
        return Ok(Err(INVALID_SUBJECT));
    };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else {
        return Ok(Err(INVALID_SUBJECT));
    };
    // A role may have been taken since the subject token was issued, or its resource deleted.
    let whose = (&user.workspace_id, Some(&user.user_id));
    match request.offer(conn, whose, &token.resource)? {
        Ok(offer) if offer.resource.is_some() => {}
        _ => return Ok(Err(INVALID_SUBJECT)),
    }
    let offer = match request.offer(conn, whose, target)? {
        Ok(offer) if offer.resource.is_some() => offer,
        Ok(_) => return Ok(Err(OAuthError::Target("the resource is not registered here"))),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let scope = match scope::exchanged(&client, &token.scope, request.scope, &offer) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(OAuthError::Scope(refusal))),
    };

    let is_new = !exchanged::is_any(conn, (&user.workspace_id, grant_id), &client.client_id, target, now)?;
    // Never later than the subject token ends.
    let end = end.min(now + access::seconds(&request) * SECOND);
    let access_seconds = (end - now) / SECOND;
    // RFC 8693 §4.1: this client acts now; who acted before is nested.
    let actors: Vec<String> =
        [client.client_id.to_string()].into_iter().chain(token.actors.as_slice().iter().cloned()).collect();
    let new = NewToken {
        workspace_id: &user.workspace_id,
        kind: TokenKind::Access,
        name: "",
        grant_id: Some(grant_id),
        user: Some((&user.user_id, epoch)),
        scope: &scope,
        expires_at: Some(end),
    };
    let usage = Usage {
        resource: target,
        actors: &actors,
        exchange: Some((&client.client_id, &token)),
        jkt: request.jkt,
    };
    let access = access::issue(conn, &request, &grant, &new, &usage, grant.session_id.as_ref())?;
    if is_new {
        let data = TokenExchanged {
            client: &client.client_id,
            name: &client.name,
            scope: &scope,
            resource: target,
            from: &token.resource,
            grant: grant_id,
        };
        events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(Ok(Issued {
        access,
        access_seconds,
        refresh: None,
        scope,
        issued_at: now,
        identity: None,
        is_bound: usage.jkt.is_some(),
        is_exchanged: true,
    }))
}

type Check<T> = (&'static str, &'static str, fn(&T) -> Result<(), OAuthError>);

fn run<T>(checks: &[Check<T>], what: &T) -> Result<(), OAuthError> {
    for (check, specification, function) in checks {
        function(what)
            .inspect_err(|_| tracing::debug!(check, specification, "oauth.token_exchange_check_failed"))?;
    }
    Ok(())
}

/// Name, citation and function of each check of the client, in order.
const CLIENT_CHECKS: [Check<Client>; 2] = [
    // §2.1: without client authentication, whoever has a token could turn it into others.
    ("authentication", "RFC 8693 §2.1, §5", |client| {
        match client.is_public() || client.kind == ClientKind::Scim {
            true => {
                Err(OAuthError::UnauthorizedClient("token exchange is for clients that prove who they are"))
            }
            false => Ok(()),
        }
    }),
    ("allowed", "RFC 6749 §5.2", |client| match client.token_exchange {
        true => Ok(()),
        false => Err(OAuthError::UnauthorizedClient(
            "this client may not exchange tokens; the operator allows it: vestibule client update --token-exchange on",
        )),
    }),
];

/// Name, citation and function of each check of the form, in order.
const FORM_CHECKS: [Check<Parameters>; 5] = [
    ("subject_token", "RFC 8693 §2.1", |form| match form.get("subject_token") {
        Some(_) => Ok(()),
        None => Err(OAuthError::Request("subject_token is missing")),
    }),
    ("subject_token_type", "RFC 8693 §2.1, §3", |form| match form.get("subject_token_type") {
        Some(ACCESS_TOKEN) => Ok(()),
        _ => Err(OAuthError::Request(
            "subject_token_type must be urn:ietf:params:oauth:token-type:access_token",
        )),
    }),
    ("actor_token", "RFC 8693 §2.1", |form| {
        match form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
            true => Err(OAuthError::Request("actor_token is not supported: the authenticated client acts")),
            false => Ok(()),
        }
    }),
    ("requested_token_type", "RFC 8693 §2.1, §3", |form| match form.get("requested_token_type") {
        None | Some(ACCESS_TOKEN) => Ok(()),
        Some(_) => Err(OAuthError::Request(
            "requested_token_type must be urn:ietf:params:oauth:token-type:access_token",
        )),
    }),
    ("target", "RFC 8693 §2.1; RFC 8707 §2", |form| match (form.get("resource"), form.get("audience")) {
        (None, None) => Err(OAuthError::Request("name the resource of the token: resource or audience")),
        (Some(resource), Some(audience)) if resource != audience => {
            Err(OAuthError::Target("a token has one resource, and resource and audience differ"))
        }
        _ if is_resource(target(form)) => Ok(()),
        _ => Err(OAuthError::Target("resource must be an absolute URI without a fragment")),
    }),
];

/// The resource that is named, as `resource` or as `audience`: both are the URI of a registered resource here.
fn target(form: &Parameters) -> &str {
    form.get("resource").unwrap_or_else(|| form.text("audience"))
}

/// A live subject token with the request that presents it.
struct Subject {
    token: Token,
    client: Client,
    target: String,
    now: Micros,
}

/// Name, citation and function of each check of the subject token, in order.
const SUBJECT_CHECKS: [Check<Subject>; 6] = [
    ("kind", "RFC 8693 §2.1", |subject| match subject.token.kind {
        TokenKind::Access => Ok(()),
        _ => Err(INVALID_SUBJECT),
    }),
    ("workspace", "design rule 4", |subject| {
        let client = &subject.client;
        match client.is_deployment_wide() || client.workspace_id == subject.token.workspace_id {
            true => Ok(()),
            false => Err(INVALID_SUBJECT),
        }
    }),
    ("audience", "RFC 8693 §2.1; RFC 9068 §4; RFC 8707 §2", |subject| {
        match subject.client.serves.as_slice().contains(&subject.token.resource) {
            true => Ok(()),
            false => Err(OAuthError::Request(
                "the subject token is not for a resource that this client serves: vestibule client update --serves",
            )),
        }
    }),
    ("other resource", "RFC 8693 §2.2.2", |subject| match subject.target == subject.token.resource {
        true => Err(OAuthError::Target("the subject token is for this resource already")),
        false => Ok(()),
    }),
    ("depth", "RFC 8693 §4.1", |subject| match subject.token.actors.as_slice().len() < MOST_ACTORS {
        true => Ok(()),
        false => Err(OAuthError::Request("too many services act for the person one after the other")),
    }),
    // The new token ends with the subject token, so there must be a second left.
    ("lifetime", "RFC 8693 §2.2.1", |subject| {
        match subject.token.expires_at.is_some_and(|end| end >= subject.now + SECOND) {
            true => Ok(()),
            false => Err(INVALID_SUBJECT),
        }
    }),
];
