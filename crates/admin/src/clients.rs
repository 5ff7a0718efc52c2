//! How an OAuth client's tokens are made, as the operator sets it: the same checks at the command line and in the management
//! API.

use serde_json::json;
use vestibule_core::{sets::ClientKind, time::Micros};
use vestibule_store::{
    Conn, Error,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
    trail::events::{self, Cause},
};
use vestibule_web::{config::is_scope, crypto::signing::Algorithm};

use crate::workspaces::{Refusal, field};

/// Where Okta's catalog app of this name wants to be answered when an administrator connects provisioning by OAuth: one address
/// for each of Okta's cells (okta-facts §2.2).
///
/// # Errors
/// [`Refusal::Field`] when it is no name of an app.
pub fn catalog_callbacks(app_name: &str) -> Result<Vec<String>, Refusal> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if app_name.is_empty() || app_name.len() > 100 || !app_name.bytes().all(plain) {
        let like = "such as acme_vestibuleprovisioning_1: it stands between /app/ and /instance/ in the address of the app's \
                    page in Okta";
        return field("okta_app", format!("must be the app's name, {like}"));
    }
    let cells = ["okta.com", "okta-emea.com", "oktapreview.com", "trexcloud.com"];
    let of_cell = |cell| format!("https://system-admin.{cell}/admin/app/cpc/{app_name}/oauth/callback");
    Ok(cells.into_iter().map(of_cell).collect())
}

/// How long a JWT access token may live, in seconds: the longest is how long who asks nobody may go on with what has ended.
pub const JWT_SECONDS: std::ops::RangeInclusive<i64> = 30..=300;

/// For how long a client's access tokens live as JWTs (RFC 9068).
///
/// # Errors
/// [`Refusal::Field`] outside [`JWT_SECONDS`], or when this kind of client can't have them.
pub fn jwt_access_tokens(kind: ClientKind, seconds: Option<i64>) -> Result<Option<i64>, Refusal> {
    let Some(seconds) = seconds else { return Ok(None) };
    if kind != ClientKind::App {
        return field("jwt_access_tokens", "is for clients of kind app: what others are given stays opaque");
    }
    if !JWT_SECONDS.contains(&seconds) {
        let (least, most) = (JWT_SECONDS.start(), JWT_SECONDS.end());
        return field("jwt_access_tokens", format!("must be {least} to {most} seconds"));
    }
    Ok(Some(seconds))
}

/// By what a client's ID tokens are signed.
///
/// # Errors
/// [`Refusal::Field`].
pub fn id_token_alg(name: &str) -> Result<Algorithm, Refusal> {
    name.parse().or_else(|_| field("id_token_alg", format!("must be {}", Algorithm::TEXTS.join(" or "))))
}

/// What may change after a client was registered; what is not named stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// For how long its access tokens live as JWTs; `Some(None)`: they are opaque.
    pub jwt: Option<Option<i64>>,
    /// By what its ID tokens are signed.
    pub alg: Option<&'a str>,
    /// Where it is told that a session ended; empty: nowhere.
    pub told_at: Option<&'a str>,
    /// What it may ask for; none: what its kind may.
    pub scopes: Option<&'a [String]>,
}

/// The most scopes of one client.
const MOST_SCOPES: usize = 50;

/// Scopes that a client may ask for, as they are kept.
///
/// # Errors
/// [`Refusal::Field`].
pub fn scopes(scopes: &[String]) -> Result<String, Refusal> {
    if scopes.len() > MOST_SCOPES || !scopes.iter().all(|scope| is_scope(scope)) {
        return field("scopes", format!("must be at most {MOST_SCOPES} words of visible ASCII"));
    }
    Ok(scopes.join(" "))
}

/// Where an app may be told that a session ended.
///
/// # Errors
/// [`Refusal::Field`].
pub fn told_at<'a>(kind: ClientKind, uri: &'a str, allow_insecure: bool) -> Result<&'a str, Refusal> {
    const FIELD: &str = "backchannel_logout_uri";
    if kind != ClientKind::App {
        return field(FIELD, "is for clients of kind app: nobody signs in to the others");
    }
    if !uri.is_empty() {
        crate::workspaces::told_at(FIELD, uri, allow_insecure)?;
    }
    Ok(uri)
}

/// Changes a client; as it is then.
///
/// # Errors
/// [`Refusal`].
pub fn change(
    conn: &mut Conn,
    client: Client,
    change: Change<'_>,
    allow_insecure: bool,
    (cause, now): (&Cause, Micros),
) -> Result<Client, Refusal> {
    let mut after = client;
    if let Some(seconds) = change.jwt {
        after.jwt_seconds = jwt_access_tokens(after.kind, seconds)?;
    }
    if let Some(name) = change.alg {
        after.id_token_alg = id_token_alg(name)?;
    }
    if let Some(uri) = change.told_at {
        told_at(after.kind, uri, allow_insecure)?.clone_into(&mut after.backchannel_logout_uri);
        clients::set_backchannel_logout_uri(conn, &after, uri)?;
    }
    if let Some(wanted) = change.scopes {
        after.scope = scopes(wanted)?;
        clients::set_scope(conn, &after, &after.scope)?;
    }
    clients::set_tokens(conn, &after, after.jwt_seconds, after.id_token_alg)?;
    tell(conn, &after, cause, now)?;
    Ok(after)
}

/// Issues a secret beside the one that may be there: its id, and its plain text, this once.
///
/// # Errors
/// [`Error::Conflict`] (`client_secrets`) when two live already.
pub fn add_secret(
    conn: &mut Conn,
    client: &Client,
    cause: &Cause,
    now: Micros,
) -> Result<(String, String), Error> {
    let issued = client_secrets::issue(conn, client, now)?;
    told(conn, client, "client_secret_issued", cause, now)?;
    Ok(issued)
}

/// Ends a secret; whether there was one.
pub fn end_secret(
    conn: &mut Conn,
    client: &Client,
    secret_id: &str,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let ended = client_secrets::end(conn, client, secret_id)?;
    if ended {
        told(conn, client, "client_secret_ended", cause, now)?;
    }
    Ok(ended)
}

/// Tells the trail what became of a client. The trail is a workspace's; a client that all share belongs to none.
pub fn told(conn: &mut Conn, client: &Client, kind: &str, cause: &Cause, now: Micros) -> Result<(), Error> {
    if !client.is_deployment_wide() {
        let data = json!({ "client": client.client_id, "kind": client.kind });
        events::record_json(conn, &client.workspace_id, kind, cause, "workspace", &data, now)?;
    }
    Ok(())
}

/// The trail is a workspace's; a client that all share belongs to none.
fn tell(conn: &mut Conn, client: &Client, cause: &Cause, now: Micros) -> Result<(), Error> {
    if !client.is_deployment_wide() {
        let data = json!({
            "client": client.client_id, "kind": client.kind, "jwt_access_tokens": client.jwt_seconds,
            "id_token_alg": client.id_token_alg, "backchannel_logout_uri": client.backchannel_logout_uri,
            "scope": client.scope,
        });
        events::record_json(conn, &client.workspace_id, "client_changed", cause, "workspace", &data, now)?;
    }
    Ok(())
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
            assert_eq!(jwt_access_tokens(kind, seconds).is_ok(), fits, "{kind} {seconds:?}");
        }
        for wrong in ["", "none", "HS256", "rs256", "PS256"] {
            assert!(id_token_alg(wrong).is_err(), "{wrong}");
        }
    }
}
