//! A workspace's connection as typed: an Okta domain becomes an issuer, the secret is sealed, the row is saved.
//! Shared by the console and the command line.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::claimed_groups,
    providers::{
        connections::{self, Connection},
        identities, sightings,
    },
    rights::owners,
    trail::events::{self, Cause},
};
use vestibule_web::{
    crypto::seal::{Sealer, client_secret_context},
    observe::sightings::Sight,
    outbound::{client, discovery::Discovered},
};

use crate::{
    end_access::{self, EndAccess},
    trail,
};

/// Why everybody's access ends, as `access_ended` tells it.
const REASON: &str = "connection_changed";

/// What an administrator is told who replaces the provider of a workspace with an owner.
const OWNERS_ONLY: &str = "only an owner of this workspace may change the Okta domain, the Client ID, the Client secret or the Groups claim; ask one of them, or the operator";

/// How we may authenticate at a provider's token endpoint.
pub const AUTH_METHODS: [&str; 4] = ["auto", "client_secret_basic", "client_secret_post", PRIVATE_KEY];

/// The one without a secret.
pub const PRIVATE_KEY: &str = "private_key_jwt";

/// Who saves settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Author {
    /// The operator, or whoever has a set-up link of the operator's.
    Operator,
    /// An owner of the workspace.
    Owner,
    /// An administrator who is no owner: may not replace the provider of a workspace that has an owner.
    #[default]
    Administrator,
}

/// What is to be saved. `None` keeps what is there.
#[derive(Default)]
pub struct Settings {
    /// The issuer, normalised.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Option<SecretString>,
    /// Whether people may sign in through it.
    pub enabled: Option<bool>,
    /// Whether unknown people are created.
    pub jit: Option<bool>,
    /// One of [`AUTH_METHODS`].
    pub auth_method: Option<String>,
    /// Whether access tokens are bound to a key (RFC 9449).
    pub dpop: Option<bool>,
    /// The claim that names a person's groups; empty: none is asked for.
    pub groups_claim: Option<String>,
    /// What the provider said of itself just now.
    pub discovered: Option<Discovered>,
    /// Who saves.
    pub author: Author,
    /// Whose access ends.
    pub end_access: EndAccess,
}

/// Why settings are not saved: one sentence for who typed them.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A field is wrong.
    #[error("{0}")]
    Field(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// `acme.okta.com`, `https://acme.okta.com/`, `Acme.Okta.com` → `https://acme.okta.com` (okta-facts §5.2).
///
/// # Errors
/// One sentence that says what to type instead.
pub fn issuer_of_domain(typed: &str) -> Result<String, String> {
    let bare = typed.trim().trim_end_matches('/');
    let bare = bare.strip_prefix("https://").unwrap_or(bare).to_lowercase();
    let domain = bare.split('/').next().unwrap_or_default();
    if let Some((org, rest)) = domain.split_once('.')
        && let Some(org) = org.strip_suffix("-admin")
    {
        return Err(format!(
            "{domain} is the address of Okta's Admin Console; the Okta domain is {org}.{rest}"
        ));
    }
    if bare != domain {
        return Err(format!(
            "type the domain alone ({domain}); a custom authorization server is given as its full issuer"
        ));
    }
    let named = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let plain = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    if named && plain {
        Ok(format!("https://{domain}"))
    } else {
        Err("type the Okta domain, such as acme.okta.com".to_owned())
    }
}

/// An issuer as its discovery document says it: https, no query or fragment (OpenID Connect Core §2).
///
/// # Errors
/// One sentence that says what is wrong.
pub fn check_issuer(issuer: &str, allow_insecure: bool) -> Result<String, String> {
    let url = Url::parse(issuer.trim())
        .map_err(|_| "the issuer must be a URL such as https://acme.okta.com".to_owned())?;
    if issuer.len() > 255 {
        return Err("the issuer must have at most 255 characters".to_owned());
    }
    let insecure = url.scheme() != "https" || !client::is_public_at_sight(&url);
    if !["https", "http"].contains(&url.scheme()) || (insecure && !allow_insecure) {
        return Err("the issuer must begin with https:// and lead to a public address".to_owned());
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err("the issuer must have no query, fragment or user name".to_owned());
    }
    if let Some(org) = url.host_str().and_then(|host| host.split_once('.')?.0.strip_suffix("-admin")) {
        return Err(format!("this is the address of Okta's Admin Console; leave out -admin ({org}.…)"));
    }
    Ok(issuer.trim().to_owned())
}

/// Saves the settings, sealing the secret, and records who did it. The provider says who everybody is, so whoever replaces it
/// could sign in as an owner: that takes an owner, where there is one.
///
/// # Errors
/// [`SettingsError`].
pub fn save(
    conn: &mut Conn,
    sealer: &Sealer,
    workspace_id: &str,
    settings: Settings,
    cause: &Cause,
    now: Micros,
) -> Result<Connection, SettingsError> {
    let field = |sentence: &str| SettingsError::Field(sentence.to_owned());
    let before = connections::find(conn, workspace_id)?;
    let client_id = settings.client_id.trim().to_owned();
    if client_id.is_empty() || client_id.len() > 255 || client_id.contains('\0') {
        return Err(field("Client ID must have 1 to 255 characters"));
    }
    let kept = |of: fn(&Connection) -> &String, none: &str| {
        before.as_ref().map_or_else(|| none.to_owned(), |before| of(before).clone())
    };
    let auth_method = settings.auth_method.unwrap_or_else(|| kept(|before| &before.auth_method, "auto"));
    if !AUTH_METHODS.contains(&auth_method.as_str()) {
        return Err(field("Client authentication must be one of those in the list"));
    }
    let groups_claim = settings.groups_claim.unwrap_or_else(|| kept(|before| &before.groups_claim, ""));
    let groups_claim = groups_claim.trim().to_owned();
    if groups_claim.chars().count() > 100 || groups_claim.chars().any(char::is_control) {
        return Err(field("Groups claim must be the name of a claim, such as groups"));
    }
    let dpop = settings.dpop.or(before.as_ref().map(|before| before.dpop)).unwrap_or(false);
    if let Some(found) = &settings.discovered {
        found.allows(&auth_method, dpop).map_err(SettingsError::Field)?;
    }
    let new_secret = settings.client_secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    let replaces = before.as_ref().is_none_or(|before| {
        before.issuer != settings.issuer
            || before.client_id != client_id
            || before.groups_claim != groups_claim
            || new_secret.is_some()
    });
    if settings.author == Author::Administrator && replaces && owners::is_any(conn, workspace_id, None)? {
        return Err(field(OWNERS_ONLY));
    }
    let client_secret = match (new_secret, &before) {
        (Some(secret), _) => sealer
            .seal(&client_secret_context(workspace_id), secret.expose_secret().trim())
            .map_err(|error| SettingsError::Field(error.to_string()))?,
        // A secret is kept for the issuer that gave it: whoever may type another one must not have it sent there.
        (None, Some(before)) if before.issuer != settings.issuer && auth_method != PRIVATE_KEY => {
            return Err(field("Client secret must be entered again, because the Okta domain is another one"));
        }
        (None, Some(before)) if before.issuer != settings.issuer => String::new(),
        (None, Some(before)) if !before.client_secret.is_empty() || auth_method == PRIVATE_KEY => {
            before.client_secret.clone()
        }
        (None, None) if auth_method == PRIVATE_KEY => String::new(),
        (None, _) => return Err(field("Client secret is missing")),
    };
    check_rivals(conn, workspace_id, &settings.issuer, &client_id)?;
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
        workspace_id: workspace_id.to_owned(),
        issuer: settings.issuer.clone(),
        client_id,
        client_secret,
        enabled: settings.enabled.or(before.as_ref().map(|before| before.enabled)).unwrap_or(true),
        jit: settings.jit.or(before.as_ref().map(|before| before.jit)).unwrap_or(false),
        auth_method,
        dpop,
        groups_claim,
        discovered: match &settings.discovered {
            Some(found) => json!(found).to_string(),
            None if before.as_ref().is_some_and(|before| before.issuer != settings.issuer) => String::new(),
            None => kept(|before| &before.discovered, ""),
        },
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
    };
    connections::save(conn, &connection)?;
    let replaced =
        |before: &Connection| before.issuer != connection.issuer || before.client_id != connection.client_id;
    let is_replaced = before.as_ref().is_some_and(replaced);
    if is_replaced {
        // What was seen to work worked with another app.
        sightings::add(conn, &mut [Sight::ConnectionReplaced.now(workspace_id, now)])?;
    }
    if before.as_ref().is_some_and(|before| before.groups_claim != connection.groups_claim) {
        claimed_groups::forget(conn, workspace_id)?;
    }
    let (after, were) = (told(&connection), before.as_ref().map(told).unwrap_or_default());
    let mut data = trail::with_before(after.clone(), &were, &after);
    // Whether it changed, never what it is.
    if let (Some(before), Some(members)) = (&before, data.as_object_mut()) {
        members
            .insert("secret_changed".to_owned(), (before.client_secret != connection.client_secret).into());
    }
    events::record_json(conn, workspace_id, "connection_changed", cause, "connection", &data, now)?;
    match settings.end_access {
        EndAccess::Now => drop(end_access::begin(conn, workspace_id, (REASON, ""), cause, now)?),
        EndAccess::IfReplaced(spared) if is_replaced => {
            end_access::begin(conn, workspace_id, (REASON, &spared), cause, now)?;
        }
        EndAccess::IfReplaced(_) | EndAccess::No => {}
    }
    Ok(connection)
}

/// Refuses an issuer and client id that another workspace has proven. A pair that nobody has proven blocks nobody: otherwise whoever
/// saves a customer's pair first keeps the customer out.
fn check_rivals(
    conn: &mut Conn,
    workspace_id: &str,
    issuer: &str,
    client_id: &str,
) -> Result<(), SettingsError> {
    let rivals = connections::rivals(conn, workspace_id, issuer, client_id)?;
    if rivals.iter().any(|rival| rival.proven) {
        let sentence = "another workspace is already connected to this issuer with this Client ID; each workspace needs its own app in Okta";
        return Err(SettingsError::Field(sentence.to_owned()));
    }
    if let Some(rival) = rivals.first() {
        tracing::warn!(
            workspace = workspace_id,
            other = rival.workspace_id,
            claims = rivals.len(),
            "connection.contested"
        );
    }
    Ok(())
}

/// Records that a code was exchanged with this connection's credentials for an ID token of its client: the issuer and client id are
/// this workspace's from then on. Whoever else claims them learns it from an event. False when another workspace has proven them.
///
/// # Errors
/// [`Error::Conflict`] when another workspace proves them at the same moment.
pub fn prove(conn: &mut Conn, connection: &Connection, request_id: &str, now: Micros) -> Result<bool, Error> {
    let Connection { workspace_id, issuer, client_id, .. } = connection;
    let rivals = connections::rivals(conn, workspace_id, issuer, client_id)?;
    if rivals.iter().any(|rival| rival.proven) {
        return Ok(false);
    }
    if connections::prove(conn, connection, now)? {
        let (cause, data) =
            (Cause::new("vestibule", request_id), json!({ "issuer": issuer, "client_id": client_id }));
        for rival in rivals {
            tracing::warn!(workspace = rival.workspace_id, proven_by = workspace_id, "connection.taken");
            events::record_json(
                conn,
                &rival.workspace_id,
                "connection_taken",
                &cause,
                "connection",
                &data,
                now,
            )?;
        }
    }
    Ok(true)
}

/// A connection as the trail tells it.
fn told(connection: &Connection) -> Value {
    json!({
        "issuer": connection.issuer, "client_id": connection.client_id, "enabled": connection.enabled, "jit": connection.jit,
        "auth_method": connection.auth_method, "dpop": connection.dpop, "groups_claim": connection.groups_claim,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_becomes_an_issuer() {
        for typed in ["acme.okta.com", " https://acme.okta.com/ ", "Acme.OKTA.com"] {
            assert_eq!(issuer_of_domain(typed).unwrap(), "https://acme.okta.com", "{typed}");
        }
        assert!(issuer_of_domain("acme-admin.okta.com").unwrap_err().contains("acme.okta.com"));
        for typed in [
            "",
            "acme",
            "acme..com",
            "acme.okta.com/oauth2/default",
            "ac me.okta.com",
            "http://acme.okta.com",
        ] {
            assert!(issuer_of_domain(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn an_issuer_is_https_unless_development_says_otherwise() {
        assert!(check_issuer("https://acme.okta.com/oauth2/default", false).is_ok());
        assert!(check_issuer("http://127.0.0.1:3000", true).is_ok());
        for issuer in [
            "http://127.0.0.1:3000",
            "https://localhost",
            "https://localhost.",
            "https://10.0.0.5",
            "https://169.254.169.254",
            "https://0x7f.1",
            "https://[::ffff:10.0.0.1]",
            "https://:pw@acme.okta.com",
            "https://acme-admin.okta.com",
            "https://a.b/?x",
            "acme.okta.com",
        ] {
            assert!(check_issuer(issuer, false).is_err(), "{issuer}");
        }
    }
}
