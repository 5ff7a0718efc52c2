//! The facts of a workspace that the self-check judges, read from the store in a constant number of statements.

use std::collections::BTreeMap;

use vestibule_core::{
    assertion::AssertionSaid,
    fold::fold,
    ids::WorkspaceId,
    providers,
    sets::{EndReason, EventKind, ProviderAuth, ProviderKind, TokenKind, Unsolicited},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    access::tokens,
    drift,
    ipsie::{self, Counts, ScimClient},
    observation,
    providers::{connections, saml_connections, sightings},
    rights::{mappings, roles},
    safeguards::{brakes, switches},
    trail::{events, receipts},
    workspaces::Workspace,
};
use vestibule_web::{config::Config, observe::sightings::SightingKind, outbound::discovery::Discovered};

/// How many receipts are read.
const RECEIPTS: i64 = 200;
/// How many of the newest people created are looked at for one that SCIM created.
const CREATED: i64 = 50;

/// The kinds of events whose newest line is evidence.
const KINDS: [EventKind; 11] = [
    EventKind::UserUpdated,
    EventKind::UserDeactivated,
    EventKind::UserReactivated,
    EventKind::UserDeleted,
    EventKind::GroupCreated,
    EventKind::GroupUpdated,
    EventKind::UniversalLogout,
    EventKind::UniversalLogoutRefused,
    EventKind::SignalReceived,
    EventKind::SignalRefused,
    EventKind::SignedIn,
];

/// Finds the last sighting of a kind of a connection, or of the workspace: its time and its detail.
type FindFn<'a> = dyn Fn(&str, SightingKind) -> Option<(Micros, String)> + 'a;

/// A connection that is switched on.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Whether an unknown person is created at the first sign-in.
    pub jit: bool,
    /// What the newest sign-in's assertion said, and when.
    pub said: Option<(Micros, AssertionSaid)>,
    /// What is known of OpenID Connect; `None`: it is of SAML.
    pub oidc: Option<Oidc>,
    /// What happens with a SAML response that answers no request.
    pub unsolicited: Unsolicited,
}

/// What is known of an OpenID Connect connection.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// The issuer.
    pub issuer: String,
    /// How this service authenticates.
    pub auth_method: ProviderAuth,
    /// Whether it is Okta, which demands its token endpoint as the audience of assertions.
    pub is_okta: bool,
    /// Whether access tokens are bound to a key.
    pub dpop: bool,
    /// Whether the discovery document says that authorization responses have `iss`; `None`: it was not read.
    pub sends_iss: Option<bool>,
}

/// An end of access that the provider asked for.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// When the request came.
    pub accepted_at: Micros,
    /// When it was in force; `None`: not known yet.
    pub in_force_at: Option<Micros>,
    /// Sessions and tokens that it ended; `None`: not counted yet.
    pub ended: Option<(i64, i64)>,
}

/// The facts.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Now.
    pub now: Micros,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Name of the provider, at the beginning of a sentence.
    pub provider: &'static str,
    /// Origin that the provider calls.
    pub api_url: String,
    /// Longest lifetime of a session, in seconds.
    pub session_seconds: i64,
    /// Longest time without a request, in seconds; 0: no limit.
    pub idle_seconds: i64,
    /// Longest time since the authentication, in seconds.
    pub max_age_seconds: Option<i64>,
    /// Origins to which sign-in may redirect, besides those of the deployment.
    pub origins: Vec<String>,
    /// Whether requests are limited.
    pub limits_requests: bool,
    /// Whether the request inspector stores answers.
    pub inspects: bool,
    /// Why pushes don't change the workspace; `None`: they do.
    pub idle_because: Option<&'static str>,
    /// The connections that are switched on.
    pub connections: Vec<Connection>,
    /// Counts.
    pub counts: Counts,
    /// The newest event of each kind of interest.
    pub newest: BTreeMap<EventKind, Micros>,
    /// When SCIM last created somebody.
    pub created: Option<Micros>,
    /// The newest ends of access that the provider asked for, the newest first.
    pub ends: Vec<End>,
    /// The last SCIM request that was answered.
    pub scim_answered: Option<Micros>,
    /// The last SCIM request that was refused, and why.
    pub scim_refused: Option<(Micros, String)>,
    /// Whether SCIM may authenticate with Basic.
    pub allows_basic: bool,
    /// Names of live provisioning tokens, and whether each expires.
    pub static_tokens: Vec<(String, bool)>,
    /// SCIM clients that are approved.
    pub clients: Vec<ScimClient>,
    /// How many roles the provider may assign.
    pub roles_offered: usize,
    /// How many rules there are, and how many of them match a group.
    pub rules: (usize, usize),
    /// How many groups there are, of pushes and of claims.
    pub groups: usize,
}

/// Reads the facts.
///
/// # Errors
/// Of the database.
pub fn read(conn: &mut Conn, config: &Config, workspace: &Workspace, now: Micros) -> Result<Facts, Error> {
    let id = &workspace.workspace_id;
    let mut seen: BTreeMap<(String, String), (Micros, String)> = BTreeMap::new();
    for one in sightings::list(conn, id)? {
        seen.insert((one.connection_id, one.kind), (one.last_at, one.detail));
    }
    let find = |connection: &str, kind: SightingKind| {
        seen.get(&(connection.to_owned(), kind.name().to_owned())).cloned()
    };
    let (connections, kinds) = connections(conn, id, &find)?;
    let mut newest = BTreeMap::new();
    for kind in KINDS {
        if let Some(event) = events::newest(conn, id, kind)? {
            newest.insert(kind, event.at);
        }
    }
    let by_scim = |event: &&events::Event| {
        event.data_or_text().get("source").and_then(serde_json::Value::as_str) == Some("scim")
    };
    let created = events::newest_of(conn, id, EventKind::UserCreated, CREATED)?;
    let rules = mappings::list(conn, id)?;
    let (mut groups, claims) = drift::group_names(conn, id)?;
    groups.extend(claims.iter().map(|name| fold(name)));
    let matching = rules.iter().filter(|rule| groups.iter().any(|name| rule.matches(name))).count();
    let tokens = tokens::list_of_workspace(conn, id, TokenKind::Provisioning)?;
    let live = tokens.into_iter().filter(|token| token.expires_at.is_none_or(|at| at > now));
    Ok(Facts {
        now,
        workspace_id: id.clone(),
        provider: providers::of_connections(&kinds).label,
        api_url: config.region.api_url.clone(),
        session_seconds: workspace.session_seconds.unwrap_or(config.sign_in.session_hours * 3600),
        idle_seconds: workspace.idle_seconds.unwrap_or(config.sign_in.idle_minutes * 60),
        max_age_seconds: workspace.max_age_seconds,
        origins: workspace.origins(),
        limits_requests: config.rate_limits.enabled,
        inspects: config.inspector.keep_days > 0 && config.inspector.keep_requests > 0,
        idle_because: idle_because(conn, config, workspace, now)?,
        connections,
        counts: ipsie::counts(conn, id, now)?,
        newest,
        created: created.iter().find(by_scim).map(|event| event.at),
        ends: ends(conn, id)?,
        scim_answered: find("", SightingKind::ScimAnswered).map(|(at, _)| at),
        scim_refused: find("", SightingKind::ScimRefused),
        allows_basic: workspace.allow_basic,
        static_tokens: live.map(|token| (token.name, token.expires_at.is_some())).collect(),
        clients: ipsie::scim_clients(conn, id)?,
        roles_offered: roles::list(conn, id)?.iter().filter(|role| role.by_okta).count(),
        rules: (rules.len(), matching),
        groups: groups.len(),
    })
}

/// The connections that are switched on, and the kinds of all.
fn connections(
    conn: &mut Conn,
    id: &WorkspaceId,
    find: &FindFn<'_>,
) -> Result<(Vec<Connection>, Vec<ProviderKind>), Error> {
    // What was seen before the connection was changed to another app is about that one.
    let said = |connection: &str| {
        let replaced = find(connection, SightingKind::ConnectionReplaced).map_or(0, |(at, _)| at);
        let (at, detail) = find(connection, SightingKind::AssertionSaid)?;
        (at >= replaced).then(|| (at, AssertionSaid::parse(&detail)))
    };
    let (mut found, mut kinds) = (Vec::new(), Vec::new());
    for one in connections::list(conn, id)? {
        kinds.push(one.provider);
        if one.enabled {
            let oidc = Oidc {
                auth_method: one.auth_method,
                is_okta: one.rules() == ProviderKind::Okta,
                dpop: one.dpop,
                sends_iss: Discovered::of(&one)?.map(|document| document.sends_iss),
                issuer: one.issuer,
            };
            found.push(Connection {
                said: said(&one.connection_id),
                name: one.name,
                jit: one.jit,
                oidc: Some(oidc),
                unsolicited: Unsolicited::Off,
            });
        }
    }
    for one in saml_connections::list(conn, id)? {
        kinds.push(one.kind());
        if one.enabled {
            found.push(Connection {
                said: said(&one.connection_id),
                name: one.name,
                jit: one.jit,
                oidc: None,
                unsolicited: one.unsolicited,
            });
        }
    }
    Ok((found, kinds))
}

fn idle_because(
    conn: &mut Conn,
    config: &Config,
    workspace: &Workspace,
    now: Micros,
) -> Result<Option<&'static str>, Error> {
    let brake = brakes::find(conn, &workspace.workspace_id)?;
    let is_held = brake.is_on(now) || brake.blocked > 0;
    Ok(if workspace.suspended_at.is_some() {
        Some("The workspace is suspended, so pushes are refused.")
    } else if observation::is_observed(conn, &workspace.workspace_id)? {
        Some("The workspace is observed: pushes change a plan, and not the people.")
    } else if config.server.read_only || switches::read_only_since(conn)?.is_some() {
        Some("The deployment is read-only, so pushes are refused.")
    } else if is_held {
        Some("The safety brake blocks pushes that remove access, until an administrator decides.")
    } else {
        None
    })
}

fn ends(conn: &mut Conn, id: &WorkspaceId) -> Result<Vec<End>, Error> {
    let mut found = Vec::new();
    for receipt in receipts::list(conn, id, None, None, RECEIPTS)? {
        let by_provider = [
            EndReason::UniversalLogout,
            EndReason::SessionRevoked,
            EndReason::CredentialChange,
            EndReason::Deactivated,
            EndReason::Deleted,
        ];
        if by_provider.contains(&receipt.reason) {
            found.push(End {
                reason: receipt.reason,
                accepted_at: receipt.accepted_at,
                in_force_at: receipt.in_force_at,
                ended: receipt.ended()?.map(|ended| (ended.sessions, ended.tokens())),
            });
        }
    }
    Ok(found)
}

/// Five minutes: how long a deactivation may take (draft-ipsie-scim-al1-profile §3.2.2.3).
pub const FIVE_MINUTES: Micros = 300 * SECOND;
