//! Which settings of a client an administrator of its workspace may change: its switches, and only an owner widens them. The operator may
//! change everything.

use vestibule_core::sets::DpopMode;
use vestibule_store::{Tx, oauth::clients::Client};

use super::ClientChange;
use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

const DEPLOYMENT: &str = "this client is for every workspace, so only the operator changes it";
const OPERATOR: &str = "only the operator changes this setting of a client";
const OWNERS_ONLY: &str = "only an owner of this workspace may let a client act for people, or let it prove less; ask one of them, or the operator";

/// Refuses what the actor may not change.
pub(super) fn check(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: &Client,
    change: &ClientChange<'_>,
) -> Result<(), Refusal> {
    if actor.is_operator() {
        return Ok(());
    }
    if before.is_deployment_wide() {
        return conflict(DEPLOYMENT);
    }
    // Named one by one, so that a new setting is the operator's until it is named here.
    let switches = ClientChange {
        cross_app: change.cross_app,
        requires_pkce: change.requires_pkce,
        token_exchange: change.token_exchange,
        dpop: change.dpop,
        ..ClientChange::default()
    };
    if switches != *change {
        return conflict(OPERATOR);
    }
    if widens(before, change) && actor.lacks_owner(conn, &before.workspace_id)? {
        return conflict(OWNERS_ONLY);
    }
    Ok(())
}

/// Whether the client may do more, or must prove less, than before.
fn widens(before: &Client, change: &ClientChange<'_>) -> bool {
    let strength = |mode: DpopMode| match mode {
        DpopMode::Off => 0,
        DpopMode::Optional => 1,
        DpopMode::Required => 2,
    };
    (change.cross_app == Some(true) && !before.cross_app)
        || (change.token_exchange == Some(true) && !before.token_exchange)
        || (change.requires_pkce == Some(false) && before.requires_pkce)
        || change.dpop.is_some_and(|mode| strength(mode) < strength(before.dpop))
}
