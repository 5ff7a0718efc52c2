//! Set-up links that an operator sends to a customer's administrator: for one workspace, for set-up only, usable once, with expiry.
//! The browser that used a link has access for some time, so a wrong client secret does not end the set-up. Neither signs anybody
//! in.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{
    Conn, Result,
    access::secrets::{self, Kind, Presented},
    db::schema::setup_links,
};

/// Lifetime of a link: three days.
pub const LIFETIME: Micros = 3 * 24 * 3600 * vestibule_core::time::SECOND;

/// Lifetime of the access of a browser that used a link: two hours.
pub const BROWSER_LIFETIME: Micros = 2 * 3600 * vestibule_core::time::SECOND;

/// Creates a link; the plain text is returned once.
pub fn issue(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<String> {
    let issued = secrets::issue(Kind::Setup, workspace_id)?;
    diesel::insert_into(setup_links::table)
        .values((
            setup_links::workspace_id.eq(workspace_id),
            setup_links::link_digest.eq(&issued.digest),
            setup_links::created_at.eq(now),
            setup_links::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)?;
    Ok(issued.plain)
}

/// Whether the link exists, is unused and has not expired.
pub fn is_live(conn: &mut Conn, link: &Presented, now: Micros) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        setup_links::table
            .filter(setup_links::workspace_id.eq(&link.workspace_id))
            .filter(setup_links::link_digest.eq(&link.digest))
            .filter(setup_links::used_at.is_null())
            .filter(setup_links::expires_at.gt(now)),
    ))
    .get_result(conn)?)
}

/// Marks the link as used and returns the secret for the browser, once. `None`: the link was used already or has expired.
pub fn take(conn: &mut Conn, link: &Presented, now: Micros) -> Result<Option<String>> {
    let browser = secrets::issue(Kind::SetupBrowser, &link.workspace_id)?;
    let taken = diesel::update(
        setup_links::table
            .filter(setup_links::workspace_id.eq(&link.workspace_id))
            .filter(setup_links::link_digest.eq(&link.digest))
            .filter(setup_links::used_at.is_null())
            .filter(setup_links::expires_at.gt(now)),
    )
    .set((
        setup_links::used_at.eq(now),
        setup_links::browser_digest.eq(&browser.digest),
        setup_links::browser_until.eq(now + BROWSER_LIFETIME),
    ))
    .execute(conn)?;
    Ok((taken == 1).then_some(browser.plain))
}

/// Finds the digest of the link that this browser used, if its access has not expired.
pub fn find_browser(conn: &mut Conn, browser: &Presented, now: Micros) -> Result<Option<String>> {
    Ok(setup_links::table
        .filter(setup_links::workspace_id.eq(&browser.workspace_id))
        .filter(setup_links::browser_digest.eq(&browser.digest))
        .filter(setup_links::browser_until.gt(now))
        .select(setup_links::link_digest)
        .first(conn)
        .optional()?)
}

/// Ends the access of the browser. Returns false if it had none.
pub fn end_browser(conn: &mut Conn, browser: &Presented, now: Micros) -> Result<bool> {
    let row = setup_links::table
        .filter(setup_links::workspace_id.eq(&browser.workspace_id))
        .filter(setup_links::browser_digest.eq(&browser.digest))
        .filter(setup_links::browser_until.gt(now));
    Ok(diesel::update(row).set(setup_links::browser_until.eq(now)).execute(conn)? == 1)
}

/// Time of the last use of a link of the workspace, if after `since`.
pub fn last_used(conn: &mut Conn, workspace_id: &WorkspaceId, since: Micros) -> Result<Option<Micros>> {
    let used = setup_links::table
        .filter(setup_links::workspace_id.eq(workspace_id))
        .filter(setup_links::used_at.gt(since))
        .select(diesel::dsl::max(setup_links::used_at));
    Ok(used.first(conn)?)
}
