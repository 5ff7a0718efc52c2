//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1) with an Identity Assertion JWT Authorization Grant
//! (draft-ietf-oauth-identity-assertion-authz-grant-03): the provider of a person says that an AI client may act for the person. The answer
//! is an access token, no refresh token and no ID token.
//!
//! The order: the client authenticates, the assertion names one connection, its keys verify the signature, the claims are checked; then one
//! transaction decides who the person is and issues the token. The assertion is not read before the client is authenticated.

mod assertion;
mod exchange;

use std::sync::Arc;

use actix_web::HttpRequest;
use serde_json::json;
use vestibule_core::{ids::WorkspaceId, sets::ClientKind, time::SECOND};
use vestibule_store::{
    Conn, Error, Tx,
    oauth::clients::{self, Client},
    providers::connections::{self, Connection},
    trail::events::{self, Target, kinds::AgentAccessRefused},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    observe::{inspect, sightings::SightingKind},
    outbound::issuer_keys::{IssuerKeys, Unproven},
};

use self::{
    assertion::{Asserted, Expected, Failed, Unverified},
    exchange::Refusal,
};
use super::{
    dpop,
    exchange::{Issued, Request},
};
use crate::{client::auth::Credentials, error::OAuthError, inspector};

/// The grant type.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Error for the client if a check of the assertion fails. The inspector, the trail and the doctor have the precise reason.
const NOT_ACCEPTED: OAuthError = OAuthError::Grant("the assertion was not accepted");

/// Exchanges an assertion.
pub(super) async fn exchange(
    req: &HttpRequest,
    state: &State,
    keys: &IssuerKeys,
    caller: Credentials,
    (form, proof): (Parameters, dpop::Presented),
) -> Result<Issued, OAuthError> {
    let note = inspect::of(req);
    let now = state.now();
    let caller = Arc::new(caller);
    let client = authenticate(state, caller.clone()).await?;
    inspector::client(&note, &client);
    if client.kind == ClientKind::Scim || client.is_public() || !client.cross_app {
        return Err(OAuthError::UnauthorizedClient(
            "this client may not use assertions; the operator allows it: vestibule client update --cross-app on",
        ));
    }
    if form.get("authorization_details").is_some() {
        return Err(OAuthError::AuthorizationDetails);
    }
    let compact = form.get("assertion").ok_or(OAuthError::Request("assertion is missing"))?.to_owned();
    let mut issuer = String::new();
    let mut workspace_id = Some(client.workspace_id.clone()).filter(|_| !client.is_deployment_wide());
    let result = async {
        let (connection, asserted) = verify(req, state, keys, &client, compact, &mut issuer).await?;
        workspace_id = Some(connection.workspace_id.clone());
        note.proves(&connection.workspace_id);
        issue(req, state, (caller, &client), (form, proof), (connection, asserted), now).await
    };
    match result.await {
        Ok(issued) => {
            if let Some(workspace_id) = &workspace_id {
                state.sightings().note(workspace_id, SightingKind::AgentAccess, &client.client_id, now);
            }
            Ok(issued)
        }
        Err(Refusal::Answer(refusal)) => Err(refusal),
        Err(Refusal::Store(error)) => Err(error.into()),
        Err(Refusal::Failed(failed)) => {
            note.understood("failed_check", || json!({ failed.check: failed.detail }));
            if let Some(workspace_id) = workspace_id {
                record_refused(req, state, &workspace_id, (&client, &issuer), &failed).await?;
            }
            Err(NOT_ACCEPTED)
        }
    }
}

/// Authenticates the client before the assertion is read, so that nobody else can use up an assertion.
async fn authenticate(state: &State, caller: Arc<Credentials>) -> Result<Client, OAuthError> {
    let now = state.now();
    if caller.is_assertion() {
        // Committed also for a refusal, because the client's assertion is used up.
        let job = move |conn: &mut Tx<'_>| Ok::<_, Error>(caller.authenticate(conn, now));
        return state.write(job).await?;
    }
    state.indexed_read(move |conn: &mut Conn| caller.identify(conn)).await
}

/// Verifies the assertion: form, connection, signature, claims. Sets `issuer` once the assertion can be read.
async fn verify(
    req: &HttpRequest,
    state: &State,
    keys: &IssuerKeys,
    client: &Client,
    compact: String,
    issuer: &mut String,
) -> Result<(Connection, Asserted), Refusal> {
    let parse = move || Unverified::read(&compact);
    let unverified = state.in_turn(&client.client_id, parse).await;
    let unverified = unverified.map_err(|_| Refusal::Answer(OAuthError::Busy))??;
    unverified.issuer.clone_into(issuer);
    let connection = find_connection(state, client, &unverified).await?;
    inspect::of(req).claims(&connection.workspace_id);
    keys.verify(state, &connection, &unverified.jws).await.map_err(|unproven| match unproven {
        Unproven::Keys(error) => Refusal::Answer(OAuthError::Internal(error)),
        Unproven::Signature => {
            Refusal::Failed(Failed::new("signature", format!("{}, {issuer}", Unproven::SIGNATURE)))
        }
        Unproven::Busy(_) => Refusal::Answer(OAuthError::Busy),
    })?;
    let expected = Expected {
        issuer: &state.config().region.api_url,
        client_id: &client.client_id,
        now: state.now() / SECOND,
    };
    let asserted = unverified.check(&expected)?;
    // draft-ietf-oauth-identity-assertion-authz-grant-03 §3.1: the tenant is a workspace here.
    match &asserted.tenant {
        Some(tenant) if *tenant != connection.workspace_id.as_str() => {
            Err(Failed::new("aud_tenant", "aud_tenant is not the id of this workspace").into())
        }
        _ => Ok((connection, asserted)),
    }
}

/// Finds the one connection whose issuer may let AI clients act for its people. Runs before any key is fetched. If several workspaces have
/// this issuer, the workspace of the client decides, otherwise the tenant that the assertion names; if several are left, the assertion is
/// refused.
async fn find_connection(
    state: &State,
    client: &Client,
    unverified: &Unverified,
) -> Result<Connection, Refusal> {
    let (issuer, region) = (unverified.issuer.clone(), state.config().region.name.clone());
    let of_issuer = state.read(move |conn| connections::list_by_issuer(conn, &issuer, &region)).await?;
    let is_wanted = |connection: &Connection| match client.is_deployment_wide() {
        false => connection.workspace_id == client.workspace_id,
        true => unverified.tenant().is_none_or(|tenant| tenant == connection.workspace_id.as_str()),
    };
    let mut wanted: Vec<Connection> = of_issuer.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        let hint = if unverified.issuer.contains("/oauth2/") {
            "; that of a custom authorization server is not that of the organization"
        } else {
            ""
        };
        let issuer = unverified.issuer.escape_debug();
        let detail =
            format!("iss is {issuer}, and no connection of the client's workspace has this issuer{hint}");
        return Err(Failed::new("iss", detail).into());
    }
    wanted.retain(|connection| connection.enabled && connection.cross_app);
    // A workspace has at most one connection of an issuer.
    match (wanted.pop(), wanted.len()) {
        (None, _) => {
            let detail = "the connection is off, or lets no AI clients act for people";
            Err(Failed::new("switched_off", detail).into())
        }
        (Some(only), 0) => Ok(only),
        (Some(_), _) => {
            let detail = "several workspaces have this issuer, and aud_tenant names none of them";
            Err(Failed::new("ambiguous", detail).into())
        }
    }
}

/// Runs the transaction; once more if a concurrent one created the same user, or deleted the user that was found.
async fn issue(
    req: &HttpRequest,
    state: &State,
    (caller, client): (Arc<Credentials>, &Client),
    (form, proof): (Parameters, dpop::Presented),
    (connection, asserted): (Connection, Asserted),
    now: i64,
) -> Result<Issued, Refusal> {
    let cause = request::cause(req, format!("client:{}", client.client_id));
    let (config, client_id) = (state.config(), client.client_id.clone());
    let (lifetimes, oauth, region) = (config.tokens.clone(), config.oauth.clone(), config.region.clone());
    let shared = Arc::new((form, proof, connection, asserted, lifetimes, oauth, region, cause));
    let mut is_again = false;
    loop {
        let (shared, caller, client_id) = (shared.clone(), caller.clone(), client_id.clone());
        let job = move |conn: &mut Tx<'_>| -> exchange::Outcome {
            let (form, proof, connection, asserted, lifetimes, oauth, region, cause) = &*shared;
            let client_id = match caller.is_assertion() {
                true => Ok(client_id.clone()),
                false => caller.authenticate(conn, now).map(|client| client.client_id),
            };
            let client_id = client_id.map_err(Refusal::Answer)?;
            let client =
                clients::lock_shared(conn, &client_id)?.ok_or(Refusal::Answer(OAuthError::Client))?;
            // Client and connection may have been switched off since. They are locked here, so that a concurrent switch-off waits and then
            // ends what is issued here.
            let current = connections::hold_of_issuer(conn, &connection.workspace_id, &asserted.issuer)?;
            let is_on = |found: &Connection| found.enabled && found.cross_app;
            if !client.cross_app || !current.as_ref().is_some_and(is_on) {
                return Err(Failed::new("switched_off", "it was switched off just now").into());
            }
            let jkt = proof.accept(conn, &client)?.map_err(Refusal::Answer)?;
            let request = Request {
                client: &client,
                lifetimes,
                oauth,
                region: &region.name,
                issuer: &region.api_url,
                cause,
                now,
                jkt: jkt.as_deref(),
                scope: form.get("scope"),
                resource: form.get("resource"),
            };
            exchange::exchange(conn, &request, connection, asserted)
        };
        match state.write_access(job).await {
            Err(Refusal::Store(Error::Conflict(_) | Error::NotFound)) if !is_again => is_again = true,
            Err(Refusal::Store(Error::NotFound)) => return Err(exchange::no_user().into()),
            done => return done?,
        }
    }
}

/// Records a refusal for administrators, each check at most once a minute.
async fn record_refused(
    req: &HttpRequest,
    state: &State,
    workspace_id: &WorkspaceId,
    (client, issuer): (&Client, &str),
    failed: &Failed,
) -> Result<(), Error> {
    if !state.limits().may_record_refusal(workspace_id, failed.check) {
        return Ok(());
    }
    let now = state.now();
    state.sightings().note(
        workspace_id,
        SightingKind::AgentRefused,
        &format!("{} {}", failed.check, failed.detail),
        now,
    );
    let cause = request::cause(req, format!("client:{}", client.client_id));
    let (workspace_id, client_id) = (workspace_id.clone(), client.client_id.clone());
    let (reason, detail) = (failed.check, failed.detail.clone());
    let issuer: String = issuer.chars().take(256).collect();
    let record = move |conn: &mut Tx<'_>| {
        let data = AgentAccessRefused { client: &client_id, reason, detail: &detail, issuer: &issuer };
        events::record(conn, &workspace_id, &cause, Target::Connection, &data, now).map(drop)
    };
    state.write(record).await
}
