//! The session of a browser that used a set-up link: its cookie, its workspace, and the token of its forms. It has no user: it signs
//! nobody in, and opens only the set-up steps and their test.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, time::Duration},
};
use subtle::ConstantTimeEq;
use vestibule_core::time::SECOND;
use vestibule_store::{
    Error,
    access::secrets::{self, Kind, Presented},
    providers::setup_links,
    workspaces::{self, Workspace},
};

use crate::{
    State,
    http::session::{cookie_name, form_token, host_cookie},
};

/// A browser's set-up session.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The workspace to set up.
    pub workspace: Workspace,
    /// Token that each form of this browser must carry.
    pub csrf: String,
    /// The secret of its cookie.
    pub browser: Presented,
    /// Digest of the set-up link that was used.
    pub link_digest: String,
}

impl Setup {
    /// Whether a form carries the token of this session.
    pub fn sent(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

/// The set-up session of the request's browser, if it has one.
pub async fn find(state: &State, req: &HttpRequest) -> Result<Option<Setup>, Error> {
    let Some(cookie) = req.cookie(&cookie_name(state, "setup")) else { return Ok(None) };
    let Some(browser) = secrets::parse(cookie.value()).filter(|browser| browser.kind == Kind::SetupBrowser)
    else {
        return Ok(None);
    };
    let (now, csrf) = (state.now(), form_token("vestibule set-up form", cookie.value()));
    let region = state.config().region.name.clone();
    state
        .read(move |conn| {
            let Some(link_digest) = setup_links::find_browser(conn, &browser, now)? else { return Ok(None) };
            let workspace = workspaces::find(conn, &browser.workspace_id, &region)?;
            Ok(workspace.map(|workspace| Setup { workspace, csrf, browser, link_digest }))
        })
        .await
}

/// The cookie of the set-up session.
pub fn cookie(state: &State, plain: String) -> Cookie<'static> {
    host_cookie(state, "setup", plain, Duration::seconds(setup_links::BROWSER_LIFETIME / SECOND))
}

/// Removes the cookie from the browser.
pub fn removal(state: &State) -> Cookie<'static> {
    host_cookie(state, "setup", String::new(), Duration::ZERO)
}
