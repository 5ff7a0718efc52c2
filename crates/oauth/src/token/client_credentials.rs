//! `grant_type=client_credentials` (RFC 6749 §4.4): a token for the client itself, which acts for its workspace. No user, no refresh token.

use vestibule_core::sets::ClientKind;
use vestibule_store::{
    Tx,
    oauth::grants,
    trail::events::{self, Target, kinds::GrantGiven},
};
use vestibule_web::http::resource::is_resource;

use super::{
    exchange::{Outcome, RefreshToken, Request},
    issue::issue,
};

use crate::{client::scope, error::OAuthError};

/// Issues a token for the client itself.
pub(crate) fn exchange(conn: &mut Tx<'_>, request: &Request<'_>) -> Outcome {
    let Request { client, cause, now, .. } = *request;
    let refuse = |why| Ok(Err(OAuthError::UnauthorizedClient(why)));
    if !matches!(client.kind, ClientKind::Service | ClientKind::Scim) {
        return refuse("client_credentials is for clients of kind service or scim");
    }
    if client.is_deployment_wide() {
        return refuse("this client belongs to no workspace, so it has none to act for");
    }
    // RFC 6749 §4.4: confidential clients only.
    if client.is_public() {
        return refuse("client_credentials is for clients that authenticate");
    }
    let resource = request.resource.unwrap_or_default();
    if !resource.is_empty() && !is_resource(resource) {
        return Ok(Err(OAuthError::Target("resource must be an absolute URI without a fragment")));
    }
    let offer = match request.offer(conn, (&client.workspace_id, None), resource)? {
        Ok(offer) => offer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let scope = match scope::granted(client, request.scope, &offer) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(OAuthError::Scope(refusal))),
    };
    let (grant, is_new) = grants::of_client(conn, client, &scope, resource, now)?;
    let issued = issue(conn, request, &grant, &scope, None, RefreshToken::None)?;
    if is_new {
        let may_give_owner = (client.kind == ClientKind::Scim).then_some(grant.may_give_owner);
        let data = GrantGiven { client: &client.name, scope: &scope, approved_by: None, may_give_owner };
        let target = Target::Grant(&grant.grant_id);
        events::record(conn, &grant.workspace_id, cause, target, &data, now)?;
    }
    Ok(Ok(issued))
}
