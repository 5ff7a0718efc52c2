//! Clients whose id and secret the operator declares, in a folder of settings. The secret is stored as a digest, as every secret of a
//! client is.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    sets::ClientAuth,
};
use vestibule_store::{
    Error, Tx,
    access::secrets,
    oauth::{
        client_secrets,
        clients::{self, Client},
    },
    trail::events::kinds::{ClientCreated, ClientSecretIssued},
};

use super::{NewClient, checked, data, record, scopes};
use crate::{
    actor::Actor,
    refusal::{Refusal, conflict, field},
};

/// Shortest and longest secret, in characters. A digest protects only a secret that nobody can guess, so it should be random.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 32..=256;

/// Registers a client with this id, or with a new one. `secret`: what it authenticates with, if it does so with a secret.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    (id, secret): (Option<&ClientId>, Option<&SecretString>),
    new: &NewClient<'_>,
    allow_insecure: bool,
) -> Result<Client, Refusal> {
    let scope = scopes(new.scopes)?;
    let registered = checked(new, &scope, allow_insecure)?;
    if let Some(id) = id.filter(|id| !clients::is_id_of(workspace_id, id)) {
        return field(
            "id",
            format!("is no id that Vestibule gives to clients of this workspace: {}", id.escape_debug()),
        );
    }
    let digest = match (new.auth_method, secret) {
        (ClientAuth::Secret, Some(secret)) => Some(digest(secret)?),
        (ClientAuth::Secret, None) => return field("client_secret", "is missing"),
        (_, Some(_)) => return field("client_secret", "is for auth_method client_secret"),
        (_, None) => None,
    };
    let client = clients::insert(conn, workspace_id, id, &registered, actor.now)?;
    if let Some(digest) = digest {
        client_secrets::add(conn, &client, &digest, actor.now)?;
    }
    record(conn, actor, &client, &ClientCreated(data(&client)))?;
    Ok(client)
}

/// Adds a secret; the one that exists stays valid until it is ended.
pub fn add_secret(
    conn: &mut Tx<'_>,
    actor: &Actor,
    client: &Client,
    secret: &SecretString,
) -> Result<(), Refusal> {
    if client.auth_method != ClientAuth::Secret {
        return field("client_secret", "is for auth_method client_secret");
    }
    match client_secrets::add(conn, client, &digest(secret)?, actor.now) {
        Err(Error::Conflict(rule)) if rule == "client_secrets" => {
            return conflict("there are two secrets already: end one first (vestibule client end-secret)");
        }
        other => other?,
    };
    Ok(record(conn, actor, client, &ClientSecretIssued(data(client)))?)
}

/// Checks a secret (RFC 6749 appendix A.2: visible ASCII); returns its digest.
fn digest(secret: &SecretString) -> Result<String, Refusal> {
    let plain = secret.expose_secret();
    if !SECRET_LENGTH.contains(&plain.len()) || !plain.bytes().all(|byte| byte.is_ascii_graphic()) {
        let (least, most) = (SECRET_LENGTH.start(), SECRET_LENGTH.end());
        return field(
            "client_secret",
            format!("must have {least} to {most} visible ASCII characters; make it at random"),
        );
    }
    Ok(secrets::digest(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_can_t_be_guessed() {
        let fits = |plain: &str| digest(&SecretString::from(plain.to_owned())).is_ok();
        assert!(fits(&"a".repeat(32)) && fits(&"a".repeat(256)));
        for wrong in [
            "",
            "short",
            &"a".repeat(31),
            &"a".repeat(257),
            &format!("{} b", "a".repeat(40)),
            &"ä".repeat(40),
        ] {
            assert!(!fits(wrong), "{wrong}");
        }
    }
}
