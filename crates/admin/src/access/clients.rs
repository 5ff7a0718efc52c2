//! OAuth clients: registering, changing and deleting them, and their secrets. A secret is returned once.

mod authentication;
mod authority;
pub mod declared;
mod registration;
mod token_exchange;

use vestibule_core::{
    ids::WorkspaceId,
    sets::{Algorithm, ClientAuth, ClientKind, DpopMode},
};
use vestibule_store::{
    Error, Tx,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
    trail::events::{
        Target,
        kinds::{
            ClientChanged, ClientCreated, ClientData, ClientDeleted, ClientSecretEnded, ClientSecretIssued,
            EventData,
        },
    },
};
use vestibule_web::config::is_scope;

use crate::{
    access::agents,
    actor::Actor,
    checks,
    refusal::{Refusal, field},
};

pub use authentication::MOST_MAX_AGE;

/// The largest number of scopes of one client.
const MOST_SCOPES: usize = 50;
/// Allowed lifetimes of JWT access tokens, in seconds. An app that does not introspect may accept a revoked token until the token
/// expires, so the longest lifetime is short.
pub const JWT_SECONDS: std::ops::RangeInclusive<i64> = 30..=300;

/// A client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient<'a> {
    /// Kind of the client.
    pub kind: ClientKind,
    /// Name that people see.
    pub name: &'a str,
    /// Redirect URIs, compared exactly.
    pub redirect_uris: &'a [String],
    /// Where browsers may go after signing out, compared exactly.
    pub post_logout_redirect_uris: &'a [String],
    /// How the client authenticates.
    pub auth_method: ClientAuth,
    /// Its public keys, a JSON Web Key Set or the address of one, already checked; empty: none.
    pub jwks: &'a str,
    /// Scopes that it may ask for; empty: those of its kind.
    pub scopes: &'a [String],
    /// Lifetime of its access tokens as JWTs, in seconds; `None`: they are opaque.
    pub jwt_seconds: Option<i64>,
    /// Signature algorithm of its ID tokens; `None`: the usual one.
    pub id_token_alg: Option<&'a str>,
    /// Where logout tokens are sent; `None`: nowhere.
    pub backchannel_logout_uri: Option<&'a str>,
    /// Whether it must use PKCE although it is confidential.
    pub requires_pkce: bool,
    /// How long ago people may have authenticated, in seconds, if a request says nothing else; `None`: any time.
    pub default_max_age: Option<i64>,
    /// Whether its ID tokens must have `auth_time`.
    pub requires_auth_time: bool,
}

/// Changes to a client; `None` changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientChange<'a> {
    /// Name that people see.
    pub name: Option<&'a str>,
    /// Redirect URIs, compared exactly.
    pub redirect_uris: Option<&'a [String]>,
    /// Where browsers may go after signing out, compared exactly.
    pub post_logout_redirect_uris: Option<&'a [String]>,
    /// Its public keys, a JSON Web Key Set or the address of one, already checked.
    pub jwks: Option<&'a str>,
    /// Lifetime of its access tokens as JWTs, in seconds; `Some(None)`: they are opaque.
    pub jwt_seconds: Option<Option<i64>>,
    /// Signature algorithm of its ID tokens.
    pub id_token_alg: Option<&'a str>,
    /// Where logout tokens are sent; empty: nowhere.
    pub backchannel_logout_uri: Option<&'a str>,
    /// Scopes that it may ask for; empty: those of its kind.
    pub scopes: Option<&'a [String]>,
    /// Whether it may act for people by an assertion of their provider.
    pub cross_app: Option<bool>,
    /// Whether it must use PKCE although it is confidential.
    pub requires_pkce: Option<bool>,
    /// Whether it may exchange access tokens of people (RFC 8693).
    pub token_exchange: Option<bool>,
    /// URIs of the resources that it serves: it may exchange tokens that are for one of them.
    pub serves: Option<&'a [String]>,
    /// Whether its tokens are bound to a key.
    pub dpop: Option<DpopMode>,
    /// How long ago people may have authenticated, in seconds; `Some(None)`: any time.
    pub default_max_age: Option<Option<i64>>,
    /// Whether its ID tokens must have `auth_time`.
    pub requires_auth_time: Option<bool>,
}

/// Registers a client of a workspace (or of the deployment); returns it and its secret, if it authenticates with one.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: &NewClient<'_>,
    allow_insecure: bool,
) -> Result<(Client, Option<String>), Refusal> {
    let scope = scopes(new.scopes)?;
    let registered = checked(new, &scope, allow_insecure)?;
    let (client, secret) = clients::register(conn, workspace_id, &registered, actor.now)?;
    record(conn, actor, &client, &ClientCreated(data(&client)))?;
    Ok((client, secret))
}

/// Checks a client to be registered. `scope`: its scopes as they are stored.
fn checked<'a>(
    new: &NewClient<'a>,
    scope: &'a str,
    allow_insecure: bool,
) -> Result<clients::NewClient<'a>, Refusal> {
    let kind = new.kind;
    registration::check_redirect_uris(kind, new.redirect_uris, allow_insecure)?;
    let after_logout = new.post_logout_redirect_uris;
    registration::check_after_logout(after_logout, allow_insecure)?;
    if new.auth_method == ClientAuth::None && matches!(kind, ClientKind::Scim | ClientKind::Service) {
        return field("auth_method", "none is for apps and MCP clients: this kind must authenticate");
    }
    authentication::check(kind, new.default_max_age, new.requires_auth_time)?;
    Ok(clients::NewClient {
        name: checks::title(new.name)?,
        redirect_uris: new.redirect_uris,
        auth_method: new.auth_method,
        jwks: new.jwks,
        scope,
        post_logout_redirect_uris: after_logout,
        jwt_seconds: jwt_seconds(kind, new.jwt_seconds)?,
        id_token_alg: new.id_token_alg.map(id_token_alg).transpose()?.unwrap_or_default(),
        backchannel_logout_uri: match new.backchannel_logout_uri {
            Some(uri) => backchannel_logout_uri(kind, uri, allow_insecure)?,
            None => "",
        },
        requires_pkce: new.requires_pkce,
        default_max_age: new.default_max_age,
        requires_auth_time: new.requires_auth_time,
        ..clients::NewClient::new(kind)
    })
}

/// Changes a client: the operator everything, an administrator its switches. Returns the changed client.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    client: Client,
    change: ClientChange<'_>,
    allow_insecure: bool,
) -> Result<Client, Refusal> {
    // The settings of now: a concurrent change may have been committed since the caller read the client.
    let mut after = clients::lock(conn, &client)?;
    authority::check(conn, actor, &after, &change)?;
    let keys_replaced = registration::change(conn, &mut after, &change, allow_insecure)?;
    if let Some(seconds) = change.jwt_seconds {
        after.jwt_seconds = jwt_seconds(after.kind, seconds)?;
    }
    if let Some(name) = change.id_token_alg {
        after.id_token_alg = id_token_alg(name)?;
    }
    if let Some(uri) = change.backchannel_logout_uri {
        backchannel_logout_uri(after.kind, uri, allow_insecure)?
            .clone_into(&mut after.backchannel_logout_uri);
        clients::set_backchannel_logout_uri(conn, &after, uri)?;
    }
    if let Some(wanted) = change.scopes {
        after.scope = scopes(wanted)?;
        clients::set_scope(conn, &after, &after.scope)?;
    }
    clients::set_tokens(conn, &after, after.jwt_seconds, after.id_token_alg)?;
    let stops = change.cross_app == Some(false) && after.cross_app;
    if let Some(on) = change.cross_app {
        check_cross_app(&after, on)?;
        after.cross_app = on;
    }
    after.requires_pkce = change.requires_pkce.unwrap_or(after.requires_pkce);
    clients::set_switches(conn, &after, after.cross_app, after.requires_pkce)?;
    token_exchange::change(conn, &mut after, &change)?;
    if let Some(dpop) = change.dpop {
        if after.kind == ClientKind::Scim && dpop != DpopMode::Off {
            return field("dpop", "is not for clients of kind scim: provisioning takes bearer tokens");
        }
        after.dpop = dpop;
        clients::set_dpop(conn, &after, dpop)?;
    }
    authentication::change(conn, &mut after, &change)?;
    let data = ClientChanged {
        client: &after.client_id,
        kind: after.kind,
        name: &after.name,
        redirect_uris: after.redirect_uris.as_slice(),
        post_logout_redirect_uris: after.post_logout_redirect_uris.as_slice(),
        keys_replaced,
        jwt_access_tokens: after.jwt_seconds,
        id_token_alg: after.id_token_alg,
        backchannel_logout_uri: &after.backchannel_logout_uri,
        scope: &after.scope,
        cross_app: after.cross_app,
        requires_pkce: after.requires_pkce,
        token_exchange: after.token_exchange,
        serves: after.serves.as_slice(),
        dpop: after.dpop,
        default_max_age: after.default_max_age,
        requires_auth_time: after.requires_auth_time,
    };
    record(conn, actor, &after, &data)?;
    if stops {
        agents::end_of_client(conn, actor, &after)?;
    }
    Ok(after)
}

/// Deletes a client with its secrets and ends its grants. Returns the number of ended grants.
pub fn delete(conn: &mut Tx<'_>, actor: &Actor, client: &Client) -> Result<usize, Error> {
    let ended = clients::delete(conn, client, actor.now)?;
    record(conn, actor, client, &ClientDeleted(data(client)))?;
    Ok(ended)
}

/// Issues a secret; the one that exists stays valid. Returns its id and its plain text.
///
/// # Errors
/// [`Error::Conflict`] (`client_secrets`) when there are two already.
pub fn add_secret(conn: &mut Tx<'_>, actor: &Actor, client: &Client) -> Result<(String, String), Error> {
    let issued = client_secrets::issue(conn, client, actor.now)?;
    record(conn, actor, client, &ClientSecretIssued(data(client)))?;
    Ok(issued)
}

/// Ends a secret; false when there is none.
pub fn end_secret(conn: &mut Tx<'_>, actor: &Actor, client: &Client, secret_id: &str) -> Result<bool, Error> {
    let ended = client_secrets::end(conn, client, secret_id)?;
    if ended {
        record(conn, actor, client, &ClientSecretEnded(data(client)))?;
    }
    Ok(ended)
}

/// The redirect URIs of Okta's catalog app of this name, when an administrator connects provisioning by OAuth: one for each of Okta's
/// cells (okta-facts §2.2).
pub fn catalog_callbacks(app_name: &str) -> Result<Vec<String>, Refusal> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if app_name.is_empty() || app_name.len() > 100 || !app_name.bytes().all(plain) {
        let like = "such as acme_vestibuleprovisioning_1: it is between /app/ and /instance/ in the address of the app's \
                    page in Okta";
        return field("okta_app", format!("must be the app's name, {like}"));
    }
    let cells = ["okta.com", "okta-emea.com", "oktapreview.com", "trexcloud.com"];
    let of_cell = |cell| format!("https://system-admin.{cell}/admin/app/cpc/{app_name}/oauth/callback");
    Ok(cells.into_iter().map(of_cell).collect())
}

/// Checks the lifetime of JWT access tokens (RFC 9068): only an app has them.
fn jwt_seconds(kind: ClientKind, seconds: Option<i64>) -> Result<Option<i64>, Refusal> {
    let Some(seconds) = seconds else { return Ok(None) };
    if kind != ClientKind::App {
        return field("jwt_access_tokens", "is for clients of kind app only");
    }
    if !JWT_SECONDS.contains(&seconds) {
        let (least, most) = (JWT_SECONDS.start(), JWT_SECONDS.end());
        return field("jwt_access_tokens", format!("must be {least} to {most} seconds"));
    }
    Ok(Some(seconds))
}

/// Cross App Access is for registered, confidential clients (draft-ietf-oauth-identity-assertion-authz-grant-04 §9.1).
fn check_cross_app(client: &Client, on: bool) -> Result<(), Refusal> {
    const FIELD: &str = "cross_app";
    if on && client.kind == ClientKind::Scim {
        return field(FIELD, "is not for clients of kind scim, which act for no user");
    }
    if on && client.is_public() {
        return field(FIELD, "is for clients that authenticate, by a secret or by private_key_jwt");
    }
    Ok(())
}

fn id_token_alg(name: &str) -> Result<Algorithm, Refusal> {
    name.parse().or_else(|_| field("id_token_alg", format!("must be {}", Algorithm::TEXTS.join(" or "))))
}

/// Checks scopes that a client may ask for; returns them as they are stored.
fn scopes(scopes: &[String]) -> Result<String, Refusal> {
    if scopes.len() > MOST_SCOPES {
        return field("scopes", format!("must be at most {MOST_SCOPES}"));
    }
    if let Some(odd) = scopes.iter().find(|scope| !is_scope(scope)) {
        return field("scopes", format!("{} is no scope: visible ASCII without a space", odd.escape_debug()));
    }
    Ok(scopes.join(" "))
}

/// Checks where logout tokens of an app are sent; empty: nowhere.
fn backchannel_logout_uri(kind: ClientKind, uri: &str, allow_insecure: bool) -> Result<&str, Refusal> {
    const FIELD: &str = "backchannel_logout_uri";
    if kind != ClientKind::App {
        return field(FIELD, "is for clients of kind app only");
    }
    if !uri.is_empty() {
        checks::public_address(FIELD, uri, allow_insecure)?;
    }
    Ok(uri)
}

fn data(client: &Client) -> ClientData<'_> {
    ClientData { client: &client.client_id, kind: client.kind }
}

/// Records an event. A client of the deployment has no trail, because each trail belongs to a workspace.
fn record<D: EventData>(conn: &mut Tx<'_>, actor: &Actor, client: &Client, data: &D) -> Result<(), Error> {
    if client.is_deployment_wide() {
        return Ok(());
    }
    actor.record(conn, &client.workspace_id, Target::Workspace, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_app_is_answered_in_four_cells() {
        let uris = catalog_callbacks("acme_vestibuleprovisioning_1").unwrap();
        assert_eq!(uris.len(), 4);
        assert_eq!(
            uris[0],
            "https://system-admin.okta.com/admin/app/cpc/acme_vestibuleprovisioning_1/oauth/callback"
        );
        for wrong in ["", "a/b", "A", "a?b", "a..b", "a b", "ä"] {
            assert!(catalog_callbacks(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_an_app_has_short_lived_jwts() {
        for (kind, seconds, fits) in [
            (ClientKind::App, None, true),
            (ClientKind::App, Some(30), true),
            (ClientKind::App, Some(300), true),
            (ClientKind::App, Some(301), false),
            (ClientKind::App, Some(29), false),
            (ClientKind::App, Some(0), false),
            (ClientKind::App, Some(-1), false),
            (ClientKind::Mcp, Some(300), false),
            (ClientKind::Scim, Some(300), false),
            (ClientKind::Service, Some(300), false),
            (ClientKind::Service, None, true),
        ] {
            assert_eq!(jwt_seconds(kind, seconds).is_ok(), fits, "{kind} {seconds:?}");
        }
        for wrong in ["", "none", "HS256", "rs256", "PS256"] {
            assert!(id_token_alg(wrong).is_err(), "{wrong}");
        }
    }
}
