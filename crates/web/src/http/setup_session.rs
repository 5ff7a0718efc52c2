//! A browser that used a set-up link and may go on for a while: its cookie, the workspace it sets up, the token its forms
//! carry. It is nobody: it signs no one in and opens no page but the set-up steps and the test of them.

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

/// What a browser sets up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Which workspace.
    pub workspace: Workspace,
    /// What this browser's forms must carry.
    pub csrf: String,
    /// What its cookie names.
    pub browser: Presented,
    /// The digest of the link it used.
    pub link_digest: String,
}

impl Setup {
    /// Whether a form came from a page of this set-up.
    pub fn sent(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

/// What the request's browser may set up, if anything.
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

/// The cookie of a browser that goes on.
pub fn cookie(state: &State, plain: String) -> Cookie<'static> {
    host_cookie(state, "setup", plain, Duration::seconds(setup_links::BROWSER_LIFETIME / SECOND))
}

/// Takes it away.
pub fn removal(state: &State) -> Cookie<'static> {
    host_cookie(state, "setup", String::new(), Duration::ZERO)
}
