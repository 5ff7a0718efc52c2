//! The page `/integrations/agents`.

use askama::Template;
use vestibule_core::{ids::WorkspaceId, providers::Provider, time::Micros};
use vestibule_store::{
    Conn, Error,
    oauth::{
        grants::agents::{self, AgentClient},
        resources::{self, Resource},
    },
    providers::{
        connections::{self, Connection},
        sightings,
    },
    rights::owners,
};
use vestibule_web::observe::sightings::SightingKind;

use crate::{
    agents::hint,
    layout::{access::Reader, error::PageResult, moment::Moment, visitor::Visitor},
};

#[derive(Template)]
#[template(path = "agents.html")]
struct AgentsPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    /// Whether the visitor may switch AI access on: an owner, or any administrator of a workspace without one.
    may_switch_on: bool,
    saved: bool,
    ended: bool,
    problem: String,
    /// The OpenID Connect connections.
    connections: Vec<Connection>,
    clients: Vec<ClientRow>,
    resources: Vec<ResourceRow>,
    refused: Option<Refused>,
    /// Values to enter in Okta.
    audience: String,
    tenant: String,
}

/// A client that acts for people.
struct ClientRow {
    id: String,
    name: String,
    people: i64,
    since: Moment,
    last: Option<Moment>,
    /// Lifetime of its JWT access tokens in seconds.
    jwt_seconds: Option<i64>,
}

/// A resource that tokens may be for.
struct ResourceRow {
    name: String,
    uri: String,
    scopes: String,
    roles: String,
}

/// The last refusal.
struct Refused {
    at: Moment,
    times: i64,
    detail: String,
    /// What to change, and where.
    advice: String,
}

/// `GET /integrations/agents`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, String::new()).await
}

/// Renders the page, with the problem of a form if it had one.
pub(super) async fn show(visitor: &Visitor, problem: String) -> PageResult {
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    let found = visitor.read(move |conn| Found::read(conn, &workspace_id)).await?;
    let content = AgentsPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        may_switch_on: visitor.is_owner() || !found.has_owner,
        saved: visitor.query_is("saved=1"),
        ended: visitor.query_is("ended=1"),
        connections: found.connections,
        clients: found.clients.into_iter().map(|client| row(client, now)).collect(),
        resources: found.resources,
        refused: found.refused.map(|(last_at, times, detail)| {
            let (check, sentence) = detail.split_once(' ').unwrap_or((&detail, ""));
            Refused {
                at: Moment::of(last_at, now),
                times,
                advice: hint::of(check, visitor.provider()),
                detail: sentence.to_owned(),
            }
        }),
        audience: visitor.state().config().region.api_url.clone(),
        tenant: visitor.workspace_id().into_string(),
        problem,
    };
    visitor.form_page("AI access", !content.problem.is_empty(), &content)
}

/// What the page reads.
struct Found {
    has_owner: bool,
    connections: Vec<Connection>,
    clients: Vec<AgentClient>,
    resources: Vec<ResourceRow>,
    refused: Option<(Micros, i64, String)>,
}

impl Found {
    fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Self, Error> {
        let seen = sightings::list(conn, workspace_id)?;
        let refused = seen.into_iter().find(|seen| seen.kind == SightingKind::AgentRefused.name());
        Ok(Self {
            has_owner: owners::is_any(conn, workspace_id, None)?,
            connections: connections::list(conn, workspace_id)?,
            clients: agents::list_clients(conn, workspace_id)?,
            resources: resources::list(conn, workspace_id)?
                .iter()
                .map(resource_row)
                .collect::<Result<_, Error>>()?,
            refused: refused.map(|seen| (seen.last_at, seen.times, seen.detail)),
        })
    }
}

fn row(client: AgentClient, now: Micros) -> ClientRow {
    ClientRow {
        id: client.client_id.into_string(),
        name: client.name,
        people: client.people,
        since: Moment::of(client.since, now),
        last: client.last_at.map(|at| Moment::of(at, now)),
        jwt_seconds: client.jwt_seconds,
    }
}

fn resource_row(resource: &Resource) -> Result<ResourceRow, Error> {
    let scopes: Vec<String> = resource
        .scopes()?
        .into_iter()
        .map(|one| if one.text.is_empty() { one.scope } else { format!("{} ({})", one.text, one.scope) })
        .collect();
    Ok(ResourceRow {
        name: resource.name.clone(),
        uri: resource.uri.clone(),
        scopes: scopes.join(", "),
        roles: resource.roles.as_slice().join(", "),
    })
}
