//! What a client was registered with and may change later: its name, its redirect URIs and its public keys. Its kind and how it
//! authenticates stay: grants and secrets depend on them.

use vestibule_core::sets::{ClientAuth, ClientKind};
use vestibule_store::{
    Tx,
    db::json::JsonList,
    oauth::clients::{self, Client, Jwks},
};

use super::ClientChange;
use crate::{
    checks,
    refusal::{Refusal, conflict, field},
};

/// The largest number of redirect URIs of one client.
const MOST_URIS: usize = 50;

const ITS_OWN: &str =
    "this client registered or describes itself: its name, redirect URIs and keys are its own to change";

/// Changes the registration in the row and in `after`; returns whether the public keys are others than before. A code that was sent to a
/// removed redirect URI can't be redeemed any more.
pub(super) fn change(
    conn: &mut Tx<'_>,
    after: &mut Client,
    change: &ClientChange<'_>,
    allow_insecure: bool,
) -> Result<bool, Refusal> {
    let ClientChange { name, redirect_uris, post_logout_redirect_uris, jwks, .. } = *change;
    if name.is_none() && redirect_uris.is_none() && post_logout_redirect_uris.is_none() && jwks.is_none() {
        return Ok(false);
    }
    // A self-registration keeps its metadata (RFC 7591 §2); a document is read again (draft-ietf-oauth-client-id-metadata-document).
    if !after.metadata.is_empty() || after.fetched_at.is_some() {
        return conflict(ITS_OWN);
    }
    if let Some(name) = name {
        checks::title(name)?.trim().clone_into(&mut after.name);
    }
    if let Some(uris) = redirect_uris {
        check_redirect_uris(after.kind, uris, allow_insecure)?;
        after.redirect_uris = JsonList::from(uris);
    }
    if let Some(uris) = post_logout_redirect_uris {
        check_after_logout(uris, allow_insecure)?;
        after.post_logout_redirect_uris = JsonList::from(uris);
    }
    let before = after.jwks.as_str().to_owned();
    if let Some(keys) = jwks {
        check_keys(after.auth_method, keys)?;
        after.jwks = Jwks::from(keys.to_owned());
    }
    clients::set_registration(conn, after)?;
    Ok(before != after.jwks.as_str())
}

/// Checks redirect URIs (RFC 9700 §2.1; RFC 8252 §7 for MCP clients). Only a service has none.
pub(super) fn check_redirect_uris(
    kind: ClientKind,
    uris: &[String],
    allow_insecure: bool,
) -> Result<(), Refusal> {
    let number = if kind == ClientKind::Service { 0..=0 } else { 1..=MOST_URIS };
    if !number.contains(&uris.len()) {
        let words = format!("must be 1 to {MOST_URIS}; a client of kind service must have none");
        return field("redirect_uris", words);
    }
    checks::redirect_uris("redirect_uris", uris, kind == ClientKind::Mcp, allow_insecure)
}

/// Checks where browsers may go after signing out (OpenID Connect RP-Initiated Logout §3.1).
pub(super) fn check_after_logout(uris: &[String], allow_insecure: bool) -> Result<(), Refusal> {
    if uris.len() > MOST_URIS {
        return field("post_logout_redirect_uris", format!("must be at most {MOST_URIS}"));
    }
    checks::redirect_uris("post_logout_redirect_uris", uris, false, allow_insecure)
}

/// Only a client that authenticates with `private_key_jwt` has keys, and it can't be without (OpenID Connect Core §9).
fn check_keys(method: ClientAuth, keys: &str) -> Result<(), Refusal> {
    match (method == ClientAuth::PrivateKeyJwt, keys.is_empty()) {
        (true, true) => field("jwks", "can't be empty: this client authenticates with its keys"),
        (false, false) => field("jwks", "is for clients that authenticate by private_key_jwt"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_keys_if_it_authenticates_with_them() {
        for (method, keys, fits) in [
            (ClientAuth::PrivateKeyJwt, "{}", true),
            (ClientAuth::PrivateKeyJwt, "", false),
            (ClientAuth::Secret, "{}", false),
            (ClientAuth::Secret, "", true),
            (ClientAuth::None, "{}", false),
        ] {
            assert_eq!(check_keys(method, keys).is_ok(), fits, "{method:?} {keys:?}");
        }
    }

    #[test]
    fn only_a_service_has_no_redirect_uri() {
        let uris = |number: usize| vec!["https://app.example/cb".to_owned(); number];
        for (kind, number, fits) in [
            (ClientKind::App, 0, false),
            (ClientKind::App, 1, true),
            (ClientKind::App, MOST_URIS + 1, false),
            (ClientKind::Service, 0, true),
            (ClientKind::Service, 1, false),
        ] {
            assert_eq!(check_redirect_uris(kind, &uris(number), false).is_ok(), fits, "{kind} {number}");
        }
        assert!(check_after_logout(&uris(0), false).is_ok());
        assert!(check_after_logout(&uris(MOST_URIS + 1), false).is_err());
    }
}
