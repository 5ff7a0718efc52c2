//! The facts of a workspace that the doctor judges, read in one transaction: settings, sightings, the newest refusals in the trail, tokens,
//! counts.

use std::collections::BTreeMap;

use serde_json::Value;
use vestibule_core::{
    ids::{DEPLOYMENT, GrantId, WorkspaceId},
    names::{Named, code_point, disallowed},
    sets::{DeliveryState, EventKind, TokenKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    access::tokens::{self, Token},
    oauth::grants,
    outbox::deliveries,
    people::{name_keys, parked, users},
    providers::{
        conflicts,
        connections::{self, Connection, Rival},
        domains::{self, Domain},
        setup_progress,
        sightings::{self, Sighting},
    },
    trail::events,
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    observe::{sightings as seen, sightings::Sight},
};

use super::saml::{self, facts::Saml};
use crate::provider::paste::Paste;

/// A day, in microseconds.
pub(crate) const DAY: Micros = 86_400 * SECOND;
/// The age from which facts no longer count.
pub(crate) const RECENT: Micros = 7 * DAY;
/// How many refused sign-ins are read.
const REFUSALS: i64 = 200;

/// Refusals of one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub times: usize,
    /// The time of the newest.
    pub at: Micros,
    /// The sentence of the newest.
    pub detail: String,
}

/// The facts of a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub now: Micros,
    pub paste: Paste,
    /// The first OpenID Connect connection, which the findings are about.
    pub connection: Option<Connection>,
    /// The other OpenID Connect connections.
    pub others: Vec<Connection>,
    /// The SAML connections.
    pub saml: Vec<Saml>,
    /// Other workspaces that claim the connection's issuer and client id.
    pub rivals: Vec<Rival>,
    pub sightings: BTreeMap<String, Sighting>,
    /// The last successful sign-in by OpenID Connect.
    pub signed_in: Option<Micros>,
    /// The last successful sign-in by SAML.
    pub signed_in_by_saml: Option<Micros>,
    /// Refused sign-ins by OpenID Connect of the last week, by reason.
    pub refused: BTreeMap<String, Refused>,
    /// The last successful Universal Logout.
    pub logout: Option<Micros>,
    /// The newest refused Universal Logout: when, its reason, its sentence.
    pub logout_refused: Option<(Micros, String, String)>,
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
    /// The sighting of a kind, if it is recent.
    pub(crate) fn seen(&self, sight: Sight) -> Option<&Sighting> {
        self.sightings.get(sight.name()).filter(|sighting| self.now - sighting.last_at < RECENT)
    }

    /// The time of the last sighting of a kind, however long ago.
    pub(crate) fn last(&self, sight: Sight) -> Option<Micros> {
        self.sightings.get(sight.name()).map(|sighting| sighting.last_at)
    }

    /// The recent sighting of a fault, unless a later sighting shows that the fault is corrected.
    pub(crate) fn uncured(&self, sight: Sight, cure: Sight) -> Option<&Sighting> {
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
    seen::write_down(state).await.map(drop)
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
    let newest = |conn: &mut Conn, kind| events::newest(conn, workspace_id, kind);
    let dead = deliveries::DeliveryFilter {
        workspace_id: Some(workspace_id),
        state: Some(DeliveryState::Dead),
        ..deliveries::DeliveryFilter::default()
    };
    let brake = vestibule_store::safeguards::brakes::find(conn, workspace_id)?;
    let replaced =
        seen.iter().find(|one| one.kind == Sight::ConnectionReplaced.name()).map(|one| one.last_at);
    let of_this = |at: &Micros| replaced.is_none_or(|replaced| *at >= replaced);
    let of_old_one = |one: &Sighting| {
        !of_this(&one.last_at)
            && [Sight::SignInBegan, Sight::SignInCameBack].iter().any(|sight| one.kind == sight.name())
    };
    seen.retain(|one| !of_old_one(one));
    let paste = Paste::of(state, workspace_id, app_kind);
    let mut saml = saml::facts::read(conn, workspace_id, &paste.api)?;
    let (signed_in, signed_in_by_saml) = saml::facts::last_sign_ins(conn, workspace_id, !saml.is_empty())?;
    let mut others = connections::list(conn, workspace_id)?;
    let connection = if others.is_empty() { None } else { Some(others.remove(0)) };
    let mut refused = refused(conn, workspace_id, &mut saml, &others, now)?;
    refused.retain(|_, refused| of_this(&refused.at));
    let rivals = match &connection {
        Some(one) => connections::rivals(conn, workspace_id, &one.issuer, &one.client_id)?,
        None => Vec::new(),
    };
    Ok(Facts {
        now,
        paste,
        connection,
        others,
        saml,
        rivals,
        sightings: seen.into_iter().map(|sighting| (sighting.kind.clone(), sighting)).collect(),
        signed_in: signed_in.filter(of_this),
        signed_in_by_saml,
        refused,
        logout: newest(conn, EventKind::UniversalLogout)?.map(|event| event.at).filter(of_this),
        logout_refused: newest(conn, EventKind::UniversalLogoutRefused)?
            .filter(|event| of_this(&event.at))
            .map(|event| (event.at, text(&event, "reason"), text(&event, "detail"))),
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
    })
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

/// The refused sign-ins by reason. Those of SAML connections are added to their connection, and those of `others` left out.
fn refused(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    saml: &mut [Saml],
    others: &[Connection],
    now: Micros,
) -> Result<BTreeMap<String, Refused>, Error> {
    let mut by_reason: BTreeMap<String, Refused> = BTreeMap::new();
    for event in events::newest_of(conn, workspace_id, EventKind::SignInRefused, REFUSALS)? {
        if now - event.at >= RECENT {
            break;
        }
        let (reason, detail) = (text(&event, "reason"), text(&event, "detail"));
        let issuer = text(&event, "issuer");
        if others.iter().any(|other| other.issuer == issuer) {
            continue;
        }
        match saml.iter_mut().find(|saml| saml.connection.issuer == issuer) {
            Some(saml) => saml.add_refused(&reason, &detail, event.at),
            None => {
                let first = || Refused { times: 0, at: event.at, detail };
                by_reason.entry(reason).or_insert_with(first).times += 1;
            }
        }
    }
    Ok(by_reason)
}

/// A text member of an event's data.
fn text(event: &events::Event, name: &str) -> String {
    event.data_or_text().get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
