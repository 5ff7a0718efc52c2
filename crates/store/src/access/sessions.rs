//! Signed-in browsers. A session lives while it is unexpired, not left idle for too long, its user active and its epoch the
//! user's (design rule 1). Signing in again in the same browser ends the session it had.

use diesel::prelude::*;
use vestibule_core::{
    ids,
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

/// How often it is written down that a session is in use.
const SEEN_EVERY: Micros = 60 * SECOND;

/// A signed-in browser. The ID token ([`id_token`]), and the login that started it ([`led_to`]), stay in its row: no check needs
/// them.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Whose.
    pub workspace_id: String,
    /// Digest of the cookie.
    pub token_digest: String,
    /// A name for it that opens nothing.
    pub session_id: String,
    /// Who signed in.
    pub user_id: String,
    /// The user's epoch when it started.
    pub epoch: i64,
    /// When the person last authenticated, as the provider told it; `None`: it did not.
    pub auth_time: Option<Micros>,
    /// The last request, or up to a minute before.
    pub seen_at: Micros,
    /// How long it lasts without a request, in microseconds; `None`: as long as with them.
    pub idle: Option<i64>,
    /// Where the person signed in.
    pub issuer: String,
    /// The provider's own id of the session that signed this one in; empty where it said none.
    pub provider_sid: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// When it started.
    pub created_at: Micros,
    /// When it ends by itself.
    pub expires_at: Micros,
}

impl Session {
    /// Whether it is time to write down that it is in use: a minute, and often enough not to end a session that may be
    /// idle for less than a few minutes while it is used.
    pub fn is_seen_late(&self, now: Micros) -> bool {
        let every = self.idle.map_or(SEEN_EVERY, |idle| SEEN_EVERY.min(idle / 4));
        self.seen_at + every <= now
    }
}

/// A session about to start.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// When the person authenticated, as the provider told it; `None`: it did not. Never a moment of our own clock.
    pub auth_time: Option<Micros>,
    /// How long it lasts at most.
    pub lifetime: Micros,
    /// How long it lasts without a request; `None`: as long as with them.
    pub idle: Option<Micros>,
    /// When the provider wants it to end (IPSIE SL1, `session_expiry`); counts when earlier.
    pub until: Option<Micros>,
    /// Where the person signed in.
    pub issuer: String,
    /// The ID token, sealed; empty when there is none.
    pub id_token: String,
    /// The provider's own id of its session (`sid`); empty where it said none.
    pub provider_sid: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// Digest of the `state` of the login that starts it; empty where none does.
    pub state_digest: String,
    /// Where that login leads.
    pub return_to: String,
    /// The session that this browser had till now.
    pub instead_of: Option<Presented>,
}

/// A session that began.
pub struct Started {
    /// It.
    pub session: Session,
    /// What the browser keeps: a fresh secret at each sign-in, so that nobody can have fixed it before.
    pub cookie: String,
    /// The id of the live session of this workspace that the browser had, and that has ended by this.
    pub replaced: Option<String>,
}

/// What lives at `$now` as far as the clock goes: neither over nor left idle.
macro_rules! unexpired {
    ($now:expr) => {
        sessions::expires_at
            .gt($now)
            .and(sessions::idle.is_null().or((sessions::seen_at + sessions::idle.assume_not_null()).gt($now)))
    };
}

/// Starts a session under the user's epoch as read in this transaction: what a revocation races with is born dead.
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
        session_id: ids::new(now),
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
    };
    diesel::insert_into(sessions::table)
        .values((
            &session,
            sessions::id_token.eq(&new.id_token),
            sessions::state_digest.eq(&new.state_digest),
            sessions::return_to.eq(&new.return_to),
        ))
        .execute(&mut **conn)?;
    // What apps were given goes on with the person, who has just signed in again.
    if let Some(former) = replaced.as_ref().filter(|_| same_person) {
        grants::hand_over(conn, &user.workspace_id, former, &session.session_id)?;
    }
    Ok(Started { session, cookie: issued.plain, replaced })
}

/// The session a cookie opens, with its user, if it lives.
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

/// Writes down that a session was in use.
pub fn seen(conn: &mut Conn, session: &Session, now: Micros) -> Result<()> {
    let key = (&session.workspace_id, &session.token_digest);
    diesel::update(sessions::table.find(key).filter(sessions::seen_at.lt(now)))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// The sealed ID token that a session began with; empty when there is none.
pub fn id_token(conn: &mut Conn, session: &Session) -> Result<String> {
    let key = (&session.workspace_id, &session.token_digest);
    Ok(sessions::table.find(key).select(sessions::id_token).first(conn).optional()?.unwrap_or_default())
}

/// Where the login of this `state` led, if it is the one that started the session.
pub fn led_to(conn: &mut Conn, session: &Session, state: &Presented) -> Result<Option<String>> {
    Ok(sessions::table
        .find((&session.workspace_id, &session.token_digest))
        .filter(sessions::state_digest.eq(&state.digest))
        .filter(sessions::state_digest.ne(""))
        .select(sessions::return_to)
        .first(conn)
        .optional()?)
}

/// Ends one session, as signing out does, and the grants that end with it.
pub fn end(conn: &mut Tx<'_>, cookie: &Presented, now: Micros) -> Result<bool> {
    end_row(conn, &cookie.workspace_id, &cookie.digest, now)
}

/// The session first, which an exchange under it holds ([`hold`]), then the grants: what was given meanwhile ends, too, and
/// the apps it was given to are told.
fn end_row(conn: &mut Tx<'_>, workspace_id: &str, token_digest: &str, now: Micros) -> Result<bool> {
    let row = sessions::table.find((workspace_id, token_digest));
    let session: Option<(String, String)> =
        row.select((sessions::session_id, sessions::user_id)).first(&mut **conn).optional()?;
    let ended = diesel::delete(row).execute(&mut **conn)? == 1;
    if let Some((session_id, user_id)) = session {
        grants::end_of_session(conn, workspace_id, &session_id, now)?;
        if ended {
            deliveries::tell_session_ended(conn, workspace_id, &session_id, &user_id, now)?;
        }
    }
    Ok(ended)
}

/// Whether the session of this id lives, as far as the clock goes. It can't be ended until the transaction is: what is
/// given under it is there by then, to be ended with it.
pub fn hold(conn: &mut Conn, workspace_id: &str, session_id: &str, now: Micros) -> Result<bool> {
    let live = sessions::table
        .filter(sessions::workspace_id.eq(workspace_id))
        .filter(sessions::session_id.eq(session_id))
        .filter(unexpired!(now))
        .select(sessions::session_id);
    let found: Option<String> = match conn {
        Conn::Postgres(inner) => live.for_key_share().first(inner).optional()?,
        // One writer, and nothing to lock.
        Conn::Sqlite(inner) => live.first(inner).optional()?,
    };
    Ok(found.is_some())
}

/// Which of a person's sessions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// Each.
    All,
    /// Each but the one of this id.
    AllBut(&'a str),
    /// The one of this id.
    One(&'a str),
    /// Those that this session of the provider signed in, and those of which it isn't known.
    OfProvider(&'a str),
}

/// Ends sessions of a user; returns the ids of those that had been live.
pub fn end_of_user(conn: &mut Tx<'_>, user: &User, which: Which<'_>, now: Micros) -> Result<Vec<String>> {
    let meant = |session: &Session| match which {
        Which::All => true,
        Which::AllBut(id) => session.session_id != id,
        Which::One(id) => session.session_id == id,
        Which::OfProvider(sid) => session.provider_sid == sid || session.provider_sid.is_empty(),
    };
    let mut ended = Vec::new();
    for session in list_live(conn, user, now)?.into_iter().filter(meant) {
        if end_row(conn, &session.workspace_id, &session.token_digest, now)? {
            ended.push(session.session_id);
        }
    }
    Ok(ended)
}

/// The people whom one session of a provider signed in: one, where the provider is right.
pub fn people_of_provider(
    conn: &mut Conn,
    workspace_id: &str,
    issuer: &str,
    provider_sid: &str,
) -> Result<Vec<String>> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(workspace_id))
        .filter(sessions::provider_sid.eq(provider_sid))
        // So that both databases see that the index is meant.
        .filter(sessions::provider_sid.ne(""))
        .filter(sessions::issuer.eq(issuer))
        .select(sessions::user_id)
        .distinct()
        .order(sessions::user_id)
        .limit(10)
        .load(conn)?)
}

/// A user's live sessions, the latest in use first.
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

/// How many sessions of a user live.
pub fn count_live(conn: &mut Conn, user: &User, now: Micros) -> Result<i64> {
    Ok(sessions::table
        .filter(sessions::workspace_id.eq(&user.workspace_id))
        .filter(sessions::user_id.eq(&user.user_id))
        .filter(sessions::epoch.eq(user.epoch))
        .filter(unexpired!(now))
        .count()
        .get_result(conn)?)
}

/// Deletes what has run out, and what apps were given under it; returns how many.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let over: Vec<(String, String)> = sessions::table
        .filter(diesel::dsl::not(unexpired!(now)))
        .select((sessions::workspace_id, sessions::session_id))
        .load(conn)?;
    for (workspace_id, session_id) in over {
        grants::end_of_session(conn, &workspace_id, &session_id, now)?;
    }
    Ok(diesel::delete(sessions::table.filter(diesel::dsl::not(unexpired!(now)))).execute(conn)?)
}
