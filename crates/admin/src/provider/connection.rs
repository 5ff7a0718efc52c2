//! OpenID Connect connections of a workspace: saving their settings, with the secret sealed, and deleting them.

pub mod address;
pub(super) mod delete;
pub mod proof;
mod secret;
mod settings;
mod tenant;

use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{EndReason, ProviderKind},
};
use vestibule_store::{
    Error, Tx,
    db::json::Json,
    people::claimed_groups,
    providers::{
        connections::{self, Connection},
        identities, saml_connections, sightings,
    },
    trail::events::{
        Target,
        kinds::{ConnectionBefore, ConnectionChanged, changed},
    },
};
use vestibule_web::{crypto::seal::Sealer, observe::sightings::SightingKind};

use crate::{
    access::agents,
    actor::Actor,
    checks,
    people::end_access::{self, EndAccess},
};

pub use delete::delete;
use settings::MOST_CONNECTIONS;
pub use settings::{Settings, SettingsError, Which};

/// Reason in the `access_ended` events.
const REASON: EndReason = EndReason::ConnectionChanged;

const TAKEN: &str = "another workspace is already connected to this issuer with this Client ID; each workspace needs an app of its own";

/// Saves the settings. The provider says who everybody is, so replacing it would let somebody sign in as an owner: where the
/// workspace has an owner, only an owner or the operator may replace it.
pub fn save(
    conn: &mut Tx<'_>,
    actor: &Actor,
    sealer: &Sealer,
    workspace_id: &WorkspaceId,
    settings: Settings,
) -> Result<Connection, SettingsError> {
    let now = actor.now;
    let all = connections::list(conn, workspace_id)?;
    let before = settings.which.find(&all)?;
    let provider = settings.kind(before);
    tenant::check(provider, &settings.issuer).map_err(SettingsError::Field)?;
    let place = place(conn, actor, (workspace_id, &all), before, &settings)?;
    let client_id = settings.client_id.trim().to_owned();
    if client_id.is_empty() || client_id.len() > 255 || client_id.contains('\0') {
        return Err(field("Client ID must have 1 to 255 characters"));
    }
    let auth_method = match settings.auth_method {
        Some(text) => {
            text.parse().map_err(|_| field("Client authentication must be one of those in the list"))?
        }
        None => before.map(|before| before.auth_method).unwrap_or_default(),
    };
    let stored = || before.map(|before| before.groups_claim.clone()).unwrap_or_default();
    let groups_claim = settings.groups_claim.unwrap_or_else(stored);
    let groups_claim = groups_claim.trim().to_owned();
    if groups_claim.chars().count() > 100 || groups_claim.chars().any(char::is_control) {
        return Err(field("Groups claim must be the name of a claim, such as groups"));
    }
    let dpop = settings.dpop.or(before.map(|before| before.dpop)).unwrap_or(false);
    if let Some(found) = &settings.discovered {
        found.allows(auth_method, dpop).map_err(SettingsError::Field)?;
    }
    let new_secret = settings.client_secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    let replaces = before.is_none_or(|before| {
        before.issuer != settings.issuer
            || before.client_id != client_id
            || before.groups_claim != groups_claim
            || before.provider.facts().tenant != provider.facts().tenant
            || before.provider.facts().external_id != provider.facts().external_id
            || new_secret.is_some()
            || (settings.cross_app == Some(true) && !before.cross_app)
            // The default connection may identify people with a role in the console.
            || (settings.make_default && !before.is_default)
    });
    if replaces && actor.lacks_owner(conn, workspace_id)? {
        let is_okta = before.is_some_and(|before| before.provider == ProviderKind::Okta);
        return Err(SettingsError::Field(format!(
            "only an owner of this workspace may change the {}, the Client ID, the Client secret, the Groups claim or switch Cross App Access on; ask one of them, or the operator",
            if is_okta { "Okta domain" } else { "issuer" }
        )));
    }
    let enabled = settings.enabled.or(before.map(|before| before.enabled)).unwrap_or(true);
    let terms = (settings.issuer.as_str(), auth_method, enabled);
    let key = (workspace_id, &place.connection_id);
    let client_secret = secret::sealed(sealer, key, new_secret.as_ref(), before, terms)?;
    if proof::is_taken(conn, workspace_id, &settings.issuer, &client_id)? {
        return Err(field(TAKEN));
    }
    let left_behind = before.is_none_or(|before| before.issuer != settings.issuer)
        && identities::is_any_elsewhere(conn, workspace_id, &settings.issuer)?;
    let issuer_changed_at =
        if left_behind { Some(now) } else { before.and_then(|before| before.issuer_changed_at) };
    let connection = Connection {
        issuer_changed_at,
        proven_at: before
            .filter(|before| before.issuer == settings.issuer && before.client_id == client_id)
            .and_then(|before| before.proven_at),
        workspace_id: workspace_id.clone(),
        issuer: settings.issuer.clone(),
        client_id,
        client_secret,
        enabled,
        jit: settings.jit.or(before.map(|before| before.jit)).unwrap_or(false),
        auth_method,
        dpop,
        groups_claim,
        // At another issuer it has to be switched on again.
        cross_app: settings
            .cross_app
            .or(before.filter(|before| before.issuer == settings.issuer).map(|before| before.cross_app))
            .unwrap_or(false),
        discovered: match &settings.discovered {
            Some(found) => Json::new(json!(found)),
            None if before.is_some_and(|before| before.issuer != settings.issuer) => Json::missing(),
            None => before.map_or_else(Json::missing, |before| before.discovered.clone()),
        },
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
        connection_id: place.connection_id,
        name: place.name,
        is_default: place.is_default,
        provider,
    };
    if connection.is_default && before.is_none_or(|before| !before.is_default) {
        saml_connections::clear_default(conn, workspace_id)?;
    }
    connections::save(conn, &connection)?;
    let replaced =
        |before: &Connection| before.issuer != connection.issuer || before.client_id != connection.client_id;
    let is_replaced = before.is_some_and(replaced);
    if is_replaced {
        // Earlier sightings are of another app.
        let replaced = SightingKind::ConnectionReplaced.of(workspace_id, &connection.connection_id, now);
        sightings::add(conn, &mut [replaced])?;
    }
    if before.is_some_and(|before| before.groups_claim != connection.groups_claim) {
        claimed_groups::forget(conn, workspace_id)?;
    }
    record(conn, actor, before, &connection)?;
    if before.is_some_and(|before| before.cross_app) && !connection.cross_app {
        agents::end(conn, actor, workspace_id, None)?;
    }
    match settings.end_access {
        EndAccess::Now => drop(end_access::begin(conn, actor, workspace_id, (REASON, ""))?),
        EndAccess::IfReplaced(spared) if is_replaced => {
            end_access::begin(conn, actor, workspace_id, (REASON, &spared))?;
        }
        EndAccess::IfReplaced(_) | EndAccess::No => {}
    }
    Ok(connection)
}

/// Id and name of a connection, and whether it is the default of its workspace.
struct Place {
    connection_id: ConnectionId,
    name: String,
    is_default: bool,
}

/// Checks the name and the issuer against the other connections of the workspace. Its first connection becomes the default.
fn place(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (workspace_id, all): (&WorkspaceId, &[Connection]),
    before: Option<&Connection>,
    settings: &Settings,
) -> Result<Place, SettingsError> {
    if before.is_none() && all.len() >= MOST_CONNECTIONS {
        return Err(SettingsError::Field(format!(
            "a workspace has at most {MOST_CONNECTIONS} OpenID Connect connections"
        )));
    }
    let connection_id = match (before, &settings.which) {
        (Some(before), _) => before.connection_id.clone(),
        (None, Which::Declared(id)) => id.clone(),
        (None, _) => ConnectionId::new(actor.now),
    };
    let name = match (settings.name.as_deref().or(settings.which.name()), before) {
        (Some(name), _) => checks::title(name)?.to_owned(),
        (None, Some(before)) => before.name.clone(),
        (None, None) => match settings.kind(None) {
            ProviderKind::Any => host(&settings.issuer),
            known => known.facts().label.to_owned(),
        },
    };
    let mut others = all.iter().filter(|other| other.connection_id != connection_id);
    if others.clone().any(|other| other.name == name) {
        return Err(field("the name is that of another OpenID Connect connection of this workspace"));
    }
    // Identities belong to an issuer: two connections with the same one could sign in each other's people.
    if others.any(|other| other.issuer == settings.issuer) {
        return Err(field("the issuer is that of another OpenID Connect connection of this workspace"));
    }
    let saml = saml_connections::list(conn, workspace_id)?;
    if saml.iter().any(|other| other.connection_id == connection_id) {
        return Err(field("the id is that of a SAML connection of this workspace"));
    }
    if saml.iter().any(|other| other.issuer == settings.issuer) {
        return Err(field("the issuer is that of a SAML connection of this workspace"));
    }
    let has_default = all.iter().any(|other| other.is_default) || saml.iter().any(|other| other.is_default);
    let becomes_default = all.is_empty() && !has_default && !settings.stays_ordinary;
    let is_default = settings.make_default || before.map_or(becomes_default, |before| before.is_default);
    Ok(Place { connection_id, name, is_default })
}

/// The host of an issuer, the name of a connection that has no other.
fn host(issuer: &str) -> String {
    let url = Url::parse(issuer).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| issuer.to_owned())
}

fn field(sentence: &str) -> SettingsError {
    SettingsError::Field(sentence.to_owned())
}

/// Records what was saved and what it was before. The event says whether the secret changed, but never contains the secret.
fn record(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: Option<&Connection>,
    after: &Connection,
) -> Result<(), Error> {
    let old = before.map(|before| ConnectionBefore {
        provider: changed(before.provider, &after.provider),
        issuer: changed(before.issuer.as_str(), &after.issuer.as_str()),
        client_id: changed(before.client_id.as_str(), &after.client_id.as_str()),
        enabled: changed(before.enabled, &after.enabled),
        jit: changed(before.jit, &after.jit),
        auth_method: changed(before.auth_method, &after.auth_method),
        dpop: changed(before.dpop, &after.dpop),
        groups_claim: changed(before.groups_claim.as_str(), &after.groups_claim.as_str()),
        cross_app: changed(before.cross_app, &after.cross_app),
    });
    let data = ConnectionChanged {
        connection: &after.connection_id,
        name: &after.name,
        is_default: after.is_default,
        provider: after.provider,
        issuer: &after.issuer,
        client_id: &after.client_id,
        enabled: after.enabled,
        jit: after.jit,
        auth_method: after.auth_method,
        dpop: after.dpop,
        groups_claim: &after.groups_claim,
        cross_app: after.cross_app,
        before: old.unwrap_or_default(),
        secret_changed: before.is_some_and(|before| before.client_secret != after.client_secret),
    };
    actor.record(conn, &after.workspace_id, Target::Connection, &data)
}
