//! Sessions of signed-in browsers. A session is live if it has not expired, has not been idle for too long, its user is active and
//! its epoch equals the epoch of the user (design rule 1). A new sign-in in the same browser ends the previous session.

use diesel::prelude::*;
use vestibule_core::{
    ids::{SessionId, UserId, WorkspaceId},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result, Tx,
    access::secrets::{self, Kind, Presented},
    db::schema::{sessions, users},
    oauth::grants,
    outbox::deliveries,
    people::users::user::User,
};

/// Interval at which `seen_at` of a session in use is updated.
const SEEN_EVERY: Micros = 60 * SECOND;

/// A session of a signed-in browser. The ID token ([`id_token`]) and the login that started the session ([`led_to`]) are not loaded
/// with it, because no check needs them.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Workspace of the session.
    pub workspace_id: WorkspaceId,
    /// Digest of the cookie.
    pub token_digest: String,
    /// Public id of the session. Not a credential.
    pub session_id: SessionId,
    /// The signed-in user.
    pub user_id: UserId,
    /// Epoch of the user when the session started.
    pub epoch: i64,
    /// Last authentication of the person, as reported by the provider; `None`: not reported.
    pub auth_time: Option<Micros>,
    /// Time of the last request, accurate to one minute.
    pub seen_at: Micros,
    /// Idle timeout in microseconds; `None`: no idle timeout.
    pub idle: Option<i64>,
    /// Issuer that authenticated the person.
    pub issuer: String,
    /// Session id at the provider (`sid`, or SessionIndex); empty: the provider sent none.
    pub provider_sid: String,
    /// `User-Agent` of the browser.
    pub user_agent: String,
    /// Start of the session.
    pub created_at: Micros,
    /// Expiry.
    pub expires_at: Micros,
    /// Format of the NameID that the session began with; empty: it did not begin by SAML.
    pub name_id_format: String,
}

impl Session {
    /// Whether `seen_at` is due for an update. The interval is a minute, or a quarter of the idle timeout if that is shorter,
    /// because a session in use must not time out.
    pub fn is_seen_late(&self, now: Micros) -> bool {
        let every = self.idle.map_or(SEEN_EVERY, |idle| SEEN_EVERY.min(idle / 4));
        self.seen_at + every <= now
    }
}

/// Input of [`start`].
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// Last authentication of the person, as reported by the provider; `None`: not reported. Never a time of this server's clock.
    pub auth_time: Option<Micros>,
    /// Longest lifetime, in microseconds.
    pub lifetime: Micros,
    /// Idle timeout in microseconds; `None`: no idle timeout.
    pub idle: Option<Micros>,
    /// Expiry requested by the provider (IPSIE SL1, `session_expiry`); applies if it is earlier.
    pub until: Option<Micros>,
    /// Issuer that authenticated the person.
    pub issuer: String,
    /// The sealed ID token; empty: there is none.
    pub id_token: String,
    /// Session id at the provider (`sid`, or SessionIndex); empty: the provider sent none.
    pub provider_sid: String,
    /// Format of the NameID; empty: it does not begin by SAML.
    pub name_id_format: String,
    /// `User-Agent` of the browser.
    pub user_agent: String,
    /// Digest of the `state` of the login that starts the session; empty: no login starts it.
    pub state_digest: String,
    /// Destination after that login.
    pub return_to: String,
    /// Previous session cookie of the browser.
    pub instead_of: Option<Presented>,
}

/// A started session.
pub struct Started {
    /// The session.
    pub session: Session,
    /// Cookie for the browser: a new secret at each sign-in, which prevents session fixation.
    pub cookie: String,
    /// Id of the live session of this workspace that the browser had before and that the new one replaced.
    pub replaced: Option<SessionId>,
}

/// Filter of sessions that have neither expired nor reached their idle timeout at `$now`.
macro_rules! unexpired {
    ($now:expr) => {
        sessions::expires_at
            .gt($now)
            .and(sessions::idle.is_null().or((sessions::seen_at + sessions::idle.assume_not_null()).gt($now)))
    };
}

/// Starts a session under the user's epoch as read in this transaction, so a concurrent revocation also ends it.
pub fn start(conn: &mut Tx<'_>, user: &User, new: &NewSession, now: Micros) -> Result<Started> {
    let former = new.instead_of.as_ref().filter(|former| former.workspace_id == user.workspace_id);
    let mut replaced = None;
    let mut same_person = false;
    if let Some(former) = former {
        if let Some((session, whose)) = find_live(conn, former, now)? {
            same_person = whose.user_id == user.user_id;
            replaced = Some(session.session_id);
        }
        if same_person {
            diesel::delete(sessions::table.find((&former.workspace_id, &former.digest)))
                .execute(&mut **conn)?;
        } else {
            end(conn, former, now)?;
        }
    }
    let issued = secrets::issue(Kind::Session, &user.workspace_id)?;
    let expires_at = now + new.lifetime;
    let session = Session {
        workspace_id: user.workspace_id.clone(),
        token_digest: issued.digest,
        session_id: SessionId::new(now),
        user_id: user.user_id.clone(),
        epoch: user.epoch,
        auth_time: new.auth_time,
        seen_at: now,
        idle: new.idle,
        issuer: new.issuer.clone(),
        provider_sid: new.provider_sid.clone(),
        user_agent: new.user_agent.clone(),
        created_at: now,
        expires_at: new.until.map_or(expires_at, |until| until.min(expires_at)),
        name_id_format: new.name_id_format.clone(),
    };
    diesel::insert_into(sessions::table)
        .values((
            &session,
            sessions::id_token.eq(&new.id_token),
            sessions::state_digest.eq(&new.state_digest),
            sessions::return_to.eq(&new.return_to),
        ))
        .execute(&mut **conn)?;
    // The same person has signed in again, so the grants of the previous session stay valid.
    if let Some(former) = replaced.as_ref().filter(|_| same_person) {
        grants::hand_over(conn, &user.workspace_id, former, &session.session_id)?;
    }
    Ok(Started { session, cookie: issued.plain, replaced })
}

/// Finds the live session of a cookie, with its user.
pub fn find_live(conn: &mut Conn, cookie: &Presented, now: Micros) -> Result<Option<(Session, User)>> {
    Ok(sessions::table
        .inner_join(
            users::table
                .on(users::workspace_id.eq(sessions::workspace_id).and(users::user_id.eq(sessions::user_id))),
        )
        .filter(sessions::workspace_id.eq(&cookie.workspace_id))
        .filter(sessions::token_digest.eq(&cookie.digest))
        .filter(unexpired!(now))
        .filter(users::active.eq(true))
        .filter(users::epoch.eq(sessions::epoch))
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()?)
}

/// Records a request of a session.
pub fn seen(conn: &mut Conn, session: &Session, now: Micros) -> Result<()> {
    let key = (&session.workspace_id, &session.token_digest);
    diesel::update(sessions::table.find(key).filter(sessions::seen_at.lt(now)))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Returns the sealed ID token of a session; empty: there is none.
pub fn id_token(conn: &mut Conn, session: &Session) -> Result<String> {
    let key = (&session.workspace_id, &session.token_digest);
    Ok(sessions::table.find(key).select(sessions::id_token).first(conn).optional()?.unwrap_or_default())
}

/// Returns the destination of the login with this `state`, if that login started the session.
pub fn led_to(conn: &mut Conn, session: &Session, state: &Presented) -> Result<Option<String>> {
    Ok(sessions::table
        .find((&session.workspace_id, &session.token_digest))
        .filter(sessions::state_digest.eq(&state.digest))
        .filter(sessions::state_digest.ne(""))
        .select(sessions::return_to)
        .first(conn)
        .optional()?)
}

/// Ends one session, as at sign-out, and the grants that end with it.
pub fn end(conn: &mut Tx<'_>, cookie: &Presented, now: Micros) -> Result<bool> {
    end_row(conn, &cookie.workspace_id, &cookie.digest, now)
}

/// Deletes the session first, because an exchange under it locks that row ([`hold`]), and then ends the grants. So grants made in
/// the meantime end too, and their apps receive a logout token.
fn end_row(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, token_digest: &str, now: Micros) -> Result<bool> {
    let row = sessions::table.find((workspace_id, token_digest));
    let session: Option<(SessionId, UserId)> =
        row.select((sessions::session_id, sessions::user_id)).first(&mut **conn).optional()?;
    let ended = diesel::delete(row).execute(&mut **conn)? == 1;
    if let Some((session_id, user_id)) = session {
        grants::end_of_session(conn, workspace_id, &session_id, now)?;
        if ended {
            deliveries::queue_logouts_of_session(conn, workspace_id, &session_id, &user_id, now)?;
        }
    }
    Ok(ended)
}

/// Whether the session with this id has neither expired nor reached its idle timeout. Locks the row until the transaction ends, so
/// the session can't be ended meanwhile, and grants made in this transaction end with the session.
pub fn lock(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    session_id: &SessionId,
    now: Micros,
) -> Result<bool> {
    let live = sessions::table
        .filter(sessions::workspace_id.eq(workspace_id))
        .filter(sessions::session_id.eq(session_id))
        .filter(unexpired!(now))
        .select(sessions::session_id);
    let found: Option<SessionId> = match conn {
        Conn::Postgres(inner) => live.for_key_share().first(inner).optional()?,
        // SQLite has one writer, so no lock is needed.
        Conn::Sqlite(inner) => live.first(inner).optional()?,
    };
    Ok(found.is_some())
}

/// Filter of a user's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFilter<'a> {
    /// All sessions.
    All,
    /// All sessions except the one with this id.
    AllBut(&'a SessionId),
    /// The session with this id.
    One(&'a SessionId),
    /// The sessions that this issuer authenticated. If ids are given: those with one of these session ids at the provider, or with none.
    OfIssuer(&'a str, &'a [String]),
}

/// Ends sessions of a user. Returns the ids of those that were live.
pub fn end_of_user(
    conn: &mut Tx<'_>,
    user: &User,
    filter: SessionFilter<'_>,
    now: Micros,
) -> Result<Vec<SessionId>> {
    let meant = |session: &Session| match filter {
        SessionFilter::All => true,
        SessionFilter::AllBut(id) => session.session_id != *id,
        SessionFilter::One(id) => session.session_id == *id,
        SessionFilter::OfIssuer(issuer, sids) => {
            let is_named =
                sids.is_empty() || session.provider_sid.is_empty() || sids.contains(&session.provider_sid);
            session.issuer == issuer && is_named
        }
    };
    let mut ended = Vec::new();
    for session in list_live(conn, user, now)?.into_iter().filter(meant) {
        if end_row(conn, &session.workspace_id, &session.token_digest, now)? {
            ended.push(session.session_id);
        }
    }
    Ok(ended)
}

/// Ends one session of a user, if it is live. Returns it.
pub fn end_one(
    conn: &mut Tx<'_>,
    user: &User,
    session_id: &SessionId,
    now: Micros,
) -> Result<Option<Session>> {
    let live = list_live(conn, user, now)?.into_iter().find(|session| session.session_id == *session_id);
    let Some(session) = live else { return Ok(None) };
    let ended = end_row(conn, &session.workspace_id, &session.token_digest, now)?;
    Ok(Some(session).filter(|_| ended))
}

/// Lists the users with a session under this session id at the provider, at most ten: one, if the provider's ids are unique.
pub fn people_of_provider(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
    provider_sid: &str,
) -> Result<Vec<UserId>> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(workspace_id))
        .filter(sessions::provider_sid.eq(provider_sid))
        // This condition lets both databases use the partial index.
        .filter(sessions::provider_sid.ne(""))
        .filter(sessions::issuer.eq(issuer))
        .select(sessions::user_id)
        .distinct()
        .order(sessions::user_id)
        .limit(10)
        .load(conn)?)
}

/// Lists a user's live sessions, most recently used first.
pub fn list_live(conn: &mut Conn, user: &User, now: Micros) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(&user.workspace_id))
        .filter(sessions::user_id.eq(&user.user_id))
        .filter(sessions::epoch.eq(user.epoch))
        .filter(unexpired!(now))
        .order((sessions::seen_at.desc(), sessions::session_id.desc()))
        .select(Session::as_select())
        .load(conn)?)
}

/// Counts the live sessions of a user.
pub fn count_live(conn: &mut Conn, user: &User, now: Micros) -> Result<i64> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(&user.workspace_id))
        .filter(sessions::user_id.eq(&user.user_id))
        .filter(sessions::epoch.eq(user.epoch))
        .filter(unexpired!(now))
        .count()
        .get_result(conn)?)
}

/// Deletes expired sessions and ends their grants. Returns the number of sessions.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let over: Vec<(WorkspaceId, SessionId)> = sessions::table
        .filter(diesel::dsl::not(unexpired!(now)))
        .select((sessions::workspace_id, sessions::session_id))
        .load(conn)?;
    for (workspace_id, session_id) in over {
        grants::end_of_session(conn, &workspace_id, &session_id, now)?;
    }
    Ok(diesel::delete(sessions::table.filter(diesel::dsl::not(unexpired!(now)))).execute(conn)?)
}
