//! Decides which user a person is, in one transaction (design rule 9): reads the evidence (`evidence`), decides (`decide`), then links or
//! creates the user; [`sign_in`] also starts the session.
//!
//! The order: the identity (issuer, subject); a user whom SCIM provisioned with the `externalId` of the claims, or with the UID attribute
//! of SAML; a user by login name, or without one by email claim, under a verified domain of the workspace; a new user, if just-in-time
//! provisioning is on; otherwise a refusal, which changes nothing but records its event.

mod claims;
mod create;
pub mod decide;
mod evidence;
pub mod first;
pub mod join;
mod terms;

use decide::{Found, Missing, decide};
use vestibule_core::{
    ids::UserId,
    sets::{ConflictReason, UidField},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Result, Tx,
    access::sessions::{self, NewSession},
    people::{former_users, users::User},
    providers::{
        conflicts::{self, Conflict},
        identities,
    },
    trail::events::{
        self, Cause, Target,
        kinds::{IdentityLinked, SignInRefused, SignedIn},
    },
};

pub use claims::Claims;
pub use terms::{Protocol, Terms, Trip};

/// Result of a sign-in.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in.
    SignedIn(Started),
    /// The person must authenticate again, because all access ended after they last authenticated.
    Stale,
    /// Refused, with the id of the recorded event.
    Refused(Reason, String),
}

/// A started session.
#[derive(Debug)]
pub struct Started {
    /// Value of the session's cookie.
    pub cookie: String,
    /// When the session ends.
    pub ends_at: Micros,
    /// The user.
    pub user_id: UserId,
    /// How the person was matched to the user.
    pub by: &'static str,
}

/// Why a person with a valid ID token or SAML assertion is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No user matches, and just-in-time provisioning is off.
    NotProvisioned,
    /// The workspace has not verified the domain of the name.
    DomainNotVerified,
    /// The user is linked to another person at the provider, or the match is ambiguous.
    Conflict,
    /// An administrator removed the link of this identity.
    Unlinked,
    /// The workspace changed its issuer, and the user has a role in its console.
    IssuerChanged,
    /// The user is deactivated.
    Deactivated,
    /// The provider did not authenticate the person again although it was requested.
    NotFresh,
    /// Several users have the value of the UID attribute.
    SharedUid,
    /// The user is linked to a subject that differs in letter case alone.
    OtherSpelling,
}

impl Reason {
    /// Name in logs, metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotProvisioned => "not_provisioned",
            Reason::DomainNotVerified => "domain_not_verified",
            Reason::Conflict => "conflict",
            Reason::Unlinked => "unlinked",
            Reason::IssuerChanged => "issuer_changed",
            Reason::Deactivated => "deactivated",
            Reason::NotFresh => "not_fresh",
            Reason::SharedUid => "shared_uid",
            Reason::OtherSpelling => "other_spelling",
        }
    }

    /// A clause that explains the reason to an administrator; empty if the name is enough.
    pub fn detail(self) -> &'static str {
        match self {
            Reason::SharedUid => "several users have this value of the UID attribute",
            Reason::OtherSpelling => {
                "the subject (NameID) differs in letter case alone from the one that the user is linked to"
            }
            _ => "",
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
    fn of_conflict(why: ConflictReason) -> Self {
        match why {
            ConflictReason::Unlinked => Reason::Unlinked,
            ConflictReason::IssuerChanged => Reason::IssuerChanged,
            ConflictReason::Uid => Reason::SharedUid,
            ConflictReason::Spelling => Reason::OtherSpelling,
            ConflictReason::Named | ConflictReason::Shared | ConflictReason::Email => Reason::Conflict,
        }
    }
}

/// Result that a sign-in would have.
pub enum Preview {
    /// The person would be signed in as this user, matched in this way.
    SignsIn(User, &'static str),
    /// A user of this name would be created.
    Creates(String),
    /// The person would be refused.
    Refuses(Reason, Option<User>),
}

/// Decides which user would sign in, without changing anything.
pub fn preview(conn: &mut Conn, terms: &Terms, claims: &Claims) -> Result<Preview> {
    Ok(match find(conn, terms, claims)? {
        Found::Linked(user) | Found::ToLink(user, _) if !user.active => {
            Preview::Refuses(Reason::Deactivated, Some(user))
        }
        Found::Linked(user) => Preview::SignsIn(user, "identity"),
        Found::ToLink(user, how) => Preview::SignsIn(user, how),
        Found::ToCreate(user_name) => Preview::Creates(user_name),
        Found::Conflict(why, user) => Preview::Refuses(Reason::of_conflict(why), user),
        Found::Nobody(missing) => Preview::Refuses(missing.into(), None),
    })
}

fn find(conn: &mut Conn, terms: &Terms, claims: &Claims) -> Result<Found> {
    Ok(decide(evidence::gather(conn, terms, claims)?))
}

/// Result of recognising a person.
#[derive(Debug)]
pub enum Recognised {
    /// The user, and how the person was matched.
    User(User, &'static str),
    /// The person authenticated, or the assertion was issued, before all access ended.
    Stale(Option<User>),
    /// Refused, with the user if there is exactly one. A conflict is saved for an administrator.
    Refused(Reason, Option<User>),
}

/// Decides which user the person is, links or creates the user, and records those events. `is_fresh` gets the time when all access
/// last ended, and decides whether the provider's statement is newer (design rule 3).
pub fn recognise(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    is_fresh: impl FnOnce(Option<Micros>) -> bool,
    cause: &Cause,
    now: Micros,
) -> Result<Recognised> {
    let found = find(conn, terms, claims)?;
    let matched = match &found {
        Found::Linked(user) | Found::ToLink(user, _) => Some(user),
        _ => None,
    };
    if let Some(user) = matched.filter(|user| !user.active) {
        return Ok(Recognised::Refused(Reason::Deactivated, Some(user.clone())));
    }
    let may_sign_in = matched.is_some() || matches!(found, Found::ToCreate(_));
    if may_sign_in && !is_fresh(revoked_at(conn, terms, claims, matched)?) {
        return Ok(Recognised::Stale(matched.cloned()));
    }
    Ok(match found {
        Found::Linked(user) => Recognised::User(user, "identity"),
        Found::ToLink(user, how) => {
            link(conn, terms, claims, &user, how, cause, now)?;
            Recognised::User(user, how)
        }
        Found::ToCreate(name) => {
            Recognised::User(create::create(conn, terms, claims, &name, cause, now)?, "created")
        }
        Found::Conflict(reason, user) => {
            save_conflict(conn, terms, claims, reason, user.as_ref(), now)?;
            Recognised::Refused(Reason::of_conflict(reason), user)
        }
        Found::Nobody(missing) => Recognised::Refused(missing.into(), None),
    })
}

/// Signs a person in: links or creates the user, starts the session and records the events. A refusal only records its event.
pub fn sign_in(
    conn: &mut Tx<'_>,
    terms: &Terms,
    trip: Trip,
    claims: &Claims,
    new: &NewSession,
    request_id: &str,
    now: Micros,
) -> Result<Outcome> {
    let cause = Cause::new(terms.protocol.actor(), request_id);
    let is_fresh = |revoked_at| is_fresh(revoked_at, terms.protocol, trip, claims, now);
    let (user, how) = match recognise(conn, terms, claims, is_fresh, &cause, now)? {
        Recognised::User(user, how) => (user, how),
        Recognised::Stale(_) if !trip.fresh => return Ok(Outcome::Stale),
        Recognised::Stale(user) => {
            return refuse(conn, terms, claims, Reason::NotFresh, user.as_ref(), &cause, now);
        }
        Recognised::Refused(reason, user) => {
            return refuse(conn, terms, claims, reason, user.as_ref(), &cause, now);
        }
    };
    create::follow_groups(conn, terms, &user, claims, &cause, now)?;
    let started = sessions::start(conn, &user, new, now)?;
    let session = &started.session;
    let data = SignedIn { session: &session.session_id, by: how, replaces: started.replaced.as_deref() };
    events::record(conn, &user.workspace_id, &cause, user.target(), &data, now)?;
    let ends_at = session.expires_at;
    Ok(Outcome::SignedIn(Started { ends_at, cookie: started.cookie, user_id: user.user_id, by: how }))
}

fn link(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    user: &User,
    how: &str,
    cause: &Cause,
    now: Micros,
) -> Result<()> {
    let Terms { workspace_id, issuer, .. } = terms;
    identities::link(conn, workspace_id, terms.identity(claims), &user.user_id, now)?;
    // Removes an earlier conflict of this identity.
    conflicts::delete(conn, workspace_id, terms.identity(claims))?;
    let data = IdentityLinked { issuer, subject: &claims.subject, by: how, instead_of: None, from: None };
    events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    Ok(())
}

fn refuse(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    reason: Reason,
    user: Option<&User>,
    cause: &Cause,
    now: Micros,
) -> Result<Outcome> {
    let target = user.map_or(Target::Connection, User::target);
    let Terms { workspace_id, issuer, .. } = terms;
    let data = SignInRefused {
        reason: reason.name(),
        detail: reason.detail(),
        issuer,
        subject: Some(&claims.subject),
    };
    let event = events::record(conn, workspace_id, cause, target, &data, now)?;
    Ok(Outcome::Refused(reason, event))
}

/// Saves the conflict for an administrator to resolve.
fn save_conflict(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    why: ConflictReason,
    user: Option<&User>,
    now: Micros,
) -> Result<()> {
    let name = claims.preferred_username.as_ref().or(claims.email.as_ref()).unwrap_or(&claims.subject);
    let conflict = Conflict {
        workspace_id: terms.workspace_id.clone(),
        issuer: terms.issuer.clone(),
        subject: claims.subject.clone(),
        user_id: user.map(|user| user.user_id.clone()),
        user_name: name.clone(),
        reason: why,
        created_at: now,
    };
    conflicts::record(conn, &conflict)
}

/// When all access of the person last ended: of the user, or of a deleted user with the same identity or names. After a deletion, an
/// older authentication must not open a session, also for a user created later.
fn revoked_at(
    conn: &mut Conn,
    terms: &Terms,
    claims: &Claims,
    user: Option<&User>,
) -> Result<Option<Micros>> {
    let by_uid = claims.scim_key.as_ref().filter(|(field, _)| *field == UidField::UserName);
    let by_uid = by_uid.map(|(_, name)| name.as_str());
    let names: Vec<&str> = [claims.preferred_username.as_deref(), claims.email.as_deref(), by_uid]
        .into_iter()
        .flatten()
        .collect();
    let (identity, external_id) = (terms.identity(claims), claims.external_id());
    let former = former_users::revoked_at(conn, &terms.workspace_id, identity, external_id, &names)?;
    Ok(former.max(user.and_then(|user| user.revoked_at)))
}

/// How long after the end of all access a SAML sign-in must use ForceAuthn: 30 days. Sessions at the provider from before the end are
/// over by then.
const FORCED_FOR: Micros = 30 * 24 * 3600 * SECOND;

/// Whether the person authenticated after all access last ended (design rule 3).
///
/// `auth_time` has whole seconds: an authentication in the same second as the end counts only if this login started after the end
/// and required the provider to authenticate the person again. A missing `auth_time` never counts.
///
/// SAML providers report the time of the assertion as that of the authentication (saml-facts §1.1). So for 30 days, only a login that
/// began after the end and required the provider to authenticate again counts.
fn is_fresh(
    revoked_at: Option<Micros>,
    protocol: Protocol,
    trip: Trip,
    claims: &Claims,
    now: Micros,
) -> bool {
    let Some(revoked_at) = revoked_at else { return true };
    if protocol == Protocol::Saml && now > revoked_at + FORCED_FOR {
        return true;
    }
    let Some(auth_time) = claims.auth_time else { return false };
    let authenticated_again =
        trip.fresh && trip.began_at > revoked_at && auth_time >= trip.began_at / SECOND * SECOND;
    authenticated_again || (protocol == Protocol::Oidc && auth_time > revoked_at)
}
