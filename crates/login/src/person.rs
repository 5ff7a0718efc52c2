//! Who is this? Gathers what is known (`evidence`), decides (`decide`), carries it out, in one transaction (design rule 9):
//! the identity (issuer, sub); a user by `externalId` = sub; a user by login name, or without one by e-mail claim, under a
//! domain the workspace has verified; created, if just-in-time provisioning is on; refused. A refusal records only itself.

mod create;
pub mod decide;
mod evidence;

use decide::{Found, Missing, decide};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn, Result,
    access::{
        logins::Login,
        sessions::{self, NewSession},
    },
    people::{former_users, users::User},
    providers::{
        conflicts::{self, Conflict},
        connections::Connection,
        identities,
    },
    trail::events::{
        self, Cause, Target,
        kinds::{IdentityLinked, SignInRefused, SignedIn},
    },
};

use crate::provider::Claims;

/// What a sign-in came to.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in.
    SignedIn {
        /// The cookie's value.
        cookie: String,
        /// When the session ends.
        ends_at: Micros,
        /// As whom.
        user_id: String,
        /// By what they were recognised.
        by: &'static str,
    },
    /// Must authenticate again: all access ended after the last time.
    Stale,
    /// Refused, with the event that says so.
    Refused(Reason, String),
}

/// Why somebody is refused who is who they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody here by this name, and just-in-time provisioning is off.
    NotProvisioned,
    /// The name's domain is not one the workspace has verified.
    DomainNotVerified,
    /// The user here belongs to another person at the provider.
    Conflict,
    /// An administrator undid this link.
    Unlinked,
    /// The workspace changed its issuer, and the user has a role in its console.
    IssuerChanged,
    /// Deactivated.
    Deactivated,
    /// The provider did not authenticate anew although told to.
    NotFresh,
}

impl Reason {
    /// As logs, metrics and events name it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotProvisioned => "not_provisioned",
            Reason::DomainNotVerified => "domain_not_verified",
            Reason::Conflict => "conflict",
            Reason::Unlinked => "unlinked",
            Reason::IssuerChanged => "issuer_changed",
            Reason::Deactivated => "deactivated",
            Reason::NotFresh => "not_fresh",
        }
    }
}

impl From<Missing> for Reason {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Provisioning => Reason::NotProvisioned,
            Missing::VerifiedDomain => Reason::DomainNotVerified,
        }
    }
}

impl Reason {
    fn of_conflict(why: &str) -> Self {
        match why {
            conflicts::UNLINKED => Reason::Unlinked,
            conflicts::ISSUER_CHANGED => Reason::IssuerChanged,
            _ => Reason::Conflict,
        }
    }
}

/// What a sign-in would come to, changing nothing.
pub(crate) enum Look {
    /// They would be signed in as this user, recognised by this.
    SignsIn(User, &'static str),
    /// A user of this name would be created.
    Created(String),
    /// They would be refused.
    Refused(Reason, Option<User>),
}

/// Looks who this is, changing nothing.
pub(crate) fn look(conn: &mut Conn, connection: &Connection, claims: &Claims) -> Result<Look> {
    Ok(match find(conn, connection, claims)? {
        Found::Known(user) | Found::ToLink(user, _) if !user.active => {
            Look::Refused(Reason::Deactivated, Some(user))
        }
        Found::Known(user) => Look::SignsIn(user, "identity"),
        Found::ToLink(user, how) => Look::SignsIn(user, how),
        Found::ToCreate(user_name) => Look::Created(user_name),
        Found::Conflict(why, user) => Look::Refused(Reason::of_conflict(why), user),
        Found::Nobody(missing) => Look::Refused(missing.into(), None),
    })
}

fn find(conn: &mut Conn, connection: &Connection, claims: &Claims) -> Result<Found> {
    Ok(decide(evidence::gather(conn, connection, claims)?))
}

/// Decides and carries out: links or creates, starts the session, records the events. A refusal records only itself.
pub fn arrive(
    conn: &mut Conn,
    connection: &Connection,
    login: &Login,
    claims: &Claims,
    new: &NewSession,
    request_id: &str,
    now: Micros,
) -> Result<Outcome> {
    let cause = Cause::new("okta:oidc", request_id);
    let found = find(conn, connection, claims)?;
    let recognised = match &found {
        Found::Known(user) | Found::ToLink(user, _) => Some(user),
        _ => None,
    };
    if let Some(user) = recognised.filter(|user| !user.active) {
        return refuse(conn, connection, claims, Reason::Deactivated, Some(user), &cause, now);
    }
    let enters = recognised.is_some() || matches!(found, Found::ToCreate(_));
    if enters && !is_fresh(revoked_at(conn, connection, claims, recognised)?, login, claims) {
        if !login.fresh {
            return Ok(Outcome::Stale);
        }
        return refuse(conn, connection, claims, Reason::NotFresh, recognised, &cause, now);
    }
    let (user, how) = match found {
        Found::Known(user) => (user, "identity"),
        Found::ToLink(user, how) => {
            link(conn, connection, claims, &user, how, &cause, now)?;
            (user, how)
        }
        Found::ToCreate(name) => (create::create(conn, connection, claims, &name, &cause, now)?, "created"),
        Found::Conflict(reason, user) => {
            return conflict(conn, connection, claims, reason, user.as_ref(), &cause, now);
        }
        Found::Nobody(missing) => {
            return refuse(conn, connection, claims, missing.into(), None, &cause, now);
        }
    };
    create::follow_groups(conn, connection, &user, claims, &cause, now)?;
    let started = sessions::start(conn, &user, new, now)?;
    let session = &started.session;
    let data = SignedIn { session: &session.session_id, by: how, replaces: started.replaced.as_deref() };
    events::record(conn, &user.workspace_id, &cause, user.target(), &data, now)?;
    let ends_at = session.expires_at;
    Ok(Outcome::SignedIn { ends_at, cookie: started.cookie, user_id: user.user_id, by: how })
}

fn link(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    user: &User,
    how: &str,
    cause: &Cause,
    now: Micros,
) -> Result<()> {
    let Connection { workspace_id, issuer, .. } = connection;
    identities::link(conn, workspace_id, issuer, &claims.subject, &user.user_id, now)?;
    // What was in the way of it is not any more.
    conflicts::settle(conn, workspace_id, issuer, &claims.subject)?;
    let data = IdentityLinked { issuer, subject: &claims.subject, by: how, instead_of: None, from: None };
    events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    Ok(())
}

fn refuse(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    reason: Reason,
    user: Option<&User>,
    cause: &Cause,
    now: Micros,
) -> Result<Outcome> {
    let target = user.map_or(Target::Connection, User::target);
    let Connection { workspace_id, issuer, .. } = connection;
    let data = SignInRefused { reason: reason.name(), detail: "", issuer, subject: Some(&claims.subject) };
    let event = events::record(conn, workspace_id, cause, target, &data, now)?;
    Ok(Outcome::Refused(reason, event))
}

/// Refuses, and leaves a line for the administrator to settle.
fn conflict(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    why: &'static str,
    user: Option<&User>,
    cause: &Cause,
    now: Micros,
) -> Result<Outcome> {
    let name = claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&claims.subject);
    let line = Conflict {
        workspace_id: connection.workspace_id.clone(),
        issuer: connection.issuer.clone(),
        subject: claims.subject.clone(),
        user_id: user.map(|user| user.user_id.clone()),
        user_name: name.clone(),
        reason: why.to_owned(),
        created_at: now,
    };
    conflicts::record(conn, &line)?;
    refuse(conn, connection, claims, Reason::of_conflict(why), user, cause, now)
}

/// When the person's access last ended: the user's, or that of somebody deleted whom the same names recognised. A deletion, and
/// a user created after it, must not let in by an older authentication.
fn revoked_at(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    user: Option<&User>,
) -> Result<Option<Micros>> {
    let names: Vec<&str> =
        [&claims.preferred_username, &claims.email].into_iter().filter_map(Option::as_deref).collect();
    let identity = (connection.issuer.as_str(), claims.subject.as_str());
    let former = former_users::revoked_at(conn, &connection.workspace_id, identity, &names)?;
    Ok(former.max(user.and_then(|user| user.revoked_at)))
}

/// Whether the person authenticated after all access last ended (design rule 3). `auth_time` has whole seconds: one in
/// the very second of the end counts only when this trip, begun after the end, told the provider to authenticate anew.
/// A time that the provider did not tell is never after it.
fn is_fresh(revoked_at: Option<Micros>, login: &Login, claims: &Claims) -> bool {
    let Some(revoked_at) = revoked_at else { return true };
    let Some(auth_time) = claims.auth_time else { return false };
    let told_anew =
        login.fresh && login.created_at > revoked_at && auth_time >= login.created_at / SECOND * SECOND;
    auth_time > revoked_at || told_anew
}
