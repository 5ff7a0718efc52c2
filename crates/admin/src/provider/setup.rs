//! Set-up links and the browsers that use them.

use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Error, Tx,
    access::secrets::Presented,
    providers::setup_links,
    trail::events::{
        Target,
        kinds::{SetupLinkMade, SetupLinkUsed, SetupSessionEnded},
    },
};

use crate::actor::Actor;

/// Makes a set-up link; returns its plain text.
pub fn create_link(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<String, Error> {
    let plain = setup_links::issue(conn, workspace_id, actor.now)?;
    actor.record(conn, workspace_id, Target::Workspace, &SetupLinkMade {})?;
    Ok(plain)
}

/// Records that a set-up link was used.
pub fn record_link_used(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<(), Error> {
    actor.record(conn, workspace_id, Target::Workspace, &SetupLinkUsed {})
}

/// Ends the set-up session of a browser, if it is live.
pub fn end_browser(conn: &mut Tx<'_>, actor: &Actor, browser: &Presented) -> Result<(), Error> {
    if setup_links::end_browser(conn, browser, actor.now)? {
        actor.record(conn, &browser.workspace_id, Target::Workspace, &SetupSessionEnded {})?;
    }
    Ok(())
}
