//! What an operator does in a workspace, whether at the command line or through the management API: the same checks, the
//! same rows, the same events. Who calls says who did it.

use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    sets::AssignmentSource,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Conn, Error,
    people::users::User,
    providers::{domains, setup_links},
    rights::roles::{self, Role},
    trail::events::{self, Cause, Event},
    workspaces::{self, Workspace},
};
use vestibule_web::{config::is_loopback, outbound::client::is_public_at_sight};

pub use crate::brake::{MOST_PEOPLE, brake, set_brake};
pub use crate::entitlements::{create_entitlement, delete_entitlement, set_entitlements};
pub use crate::people::{NewUser, create_user};
pub use crate::roles::{
    delete_mapping, find_rule, put_mapping, rule_name, save_role, set_manual_roles, set_mapping, tell_role,
};
pub use crate::sessions::{end_any_grant, end_grant, end_sessions, session};
pub use crate::tokens::{
    PROVISIONING_SCOPES, api_token, provisioning_token, revoke_api_token, revoke_provisioning_token,
    rotate_provisioning_token,
};

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A field is wrong: its name, and a sentence that begins behind it.
    #[error("{0} {1}")]
    Field(&'static str, String),
    /// What stands against it, in a sentence.
    #[error("{0}")]
    Conflict(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

pub(crate) fn field<T>(name: &'static str, sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Field(name, sentence.into()))
}

/// A name for people.
///
/// # Errors
/// [`Refusal::Field`].
pub fn title(name: &str) -> Result<&str, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 256 || name.contains('\0') {
        return field("name", "must have 1 to 256 characters");
    }
    Ok(name)
}

/// A description; Okta takes at most 1000 characters.
///
/// # Errors
/// [`Refusal::Field`].
pub fn description(text: &str) -> Result<&str, Refusal> {
    if text.chars().count() > 1000 || text.contains('\0') {
        return field("description", "must have at most 1000 characters");
    }
    Ok(text)
}

/// The id of a new role or entitlement: as given, or made from the name.
///
/// # Errors
/// [`Refusal::Field`].
pub fn new_id(id: Option<&str>, name: &str) -> Result<String, Refusal> {
    title(name)?;
    let new = id.map_or_else(|| slug(name), str::to_owned);
    if new.is_empty() || new != slug(&new) || new.len() > 64 {
        return field("id", "must be 1 to 64 small letters, digits, dashes and underscores");
    }
    Ok(new)
}

/// `Billing Admin` → `billing-admin`, `tenant_admin` → `tenant_admin`
fn slug(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let dashed: String = name
        .trim()
        .chars()
        .map(|letter| if plain(letter) { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// A scope of these words, each once; all there are when none is named.
pub fn scope(wanted: &[String], all: &[&str]) -> String {
    let held = all.iter().filter(|word| wanted.is_empty() || wanted.iter().any(|one| one == *word));
    held.copied().collect::<Vec<_>>().join(" ")
}

/// A redirect URI is absolute, without a fragment (RFC 6749 §3.1.2), and https; plain http only on loopback in
/// development, and for the one address Okta itself asks vendors to allow (okta-facts §2.2).
///
/// # Errors
/// [`Refusal::Field`].
pub fn redirect_uri(uri: &str, allow_insecure: bool) -> Result<(), Refusal> {
    let Ok(url) = Url::parse(uri) else { return field("redirect_uri", format!("{uri} is no URL")) };
    if url.fragment().is_some() || !url.username().is_empty() {
        return field("redirect_uri", format!("{uri} must have no fragment and no user name"));
    }
    let okta_internal = url.scheme() == "http" && url.host_str() == Some("system-admin.okta1.com");
    let development = url.scheme() == "http" && is_loopback(&url) && allow_insecure;
    if url.scheme() == "https" || okta_internal || development {
        return Ok(());
    }
    field("redirect_uri", format!("{uri} must begin with https://"))
}

/// An address that Vestibule itself calls to tell something: absolute and without a fragment (OpenID Connect Back-Channel Logout
/// 1.0 §2.2), https, and not this machine or network; plain http and those in development only.
///
/// # Errors
/// [`Refusal::Field`].
pub fn told_at(name: &'static str, uri: &str, allow_insecure: bool) -> Result<(), Refusal> {
    let url =
        Url::parse(uri).ok().filter(|_| uri.len() <= 2000 && uri.bytes().all(|byte| byte.is_ascii_graphic()));
    let Some(url) = url else { return field(name, "must be a URL") };
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return field(name, "must have no fragment, no user name and no password");
    }
    if url.scheme() != "https" && !(allow_insecure && url.scheme() == "http") {
        return field(name, "must begin with https://");
    }
    if !allow_insecure && !is_public_at_sight(&url) {
        return field(name, "must be at a public address");
    }
    Ok(())
}

/// A line of the trail, as operators read it.
pub fn event(event: &Event) -> Value {
    json!({
        "seq": event.seq,
        "id": event.event_id,
        "at": rfc3339(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "target": event.target,
        "request_id": event.request_id,
        "data": serde_json::from_str::<Value>(&event.data).unwrap_or_default(),
        "hash": event.hash,
    })
}

/// Makes a workspace with these verified domains, and a set-up link: the workspace, and the link's plain text.
///
/// # Errors
/// [`Refusal`].
pub fn create_workspace(
    conn: &mut Conn,
    (wanted_id, name, region): (Option<&str>, &str, &str),
    verified: &[String],
    cause: &Cause,
    now: Micros,
) -> Result<(Workspace, String), Refusal> {
    let workspace = workspaces::create(conn, wanted_id, title(name)?, region, now)?;
    let id = &workspace.workspace_id;
    for domain in verified {
        domains::verify(conn, id, domain, "operator", now)?;
    }
    let link = setup_links::issue(conn, id, now)?;
    let data = json!({ "name": workspace.name, "domains": verified });
    events::record_json(conn, id, "workspace_created", cause, "workspace", &data, now)?;
    Ok((workspace, link))
}

/// Makes a set-up link; its plain text.
pub fn setup_link(conn: &mut Conn, workspace_id: &str, cause: &Cause, now: Micros) -> Result<String, Error> {
    let plain = setup_links::issue(conn, workspace_id, now)?;
    events::record_json(conn, workspace_id, "setup_link_made", cause, "workspace", &json!({}), now)?;
    Ok(plain)
}

/// Makes a role the one of users who hold no other.
///
/// # Errors
/// [`Refusal::Field`] when everybody would administer, or see what administrators see.
pub fn set_default_role(
    conn: &mut Conn,
    workspace_id: &str,
    role_id: &str,
    now: Micros,
) -> Result<(), Refusal> {
    if roles::ADMINISTRATORS.contains(&role_id) {
        return field("default_role", format!("{role_id} can't be the default: everybody would administer"));
    }
    if roles::READERS.contains(&role_id) {
        let sentence = format!("{role_id} can't be the default: everybody would see what administrators see");
        return field("default_role", sentence);
    }
    Ok(workspaces::set_default_role(conn, workspace_id, role_id, now)?)
}

/// Makes the assigned roles exactly these; those held through groups or by default stay.
///
/// # Errors
/// [`Error::NotFound`] when a role is gone.
pub fn set_roles(
    conn: &mut Conn,
    user: &User,
    role_ids: &[String],
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    let workspace_id = &user.workspace_id;
    let before = roles::effective(conn, workspace_id, &user.user_id)?.role_ids();
    roles::keep_only(conn, workspace_id, &user.user_id, role_ids)?;
    for role_id in role_ids {
        roles::assign(conn, workspace_id, &user.user_id, role_id, AssignmentSource::Manual, now)?;
    }
    let after = roles::effective(conn, workspace_id, &user.user_id)?.role_ids();
    let data = json!({ "roles": role_ids, "before": before, "after": after });
    events::record_json(conn, workspace_id, "roles_changed", cause, &user.target(), &data, now)?;
    Ok(())
}

/// Whether a role may be deleted: not what the program itself counts on.
///
/// # Errors
/// [`Refusal::Conflict`].
pub fn check_deletable(workspace: &Workspace, role: &Role) -> Result<(), Refusal> {
    let id = &role.role_id;
    if roles::ADMINISTRATORS.contains(&id.as_str()) {
        return Err(Refusal::Conflict(format!("{id} is built in: Vestibule itself depends on it")));
    }
    if workspace.default_role == *id {
        let sentence = format!("{id} is the workspace's default role: who holds no other holds it");
        return Err(Refusal::Conflict(sentence));
    }
    Ok(())
}
