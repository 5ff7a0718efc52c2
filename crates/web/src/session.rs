//! The signed-in browser: its cookie, who it is, and the token its forms carry.
//! Nothing here outlives the request: each check asks the database (design rule 1).

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestibule_store::{
    Error, roles,
    secret::{self, Kind},
    sessions::{self, Session},
    users::User,
    workspaces,
};

use crate::State;

/// Who a browser is signed in as.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub user: User,
    /// The ids of the roles they hold.
    pub roles: Vec<String>,
    /// The ids of the entitlements they have.
    pub entitlements: Vec<String>,
    /// What this browser's forms must carry.
    pub csrf: String,
}

impl SignedIn {
    /// `user:{id}`, as events name who acts.
    pub fn actor(&self) -> String {
        self.user.target()
    }

    /// Whether they may change the workspace.
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|role| roles::ADMINISTRATORS.contains(&role.as_str()))
    }

    /// Whether a form came from a page of this session.
    pub fn sent(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

/// Who the request's browser is signed in as, if anybody.
///
/// # Errors
/// The database's.
pub async fn find(state: &State, req: &HttpRequest) -> Result<Option<SignedIn>, Error> {
    let Some(cookie) = req.cookie(&cookie_name(state, "session")) else { return Ok(None) };
    let Some(presented) = secret::parse(cookie.value()).filter(|presented| presented.kind == Kind::Session)
    else {
        return Ok(None);
    };
    let (now, csrf) = (state.now(), csrf_of(cookie.value()));
    let region = state.config().region.name.clone();
    state
        .read(move |conn| {
            let Some((session, user)) = sessions::find_live(conn, &presented, now)? else { return Ok(None) };
            if workspaces::find(conn, &user.workspace_id, &region)?.is_none() {
                return Ok(None);
            }
            let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
            let (roles, entitlements) = (effective.role_ids(), effective.entitlement_ids());
            Ok(Some(SignedIn { session, user, roles, entitlements, csrf }))
        })
        .await
}

/// What the request's session cookie names, for signing out.
pub fn presented(state: &State, req: &HttpRequest) -> Option<secret::Presented> {
    secret::parse(req.cookie(&cookie_name(state, "session"))?.value())
}

/// The session's cookie.
pub fn cookie(state: &State, plain: String) -> Cookie<'static> {
    let hours = state.config().sign_in.session_hours;
    host_cookie(state, "session", plain, Duration::hours(hours))
}

/// Takes the session's cookie away.
pub fn removal(state: &State) -> Cookie<'static> {
    host_cookie(state, "session", String::new(), Duration::ZERO)
}

/// A cookie for this host only, sent along when a person arrives from Okta (`Lax`), never to scripts.
pub fn host_cookie(state: &State, name: &str, value: String, lifetime: Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(state, name), value)
        .path("/")
        .http_only(true)
        .secure(is_https(state))
        .same_site(SameSite::Lax)
        .max_age(lifetime)
        .finish()
}

/// `__Host-` binds a cookie to the host and to https (RFC 6265bis §4.1.3.2); plain http exists on loopback only.
pub fn cookie_name(state: &State, name: &str) -> String {
    if is_https(state) { format!("__Host-vestibule_{name}") } else { format!("vestibule_{name}") }
}

fn is_https(state: &State) -> bool {
    state.config().region.api_url.starts_with("https://")
}

/// A form's token: from the cookie, so that nobody without it can make one, and not the cookie itself.
fn csrf_of(cookie: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("vestibule form\n{cookie}")))
}
