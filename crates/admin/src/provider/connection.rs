//! The connection of a workspace to its identity provider: saving its settings, with the secret sealed.

pub mod address;
pub mod proof;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_core::{
    ids::WorkspaceId,
    sets::{EndReason, ProviderAuth},
};
use vestibule_store::{
    Error, Tx,
    db::json::Json,
    people::claimed_groups,
    providers::{
        connections::{self, Connection},
        identities, sightings,
    },
    rights::owners,
    trail::events::{
        Target,
        kinds::{ConnectionBefore, ConnectionChanged, changed},
    },
};
use vestibule_web::{
    crypto::seal::{Sealer, client_secret_context},
    observe::sightings::Sight,
    outbound::discovery::Discovered,
};

use crate::{
    actor::Actor,
    people::end_access::{self, EndAccess},
    refusal::Refusal,
};

/// The reason that `access_ended` gives.
const REASON: EndReason = EndReason::ConnectionChanged;

const OWNERS_ONLY: &str = "only an owner of this workspace may change the Okta domain, the Client ID, the Client secret or the Groups claim; ask one of them, or the operator";

const TAKEN: &str = "another workspace is already connected to this issuer with this Client ID; each workspace needs its own app in Okta";

/// Settings to be saved. `None` changes nothing.
#[derive(Default)]
pub struct Settings {
    /// The issuer, normalised.
    pub issuer: String,
    /// Client id at the provider.
    pub client_id: String,
    /// Client secret at the provider.
    pub client_secret: Option<SecretString>,
    /// Whether people may sign in through it.
    pub enabled: Option<bool>,
    /// Whether unknown people are created.
    pub jit: Option<bool>,
    /// Text of a [`ProviderAuth`].
    pub auth_method: Option<String>,
    /// Whether access tokens are bound to a key (RFC 9449).
    pub dpop: Option<bool>,
    /// The claim with a person's groups; empty: none.
    pub groups_claim: Option<String>,
    /// The provider's metadata as just fetched.
    pub discovered: Option<Discovered>,
    /// Whose access ends.
    pub end_access: EndAccess,
}

/// Why settings are not saved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A field is wrong: a sentence for the person who typed it.
    #[error("{0}")]
    Field(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Refusal> for SettingsError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => Self::Store(error),
            other => Self::Field(other.to_string()),
        }
    }
}

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
    let before = connections::find(conn, workspace_id)?;
    let client_id = settings.client_id.trim().to_owned();
    if client_id.is_empty() || client_id.len() > 255 || client_id.contains('\0') {
        return Err(field("Client ID must have 1 to 255 characters"));
    }
    let auth_method = match settings.auth_method {
        Some(text) => {
            text.parse().map_err(|_| field("Client authentication must be one of those in the list"))?
        }
        None => before.as_ref().map(|before| before.auth_method).unwrap_or_default(),
    };
    let stored = || before.as_ref().map(|before| before.groups_claim.clone()).unwrap_or_default();
    let groups_claim = settings.groups_claim.unwrap_or_else(stored);
    let groups_claim = groups_claim.trim().to_owned();
    if groups_claim.chars().count() > 100 || groups_claim.chars().any(char::is_control) {
        return Err(field("Groups claim must be the name of a claim, such as groups"));
    }
    let dpop = settings.dpop.or(before.as_ref().map(|before| before.dpop)).unwrap_or(false);
    if let Some(found) = &settings.discovered {
        found.allows(auth_method, dpop).map_err(SettingsError::Field)?;
    }
    let new_secret = settings.client_secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    let replaces = before.as_ref().is_none_or(|before| {
        before.issuer != settings.issuer
            || before.client_id != client_id
            || before.groups_claim != groups_claim
            || new_secret.is_some()
    });
    if replaces && !actor.may_own(conn, workspace_id)? && owners::is_any(conn, workspace_id, None)? {
        return Err(field(OWNERS_ONLY));
    }
    let terms = (settings.issuer.as_str(), auth_method);
    let client_secret = sealed_secret(sealer, workspace_id, new_secret.as_ref(), before.as_ref(), terms)?;
    if proof::is_taken(conn, workspace_id, &settings.issuer, &client_id)? {
        return Err(field(TAKEN));
    }
    let left_behind = match &before {
        Some(before) if before.issuer != settings.issuer => {
            identities::is_any_elsewhere(conn, workspace_id, &settings.issuer)?
        }
        _ => false,
    };
    let issuer_changed_at =
        if left_behind { Some(now) } else { before.as_ref().and_then(|before| before.issuer_changed_at) };
    let connection = Connection {
        issuer_changed_at,
        proven_at: before
            .as_ref()
            .filter(|before| before.issuer == settings.issuer && before.client_id == client_id)
            .and_then(|before| before.proven_at),
        workspace_id: workspace_id.clone(),
        issuer: settings.issuer.clone(),
        client_id,
        client_secret,
        enabled: settings.enabled.or(before.as_ref().map(|before| before.enabled)).unwrap_or(true),
        jit: settings.jit.or(before.as_ref().map(|before| before.jit)).unwrap_or(false),
        auth_method,
        dpop,
        groups_claim,
        discovered: match &settings.discovered {
            Some(found) => Json::new(json!(found)),
            None if before.as_ref().is_some_and(|before| before.issuer != settings.issuer) => Json::missing(),
            None => before.as_ref().map_or_else(Json::missing, |before| before.discovered.clone()),
        },
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
    };
    connections::save(conn, &connection)?;
    let replaced =
        |before: &Connection| before.issuer != connection.issuer || before.client_id != connection.client_id;
    let is_replaced = before.as_ref().is_some_and(replaced);
    if is_replaced {
        // Earlier sightings are of another app.
        sightings::add(conn, &mut [Sight::ConnectionReplaced.now(workspace_id, now)])?;
    }
    if before.as_ref().is_some_and(|before| before.groups_claim != connection.groups_claim) {
        claimed_groups::forget(conn, workspace_id)?;
    }
    record(conn, actor, before.as_ref(), &connection)?;
    match settings.end_access {
        EndAccess::Now => drop(end_access::begin(conn, actor, workspace_id, (REASON, ""))?),
        EndAccess::IfReplaced(spared) if is_replaced => {
            end_access::begin(conn, actor, workspace_id, (REASON, &spared))?;
        }
        EndAccess::IfReplaced(_) | EndAccess::No => {}
    }
    Ok(connection)
}

fn field(sentence: &str) -> SettingsError {
    SettingsError::Field(sentence.to_owned())
}

/// The sealed client secret to be stored: the new one, or the stored one where it may stay.
fn sealed_secret(
    sealer: &Sealer,
    workspace_id: &WorkspaceId,
    new: Option<&SecretString>,
    before: Option<&Connection>,
    (issuer, auth_method): (&str, ProviderAuth),
) -> Result<String, SettingsError> {
    let needs_none = auth_method == ProviderAuth::PrivateKeyJwt;
    match (new, before) {
        (Some(secret), _) => sealer
            .seal(&client_secret_context(workspace_id), secret.expose_secret().trim())
            .map_err(|error| SettingsError::Field(error.to_string())),
        // The secret belongs to the issuer that gave it and must not be sent to another one.
        (None, Some(before)) if before.issuer != issuer => match needs_none {
            true => Ok(String::new()),
            false => {
                Err(field("Client secret must be entered again, because the Okta domain is another one"))
            }
        },
        (None, Some(before)) if needs_none || !before.client_secret.is_empty() => {
            Ok(before.client_secret.clone())
        }
        (None, None) if needs_none => Ok(String::new()),
        (None, _) => Err(field("Client secret is missing")),
    }
}

/// Records what was saved and what it was before. It says whether the secret changed, never the secret.
fn record(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: Option<&Connection>,
    after: &Connection,
) -> Result<(), Error> {
    let old = before.map(|before| ConnectionBefore {
        issuer: changed(before.issuer.as_str(), &after.issuer.as_str()),
        client_id: changed(before.client_id.as_str(), &after.client_id.as_str()),
        enabled: changed(before.enabled, &after.enabled),
        jit: changed(before.jit, &after.jit),
        auth_method: changed(before.auth_method, &after.auth_method),
        dpop: changed(before.dpop, &after.dpop),
        groups_claim: changed(before.groups_claim.as_str(), &after.groups_claim.as_str()),
    });
    let data = ConnectionChanged {
        issuer: &after.issuer,
        client_id: &after.client_id,
        enabled: after.enabled,
        jit: after.jit,
        auth_method: after.auth_method,
        dpop: after.dpop,
        groups_claim: &after.groups_claim,
        before: old.unwrap_or_default(),
        secret_changed: before.is_some_and(|before| before.client_secret != after.client_secret),
    };
    actor.record(conn, &after.workspace_id, Target::Connection, &data)
}
