//! The session of a browser: its cookie, its user, and the token of its forms.
//! Nothing is cached: each check reads the database (design rule 1).

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::header,
};
use subtle::ConstantTimeEq;
use vestibule_core::{
    ids::{EntitlementId, RoleId, WorkspaceId},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    access::{
        secrets::{self, Kind},
        sessions::{self, NewSession, Session},
    },
    people::users::User,
    rights::roles,
    workspaces::{self, Workspace},
};

use crate::{State, config::Config};

/// A browser's session with its user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The user.
    pub user: User,
    /// Workspace of the user.
    pub workspace: Workspace,
    /// Ids of the user's roles.
    pub roles: Vec<RoleId>,
    /// Ids of the user's entitlements.
    pub entitlements: Vec<EntitlementId>,
    /// Token that each form of this browser must carry.
    pub csrf: String,
}

impl SignedIn {
    /// The actor for events: `user:{id}`.
    pub fn actor(&self) -> String {
        self.user.target().to_string()
    }

    /// Whether the user may change the workspace.
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|role| roles::ADMINISTRATORS.contains(&role.as_str()))
    }

    /// Whether the user may see the administrator's pages.
    pub fn is_reader(&self) -> bool {
        self.roles.iter().any(|role| roles::READERS.contains(&role.as_str()))
    }

    /// Whether the user may assign and remove the role `owner`.
    pub fn is_owner(&self) -> bool {
        self.roles.iter().any(|role| role == roles::OWNER)
    }

    /// Whether a form carries the token of this session.
    pub fn sent(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }
}

/// The session of the request's browser, if it has one.
pub async fn find(state: &State, req: &HttpRequest) -> Result<Option<SignedIn>, Error> {
    let Some(cookie) = SessionCookie::of(state, req) else { return Ok(None) };
    let now = state.now();
    let found = state.indexed_read(move |conn| cookie.signed_in(conn, now)).await?;
    if let Some(signed_in) = &found {
        note_request(state, &signed_in.session, now).await;
    }
    Ok(found)
}

/// As [`find`], and reads more about the user in the same database job, on a blocking thread.
pub async fn find_with<T: Send + 'static>(
    state: &State,
    req: &HttpRequest,
    more: impl FnOnce(&mut Conn, &User) -> Result<T, Error> + Send + 'static,
) -> Result<Option<(SignedIn, T)>, Error> {
    let Some(cookie) = SessionCookie::of(state, req) else { return Ok(None) };
    let now = state.now();
    let found = state
        .read(move |conn| {
            let Some(signed_in) = cookie.signed_in(conn, now)? else { return Ok(None) };
            let more = more(conn, &signed_in.user)?;
            Ok::<_, Error>(Some((signed_in, more)))
        })
        .await?;
    if let Some((signed_in, _)) = &found {
        note_request(state, &signed_in.session, now).await;
    }
    Ok(found)
}

/// The session cookie of a request, and what reading its session needs.
struct SessionCookie {
    presented: secrets::Presented,
    csrf: String,
    region: String,
}

impl SessionCookie {
    fn of(state: &State, req: &HttpRequest) -> Option<Self> {
        let cookie = req.cookie(&cookie_name(state, "session"))?;
        let presented = secrets::parse(cookie.value()).filter(|presented| presented.kind == Kind::Session)?;
        let region = state.config().region.name.clone();
        Some(Self { presented, csrf: csrf_of(cookie.value()), region })
    }

    fn signed_in(self, conn: &mut Conn, now: Micros) -> Result<Option<SignedIn>, Error> {
        let Some((session, user)) = sessions::find_live(conn, &self.presented, now)? else { return Ok(None) };
        let found = workspaces::find(conn, &user.workspace_id, &self.region)?;
        let Some(workspace) = found.filter(|workspace| workspace.suspended_at.is_none()) else {
            return Ok(None);
        };
        let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
        let (roles, entitlements) = (effective.role_ids(), effective.entitlement_ids());
        Ok(Some(SignedIn { session, user, workspace, roles, entitlements, csrf: self.csrf }))
    }
}

/// Stores the time of a session's latest request, where the stored one is too old.
async fn note_request(state: &State, session: &Session, now: Micros) {
    if session.is_seen_late(now) {
        let session = session.clone();
        // A failure of this write does not refuse the request; at worst the session becomes idle earlier.
        state.write_beside("session.seen", move |conn| sessions::seen(conn, &session, now)).await;
    }
}

/// The session that the request's cookie names, for ending it.
pub fn presented(state: &State, req: &HttpRequest) -> Option<secrets::Presented> {
    let presented = secrets::parse(req.cookie(&cookie_name(state, "session"))?.value())?;
    (presented.kind == Kind::Session).then_some(presented)
}

/// A session to start in this browser, with the limits of its workspace. It replaces the browser's present session.
pub fn begin(state: &State, req: &HttpRequest, workspace: &Workspace) -> NewSession {
    let agent = req.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    NewSession {
        lifetime: lifetime(state.config(), workspace),
        idle: idle(state.config(), workspace),
        user_agent: agent.unwrap_or_default().chars().take(256).collect(),
        instead_of: presented(state, req),
        ..NewSession::default()
    }
}

/// The maximal lifetime of a session of this workspace.
pub fn lifetime(config: &Config, workspace: &Workspace) -> Micros {
    workspace.session_seconds.unwrap_or(config.sign_in.session_hours * 3600) * SECOND
}

/// How long a session of this workspace lasts without a request; `None`: no limit.
pub fn idle(config: &Config, workspace: &Workspace) -> Option<Micros> {
    let seconds = workspace.idle_seconds.unwrap_or(config.sign_in.idle_minutes * 60);
    (seconds > 0).then_some(seconds * SECOND)
}

/// Sealing context of the ID tokens of a workspace's sessions.
pub fn id_token_context(workspace_id: &WorkspaceId) -> String {
    crate::crypto::seal::columns::id_token_context(workspace_id.as_str())
}

/// The session's cookie. The browser drops it when the session ends.
pub fn cookie(state: &State, plain: String, ends_at: Micros, now: Micros) -> Cookie<'static> {
    host_cookie(state, "session", plain, Duration::seconds(((ends_at - now) / SECOND).max(0)))
}

/// Removes the session's cookie from the browser.
pub fn removal(state: &State) -> Cookie<'static> {
    host_cookie(state, "session", String::new(), Duration::ZERO)
}

/// A cookie for this host only, sent when a person arrives from Okta (`Lax`), and not readable by scripts.
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

/// The token of forms. It is derived from the cookie, so only the browser with the cookie has it, and it does not reveal the cookie.
fn csrf_of(cookie: &str) -> String {
    form_token("vestibule form", cookie)
}

/// The form token of a cookie for one purpose.
pub(crate) fn form_token(purpose: &str, cookie: &str) -> String {
    secrets::digest(&format!("{purpose}\n{cookie}"))
}
