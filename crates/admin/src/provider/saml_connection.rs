//! SAML connections of a workspace: saving and deleting them. No transaction here reads metadata: `source` and `provider_metadata` fetch
//! and parse it before one begins.

pub mod addresses;
mod certificates;
mod checks;
pub mod expiry;
pub mod metadata;
pub mod provider_metadata;
mod settings;
pub mod source;
pub mod switches;
pub mod uid;

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{SamlBinding, Unsolicited},
};
use vestibule_store::{
    Conn, Error, Tx,
    db::json::Json,
    people::claimed_groups,
    providers::{
        connections, identities, saml_certificates,
        saml_connections::{self, AttributeNames, SamlConnection},
    },
    trail::events::{
        Target,
        kinds::{SamlConnectionChanged, SamlConnectionDeleted},
    },
    workspaces,
};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict, field},
};

use certificates::CertificateChange;
pub use settings::{SamlProvider, SamlSettings, SignOutAddress};

/// Most certificates that one connection trusts. Each is tried at a sign-in.
pub const MOST_CERTIFICATES: usize = 10;

/// Most SAML connections of a workspace.
pub const MOST_CONNECTIONS: usize = 20;

const OWNERS_ONLY: &str = "only an owner of this workspace may change the issuer, the addresses, the certificates, our entity ID, the attributes, or whether the metadata is trusted; ask one of them, or the operator";

/// Saves a connection: changes the one of this name, or creates it.
///
/// The provider says who everybody is, so replacing it would let somebody sign in as an owner: where the workspace has an owner, only an
/// owner or the operator may replace it.
pub fn save(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    settings: SamlSettings,
    allow_insecure: bool,
) -> Result<SamlConnection, Refusal> {
    let all = saml_connections::list(conn, workspace_id)?;
    let before = all.iter().find(|connection| connection.name == settings.name.trim());
    write(conn, actor, workspace_id, Others { before, all: &all }, &settings, allow_insecure)
}

/// Creates a connection. A name that another connection has is refused. As [`save`] otherwise.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    settings: SamlSettings,
    allow_insecure: bool,
) -> Result<SamlConnection, Refusal> {
    let all = saml_connections::list(conn, workspace_id)?;
    write(conn, actor, workspace_id, Others { before: None, all: &all }, &settings, allow_insecure)
}

/// Changes the connection of this id, which may get another name. As [`save`] otherwise.
///
/// # Errors
/// [`Error::NotFound`] when the workspace has no such connection.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (workspace_id, connection_id): (&WorkspaceId, &ConnectionId),
    settings: SamlSettings,
    allow_insecure: bool,
) -> Result<SamlConnection, Refusal> {
    let all = saml_connections::list(conn, workspace_id)?;
    let before = all.iter().find(|connection| connection.connection_id == *connection_id);
    let before = Some(before.ok_or(Error::NotFound)?);
    write(conn, actor, workspace_id, Others { before, all: &all }, &settings, allow_insecure)
}

/// The connections of a workspace before a change.
struct Others<'a> {
    /// The connection that is changed; `None`: a new one is created.
    before: Option<&'a SamlConnection>,
    /// All connections.
    all: &'a [SamlConnection],
}

fn write(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    Others { before, all }: Others<'_>,
    settings: &SamlSettings,
    allow_insecure: bool,
) -> Result<SamlConnection, Refusal> {
    let name = crate::checks::title(&settings.name)?.to_owned();
    if before.is_none() && all.len() >= MOST_CONNECTIONS {
        return conflict(format!("a workspace has at most {MOST_CONNECTIONS} SAML connections"));
    }
    let after = changed(conn, actor, workspace_id, before, settings, name)?;
    checks::connection(&after, allow_insecure)?;
    let mut others = all.iter().filter(|other| other.connection_id != after.connection_id);
    if others.clone().any(|other| other.name == after.name) {
        return field("name", "is that of another SAML connection of this workspace");
    }
    if others.any(|other| other.issuer == after.issuer) {
        return field("issuer", "belongs to another SAML connection of this workspace");
    }
    if before.is_none() && connections::find(conn, workspace_id, &after.connection_id)?.is_some() {
        return field("id", "is that of an OpenID Connect connection of this workspace");
    }
    // Identities belong to an issuer: two connections with the same one could sign in each other's people.
    if connections::find_of_issuer(conn, workspace_id, &after.issuer)?.is_some() {
        return field("issuer", "is that of an OpenID Connect connection of this workspace");
    }
    let stored = match before {
        Some(before) => saml_certificates::list(conn, before)?,
        None => Vec::new(),
    };
    let change = match &settings.provider {
        Some(provider) => CertificateChange::of(&provider.certificates, &stored)?,
        None => CertificateChange::default(),
    };
    // The default connection may identify people with a role in the console.
    let becomes_default = |before: &SamlConnection| after.is_default && !before.is_default;
    if (change.adds_trust()
        || before.is_none_or(|before| replaces(before, &after) || becomes_default(before)))
        && actor.lacks_owner(conn, workspace_id)?
    {
        return conflict(OWNERS_ONLY);
    }
    if after.is_default && before.is_none_or(|before| !before.is_default) {
        saml_connections::clear_default(conn, workspace_id)?;
    }
    match before {
        Some(_) => saml_connections::save(conn, &after)?,
        None => saml_connections::insert(conn, &after)?,
    }
    if let Some(before) = before {
        let (names, former) = (after.attribute_names()?, before.attribute_names()?);
        if (&names.groups, &names.roles) != (&former.groups, &former.roles) {
            claimed_groups::forget(conn, workspace_id)?;
        }
    }
    change.write(conn, &after, actor.now, Some(actor.now))?;
    record(conn, actor, before, &after, &change)?;
    Ok(after)
}

/// Whether a change affects who is signed in: the provider, its addresses, our entity ID, or the attributes that are read. Certificates
/// are compared elsewhere. New certificates of the metadata may be trusted automatically, so a new metadata URL counts, even if it lists
/// the same certificates.
fn replaces(before: &SamlConnection, after: &SamlConnection) -> bool {
    let follows = |connection: &SamlConnection| {
        (!connection.metadata_url.is_empty())
            .then(|| (connection.metadata_url.clone(), connection.trusts_metadata))
    };
    let (followed, will_follow) = (follows(before), follows(after));
    before.issuer != after.issuer
        || before.sso_url != after.sso_url
        || (before.slo_url != after.slo_url && !after.slo_url.is_empty())
        || before.entity_id != after.entity_id
        || before.attributes != after.attributes
        || (followed != will_follow && will_follow.is_some_and(|(_, trusts)| trusts))
}

/// Deletes a connection with its certificates.
pub fn delete(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<(), Refusal> {
    let Some(connection) = saml_connections::find(conn, workspace_id, connection_id)? else {
        return Err(Error::NotFound.into());
    };
    if actor.lacks_owner(conn, workspace_id)? {
        return conflict(super::connection::delete::OWNERS_ONLY);
    }
    saml_connections::delete(conn, workspace_id, connection_id)?;
    let names = connection.attribute_names()?;
    if names.groups.is_some() || names.roles.is_some() {
        claimed_groups::forget(conn, workspace_id)?;
    }
    let data = SamlConnectionDeleted {
        connection: &connection.connection_id,
        name: &connection.name,
        issuer: &connection.issuer,
    };
    Ok(actor.record(conn, workspace_id, Target::Connection, &data)?)
}

/// The connection as it is after the change.
fn changed(
    conn: &mut Conn,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    before: Option<&SamlConnection>,
    settings: &SamlSettings,
    name: String,
) -> Result<SamlConnection, Refusal> {
    let mut after = match (before, &settings.provider) {
        (Some(before), _) => SamlConnection { name, ..before.clone() },
        (None, Some(_)) => new(workspace_id, actor, name, settings.new_id.as_ref()),
        (None, None) => {
            return conflict(
                "a new SAML connection needs the provider's metadata, or its issuer, sign-in URL and certificate",
            );
        }
    };
    if let Some(provider) = &settings.provider {
        if after.issuer != provider.issuer
            && identities::is_any_elsewhere(conn, workspace_id, &provider.issuer)?
        {
            after.issuer_changed_at = Some(actor.now);
        }
        match &provider.slo {
            Some(address) => sign_out_at(&mut after, address.clone()),
            // The former provider must not learn of sign-outs of the new provider's people.
            None if after.issuer != provider.issuer => sign_out_at(&mut after, SignOutAddress::default()),
            None => {}
        }
        after.issuer.clone_from(&provider.issuer);
        after.sso_url.clone_from(&provider.sso_url);
        after.sso_binding = provider.sso_binding;
        after.signs_requests |= provider.wants_signed_requests;
        let is_read = settings.metadata_url.as_ref().is_some_and(|url| !url.is_empty());
        after.metadata_read_at = is_read.then_some(actor.now);
    }
    if let Some(url) = settings.slo_url.as_deref().filter(|url| url.trim() != after.slo_url) {
        sign_out_at(&mut after, SignOutAddress::by_hand(url));
    }
    let set = |stored: &mut String, new: &Option<String>| {
        if let Some(new) = new {
            new.trim().clone_into(stored);
        }
    };
    set(&mut after.metadata_url, &settings.metadata_url);
    set(&mut after.entity_id, &settings.entity_id);
    set(&mut after.okta_org, &settings.okta_org);
    set(&mut after.app_instance_id, &settings.app_instance_id);
    after.trusts_metadata = settings.trusts_metadata.unwrap_or(after.trusts_metadata);
    after.signs_requests = settings.signs_requests.unwrap_or(after.signs_requests);
    after.enabled = settings.enabled.unwrap_or(after.enabled);
    after.jit = settings.jit.unwrap_or(after.jit);
    after.unsolicited = settings.unsolicited.unwrap_or(after.unsolicited);
    after.is_default |= settings.make_default;
    if let Some(attributes) = &settings.attributes {
        checks::attributes(attributes)?;
        if let Some(name) = &attributes.uid_custom {
            let declared = workspaces::custom_attributes(conn, workspace_id)?;
            if let Err(why) = uid::find(&declared, name) {
                return field("uid_custom", why);
            }
        }
        after.attributes = Json::new(attributes.clone());
    }
    after.updated_at = actor.now;
    Ok(after)
}

fn sign_out_at(connection: &mut SamlConnection, address: SignOutAddress) {
    connection.slo_url = address.url;
    connection.slo_binding = address.binding.unwrap_or(SamlBinding::Redirect);
    connection.slo_response_url = address.response_url;
}

fn new(workspace_id: &WorkspaceId, actor: &Actor, name: String, id: Option<&ConnectionId>) -> SamlConnection {
    SamlConnection {
        workspace_id: workspace_id.clone(),
        connection_id: id.cloned().unwrap_or_else(|| ConnectionId::new(actor.now)),
        name,
        is_default: false,
        issuer: String::new(),
        sso_url: String::new(),
        sso_binding: SamlBinding::Redirect,
        slo_url: String::new(),
        metadata_url: String::new(),
        metadata_read_at: None,
        trusts_metadata: true,
        entity_id: String::new(),
        enabled: true,
        jit: false,
        unsolicited: Unsolicited::Start,
        attributes: Json::new(AttributeNames::default()),
        okta_org: String::new(),
        app_instance_id: String::new(),
        issuer_changed_at: None,
        created_at: actor.now,
        updated_at: actor.now,
        signs_requests: false,
        slo_binding: SamlBinding::Redirect,
        slo_response_url: String::new(),
    }
}

/// Records what was saved.
fn record(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: Option<&SamlConnection>,
    after: &SamlConnection,
    change: &CertificateChange,
) -> Result<(), Error> {
    let issuer_before = before.map(|before| before.issuer.as_str()).filter(|issuer| *issuer != after.issuer);
    let data = SamlConnectionChanged {
        connection: &after.connection_id,
        name: &after.name,
        created: before.is_none(),
        issuer: &after.issuer,
        sso_url: &after.sso_url,
        sso_binding: after.sso_binding,
        slo_url: &after.slo_url,
        metadata_url: &after.metadata_url,
        enabled: after.enabled,
        jit: after.jit,
        unsolicited: after.unsolicited,
        is_default: after.is_default,
        issuer_before,
        certificates_added: &change.added,
        certificates_removed: &change.removed,
    };
    actor.record(conn, &after.workspace_id, Target::Connection, &data)
}
