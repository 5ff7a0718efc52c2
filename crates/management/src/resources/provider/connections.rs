//! `/workspaces/{workspace}/connections`: the OpenID Connect connections of a workspace, and the email domains of a connection of either
//! protocol. The issuer's metadata is fetched before the change begins.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    people::end_access::{self, EndAccess},
    provider::{
        connection::{self, Settings, Which, address},
        connection_domains as routing,
    },
};
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{OperatorScope, ProviderKind},
};
use vestibule_store::{
    Conn,
    providers::{
        connection_domains,
        connections::{self, Connection},
        saml_connections,
    },
};
use vestibule_web::{State, outbound::discovery};

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::{self, Call, Caller},
        problem::Problem,
    },
    resources::provider::connection_in_path,
    types::provider::connections::{ConnectionDomains, OidcConnection, OidcConnectionSettings},
};

/// `GET …/connections`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let mut domains = connection_domains::list(conn, &workspace_id)?;
        let described = |connection: Connection| {
            let domains = domains.remove(&connection.connection_id).unwrap_or_default();
            (connection.connection_id.to_string(), OidcConnection::new(connection, domains))
        };
        let items = connections::list(conn, &workspace_id)?.into_iter().map(described).collect();
        paging.respond(caller, items)
    })
    .await
}

/// `GET …/connections/{connection}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let connection = named(conn, caller)?;
        Answer::ok(described(conn, connection)?)
    })
    .await
}

/// `POST …/connections`: creates one.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, created).await
}

async fn created(call: &Call, state: &State) -> Outcome {
    let wanted: OidcConnectionSettings = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            caller.workspace(conn)?;
            caller.body()
        })
        .await?;
    if wanted.name.is_none() {
        return Err(Problem::field("name", "is missing"));
    }
    let issuer = issuer(&wanted, state)?;
    let issuer = issuer.ok_or_else(|| Problem::field("issuer", "or okta_domain must be given"))?;
    let client_id = wanted.client_id.clone().ok_or_else(|| Problem::field("client_id", "is missing"))?;
    let new = Settings { which: Which::New, issuer, client_id, ..Settings::default() };
    save(call, state, new, wanted, Answer::created).await
}

/// `PATCH …/connections/{connection}`: an absent member changes nothing.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, changed).await
}

async fn changed(call: &Call, state: &State) -> Outcome {
    let (before, wanted): (Connection, OidcConnectionSettings) = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            Ok((named(conn, caller)?, caller.body()?))
        })
        .await?;
    let mut settings = Settings::of(&before);
    if let Some(issuer) = issuer(&wanted, state)? {
        settings.issuer = issuer;
    }
    if let Some(client_id) = &wanted.client_id {
        settings.client_id.clone_from(client_id);
    }
    save(call, state, settings, wanted, Answer::ok).await
}

/// Fetches the issuer's metadata if the body names the issuer or sets `check`, but not if `check` is false; then saves.
async fn save(
    call: &Call,
    state: &State,
    which: Settings,
    wanted: OidcConnectionSettings,
    answer: fn(OidcConnection) -> Outcome,
) -> Outcome {
    let is_named = wanted.issuer.is_some() || wanted.okta_domain.is_some();
    let discovered = match wanted.check.unwrap_or(is_named) {
        false => None,
        true => Some(
            discovery::discover(state, &which.issuer)
                .await
                .map_err(|sentence| Problem::field("issuer", format!("could not be checked: {sentence}")))?,
        ),
    };
    let is_okta = wanted.okta_domain.is_some();
    let settings = Settings {
        provider: wanted.provider,
        assumed: if is_okta { ProviderKind::Okta } else { ProviderKind::Any },
        name: wanted.name,
        client_secret: wanted.client_secret,
        enabled: wanted.enabled,
        jit: wanted.jit,
        auth_method: wanted.auth_method,
        dpop: wanted.dpop,
        groups_claim: wanted.groups_claim,
        cross_app: wanted.cross_app,
        make_default: wanted.make_default,
        discovered,
        end_access: if wanted.end_access { EndAccess::Now } else { EndAccess::No },
        ..which
    };
    let saved = call.change(move |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let sealer = caller.state().sealer();
        let saved = connection::save(conn, &caller.actor, sealer, &workspace_id, settings)?;
        answer(described(conn, saved)?)
    });
    let answer = saved.await;
    end_access::resume_soon(state);
    answer
}

/// `DELETE …/connections/{connection}`
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let connection = named(conn, caller)?;
        connection::delete(conn, &caller.actor, &connection.workspace_id, &connection.connection_id)?;
        Answer::nothing()
    })
    .await
}

/// `GET …/connections/{connection}/domains`, of either protocol.
pub async fn domains(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, id) = of_either_protocol(conn, caller)?;
        Answer::ok(ConnectionDomains { domains: connection_domains::list_of(conn, &workspace_id, &id)? })
    })
    .await
}

/// `PUT …/connections/{connection}/domains`, of either protocol: replaces all.
pub async fn set_domains(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, id) = of_either_protocol(conn, caller)?;
        let wanted: ConnectionDomains = caller.body()?;
        let domains = routing::set(conn, &caller.actor, &workspace_id, &id, &wanted.domains)?;
        Answer::ok(ConnectionDomains { domains })
    })
    .await
}

/// The issuer that the body gives.
fn issuer(wanted: &OidcConnectionSettings, state: &State) -> Result<Option<String>, Problem> {
    match (&wanted.issuer, &wanted.okta_domain) {
        (None, None) => Ok(None),
        (Some(issuer), None) => address::check_issuer(issuer, state.config().okta.allow_insecure_issuers)
            .map(Some)
            .map_err(|sentence| Problem::field("issuer", sentence)),
        (None, Some(domain)) => address::of_okta_domain(domain)
            .map(Some)
            .map_err(|sentence| Problem::field("okta_domain", sentence)),
        (Some(_), Some(_)) => Err(Problem::field("issuer", "and okta_domain exclude each other")),
    }
}

fn described(conn: &mut Conn, connection: Connection) -> Result<OidcConnection, Problem> {
    let domains = connection_domains::list_of(conn, &connection.workspace_id, &connection.connection_id)?;
    Ok(OidcConnection::new(connection, domains))
}

fn named(conn: &mut Conn, caller: &Caller<'_>) -> Result<Connection, Problem> {
    let (workspace_id, id) = connection_in_path(conn, caller)?;
    connections::find(conn, &workspace_id, &id)?.ok_or(Problem::NotFound)
}

/// The connection of the path, whatever its protocol.
fn of_either_protocol(conn: &mut Conn, caller: &Caller<'_>) -> Result<(WorkspaceId, ConnectionId), Problem> {
    let (workspace_id, id) = connection_in_path(conn, caller)?;
    let is_here = connections::find(conn, &workspace_id, &id)?.is_some()
        || saml_connections::find(conn, &workspace_id, &id)?.is_some();
    if is_here { Ok((workspace_id, id)) } else { Err(Problem::NotFound) }
}
