//! The facts of a workspace that the doctor judges, read in one transaction: settings, sightings, the newest refusals in the trail, tokens,
//! counts.

use std::collections::BTreeMap;

use vestibule_core::{
    ids::{ConnectionId, DEPLOYMENT, GrantId, WorkspaceId},
    names::{Named, code_point, disallowed},
    providers::{self, Provider},
    sets::{DeliveryState, EventKind, OktaAppKind, ProviderKind, TokenKind},
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    access::tokens::{self, Token},
    oauth::grants,
    outbox::deliveries,
    people::{name_keys, parked, users},
    providers::{
        conflicts,
        connections::{Connection, Rival},
        domains::{self, Domain},
        setup_progress,
        sightings::{self, Sighting},
    },
    trail::events::{self, Event},
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    observe::{sightings::SightingKind, writers},
};

use super::{
    finding::About,
    histories::Histories,
    history::{History, RECENT},
    oidc::{self, Oidc},
    saml::facts::{Saml, read as read_saml},
};
use crate::provider::paste::Paste;

/// How many refused sign-ins are read.
const REFUSALS: i64 = 200;

/// The facts of a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub now: Micros,
    pub paste: Paste,
    /// The kind of app as it was chosen.
    pub chosen_app: OktaAppKind,
    /// The OpenID Connect connections, the first of the workspace first.
    pub oidc: Vec<Oidc>,
    /// The SAML connections.
    pub saml: Vec<Saml>,
    /// The sightings of the workspace that are of no connection.
    pub sightings: BTreeMap<String, Sighting>,
    /// The provisioning tokens.
    pub provisioning: Vec<Token>,
    /// How many people Okta's SCIM manages.
    pub provisioned: i64,
    /// How many active people sign in, but are not managed by Okta's SCIM.
    pub unmanaged: i64,
    /// How many members of groups are not here yet.
    pub parked: i64,
    /// Users, then groups, that share a name in two spellings: each set as `id (name)`. A new one is refused.
    pub shared_names: Vec<Vec<String>>,
    pub conflicts: usize,
    pub domains: Vec<String>,
    /// Domains whose DNS record is gone.
    pub unproved: Vec<Domain>,
    /// Whether the safety brake stops pushes.
    pub held: bool,
    /// When a push was last refused because no owner made its credential, and the name of that credential, if it is still valid.
    pub owners_only: Option<(Micros, String)>,
    /// Whether a delivery to an app or a webhook was given up.
    pub undelivered: bool,
}

impl Facts {
    /// The first OpenID Connect connection.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        self.oidc.first().map(|one| &one.connection)
    }

    /// Whether there is a connection of either protocol.
    pub(crate) fn is_connected(&self) -> bool {
        self.has_connections(1)
    }

    /// Whether there are so many connections, of either protocol.
    pub(crate) fn has_connections(&self, count: usize) -> bool {
        self.oidc.len() + self.saml.len() >= count
    }

    /// The ids of the connections of both protocols.
    pub(super) fn ids(&self) -> impl Iterator<Item = &ConnectionId> {
        let oidc = self.oidc.iter().map(|one| &one.connection.connection_id);
        oidc.chain(self.saml.iter().map(|one| &one.connection.connection_id))
    }

    /// The kinds of the connections of both protocols.
    fn kinds(&self) -> Vec<ProviderKind> {
        let oidc = self.oidc.iter().map(|one| one.connection.provider);
        oidc.chain(self.saml.iter().map(|one| one.connection.kind())).collect()
    }

    /// The workspace's identity provider, for words.
    pub(crate) fn provider(&self) -> &'static Provider {
        providers::of_connections(&self.kinds())
    }

    /// Whether a connection is Okta's, or there is none yet.
    pub(crate) fn has_okta(&self) -> bool {
        let kinds = self.kinds();
        kinds.is_empty() || kinds.contains(&ProviderKind::Okta)
    }

    /// Whether a connection of either protocol is switched on.
    pub(crate) fn is_any_enabled(&self) -> bool {
        self.oidc.iter().any(|one| one.connection.enabled)
            || self.saml.iter().any(|one| one.connection.enabled)
    }

    /// The uses of all connections of OpenID Connect.
    pub(crate) fn of_oidc(&self) -> impl Iterator<Item = &History> {
        self.oidc.iter().map(|one| &one.history)
    }

    /// The connection that findings and checks are about. Those of SAML are always named.
    pub(super) fn about_oidc(&self, oidc: &Oidc) -> About {
        let has_others = self.has_connections(2);
        let name = has_others.then(|| oidc.connection.name.clone());
        About { connection: oidc.connection.connection_id.clone(), name, has_others }
    }

    /// The connection that findings and checks are about.
    pub(super) fn about_saml(&self, saml: &Saml) -> About {
        let name = Some(saml.connection.name.clone());
        About { connection: saml.connection.connection_id.clone(), name, has_others: self.has_connections(2) }
    }

    /// Whether a connection is judged and asked: it is switched on, was changed or used in the last week, or people have no other.
    pub(super) fn is_judged(&self, enabled: bool, changed_at: Micros, history: &History) -> bool {
        enabled || !self.is_any_enabled() || self.now - changed_at < RECENT || history.is_recent()
    }

    /// Other workspaces that claim the issuer and client id of a connection.
    pub(super) fn rivals(&self) -> impl Iterator<Item = &Rival> {
        self.oidc.iter().flat_map(|one| &one.rivals)
    }

    /// The uses of all connections.
    pub(crate) fn of_all(&self) -> impl Iterator<Item = &History> {
        self.of_oidc().chain(self.saml.iter().map(|one| &one.history))
    }

    /// Whether the set-up is past: people can sign in, or have.
    pub(crate) fn is_set_up(&self) -> bool {
        self.is_any_enabled() || self.of_all().any(|one| one.signed_in.is_some())
    }

    /// Whether somebody signed in by OpenID Connect.
    pub(crate) fn has_signed_in(&self) -> bool {
        self.of_oidc().any(|one| one.signed_in.is_some())
    }

    /// The last successful Universal Logout of any connection.
    pub(crate) fn last_logout(&self) -> Option<Micros> {
        self.of_all().filter_map(|one| one.logout).max()
    }

    /// The sighting of a kind, if it is recent.
    pub(crate) fn seen(&self, sight: SightingKind) -> Option<&Sighting> {
        self.sightings.get(sight.name()).filter(|sighting| self.now - sighting.last_at < RECENT)
    }

    /// The time of the last sighting of a kind, however long ago.
    pub(crate) fn last(&self, sight: SightingKind) -> Option<Micros> {
        self.sightings.get(sight.name()).map(|sighting| sighting.last_at)
    }

    /// The recent sighting of a fault, unless a later sighting shows that the fault is corrected.
    pub(crate) fn uncured(&self, sight: SightingKind, cure: SightingKind) -> Option<&Sighting> {
        self.seen(sight).filter(|seen| self.last(cure).is_none_or(|cured| cured < seen.last_at))
    }
}

/// Reads all facts.
pub(crate) async fn gather(state: &State, workspace: &Workspace) -> Result<Facts, Error> {
    store_seen(state).await?;
    let (workspace_id, now, of_job) = (workspace.workspace_id.clone(), state.now(), state.clone());
    state.read(move |conn| read(conn, &of_job, &workspace_id, now)).await
}

/// Stores what this process saw just now, so that it counts. Other nodes store what they see every second.
pub(crate) async fn store_seen(state: &State) -> Result<(), Error> {
    writers::sightings::write_down(state).await.map(drop)
}

/// Reads all facts, in a job that reads more.
pub(crate) fn read(
    conn: &mut Conn,
    state: &State,
    workspace_id: &WorkspaceId,
    now: Micros,
) -> Result<Facts, Error> {
    let app_kind = setup_progress::find(conn, workspace_id)?.app_kind;
    let mut seen = sightings::list(conn, workspace_id)?;
    let of_all = sightings::list(conn, &DEPLOYMENT)?;
    seen.extend(of_all);
    let histories = Histories::read(conn, workspace_id, &mut seen, now)?;
    let dead = deliveries::DeliveryFilter {
        workspace_id: Some(workspace_id),
        state: Some(DeliveryState::Dead),
        ..deliveries::DeliveryFilter::default()
    };
    let brake = vestibule_store::safeguards::brakes::find(conn, workspace_id)?;
    let paste = Paste::of(state, workspace_id, app_kind);
    let (mut oidc, mut saml) = (oidc::read(conn, workspace_id)?, read_saml(conn, workspace_id, &paste.api)?);
    histories.give(&mut oidc, &mut saml, refusals(conn, workspace_id, now)?);
    let mut facts = Facts {
        now,
        paste,
        chosen_app: app_kind,
        oidc,
        saml,
        sightings: seen.into_iter().map(|sighting| (sighting.kind.clone(), sighting)).collect(),
        provisioning: tokens::list_of_workspace(conn, workspace_id, TokenKind::Provisioning)?,
        provisioned: users::count_provisioned(conn, workspace_id)?,
        unmanaged: users::count_unmanaged(conn, workspace_id)?,
        parked: parked::count_all(conn, workspace_id)?,
        shared_names: shared_names(conn, workspace_id)?,
        conflicts: conflicts::list(conn, workspace_id, 100)?.len(),
        domains: domains::list(conn, workspace_id)?,
        unproved: domains::list_all(conn, workspace_id)?
            .into_iter()
            .filter(|one| one.missing_since.is_some())
            .collect(),
        held: brake.is_on(now) || brake.blocked > 0 || brake.owner_blocked_at.is_some(),
        owners_only: owners_only(conn, workspace_id, now)?,
        undelivered: !deliveries::list(conn, &dead, 1)?.is_empty(),
    };
    if !facts.has_okta() {
        // Only Okta's catalog has templates.
        facts.paste.app_kind = OktaAppKind::Own;
    }
    Ok(facts)
}

fn shared_names(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Vec<String>>, Error> {
    let mut found = Vec::new();
    for of in [Named::User, Named::Group] {
        for shared in name_keys::shared(conn, of, workspace_id)? {
            found.push(shared.iter().map(|one| format!("{} ({})", visible(&one.name), one.id)).collect());
        }
    }
    Ok(found)
}

/// A name in which each invisible character is written as its code point.
fn visible(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut text, letter| {
        match disallowed(letter.encode_utf8(&mut [0; 4]), Named::User) {
            Some(letter) => text.push_str(&format!("[{}]", code_point(letter))),
            None => text.push(letter),
        }
        text
    })
}

/// The newest push of the last week that was refused because its credential may neither assign nor remove the role owner: when, and the
/// name of the credential. None once that credential has ended.
fn owners_only(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    now: Micros,
) -> Result<Option<(Micros, String)>, Error> {
    let newest = events::newest(conn, workspace_id, EventKind::PushRefused)?;
    let Some(event) = newest.filter(|event| now - event.at < RECENT) else { return Ok(None) };
    let data = event.data_or_text();
    let text =
        |name: &str| data.get("credential").and_then(|one| one.get(name)?.as_str()).unwrap_or_default();
    let lives = match text("kind") {
        "token" => {
            tokens::find_of_workspace(conn, workspace_id, TokenKind::Provisioning, text("id"))?.is_some()
        }
        _ => grants::find(conn, workspace_id, &GrantId::from_stored(text("id")))?
            .is_some_and(|grant| grant.ended_at.is_none()),
    };
    Ok(lives.then(|| (event.at, text("name").to_owned())))
}

/// The refused sign-ins of the last week, the newest first.
fn refusals(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Vec<Event>, Error> {
    let mut refused = events::newest_of(conn, workspace_id, EventKind::SignInRefused, REFUSALS)?;
    refused.retain(|event| now - event.at < RECENT);
    Ok(refused)
}
