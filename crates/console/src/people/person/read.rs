//! Data of the pages of a person, read in one transaction.

use vestibule_core::{
    ids::{SessionId, UserId, WorkspaceId},
    providers::Provider,
    sets::UserSource,
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    access::{
        sessions,
        tokens::{self, exchanged},
    },
    oauth::grants,
    people::users::{self, User},
    providers::identities,
    rights::{
        origins,
        roles::{self, Effective, Role},
    },
    trail::{events, receipts},
};

use crate::{
    account::{
        api_tokens::row::TokenRow,
        apps::AppRow,
        sessions::{SessionRow, session_rows},
    },
    audit::trail_lines::{self, Line},
    layout::{error::PageError, moment::Moment, short_list::ShortList, visitor::Visitor},
    people::person::{
        access::{self, AccessRow},
        nobody::nobody,
        receipt::ReceiptRow,
    },
};

/// How many receipts the page shows.
const RECEIPTS: i64 = 10;
/// How many lines of the trail the page shows.
const EVENTS: i64 = 20;

/// What the pages show of a person.
pub(super) struct Person {
    provider: &'static Provider,
    pub user: User,
    pub effective: Effective,
    /// What the person has, from where, since when and by whom.
    pub access: ShortList<AccessRow>,
    /// Issuer, subject, and since when.
    pub identities: Vec<(String, String, Moment)>,
    pub sessions: ShortList<SessionRow>,
    pub apps: ShortList<AppRow>,
    pub tokens: ShortList<TokenRow>,
    /// All roles of the workspace.
    pub all_roles: Vec<Role>,
    pub events: Vec<Line>,
    pub revoked: Option<Moment>,
    pub receipts: Vec<ReceiptRow>,
}

impl Person {
    /// What created the user, in words.
    pub(super) fn source(&self) -> String {
        match self.user.source {
            UserSource::Scim => format!("{}, by provisioning", self.provider.label),
            UserSource::Jit => "the first sign-in".to_owned(),
            UserSource::Operator => "the operator".to_owned(),
        }
    }

    /// Whether SCIM owns the user.
    pub(super) fn is_by_scim(&self) -> bool {
        self.user.source == UserSource::Scim
    }

    /// Reads the person of this id for the visitor.
    pub(super) async fn find(visitor: &Visitor, user_id: &UserId) -> Result<Self, PageError> {
        let (workspace_id, user_id, now) =
            (visitor.workspace_id(), user_id.to_owned(), visitor.state().now());
        let here = visitor.signed_in.session.session_id.clone();
        let provider = visitor.provider();
        let job = move |conn: &mut Conn| read(conn, &workspace_id, &user_id, &here, (provider, now));
        let person = visitor.read(job).await?;
        person.ok_or_else(|| nobody(visitor))
    }
}

fn read(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    here: &SessionId,
    (provider, now): (&'static Provider, Micros),
) -> Result<Option<Person>, Error> {
    let Some(user) = users::find(conn, workspace_id, user_id)? else { return Ok(None) };
    let moment = |at| Moment::of(at, now);
    let identities = identities::list(conn, workspace_id, user_id)?;
    // The credentials of a deactivated person are dead, so they are not shown.
    let (mut sessions, mut apps, mut tokens) =
        (ShortList::default(), ShortList::default(), ShortList::default());
    if user.active {
        sessions = session_rows(sessions::list_live(conn, &user, now)?, here, now);
        let (grants, exchanged) =
            (grants::list_of_user(conn, &user)?, exchanged::list_of_user(conn, &user, now)?);
        apps = AppRow::all(grants, exchanged, now);
        tokens = ShortList::of(tokens::list_api(conn, &user, now)?, |token| TokenRow::of(token, now));
    }
    let receipts = receipts::list(conn, workspace_id, Some(user_id), None, RECEIPTS)?;
    let actors: Vec<&str> = receipts.iter().map(|receipt| receipt.actor.as_str()).collect();
    let actors = trail_lines::parties(conn, workspace_id, &actors, provider)?;
    let events = events::of_target(conn, workspace_id, user.target(), EVENTS)?;
    let (effective, all_roles) =
        (roles::effective(conn, workspace_id, user_id)?, roles::list(conn, workspace_id)?);
    let recorded = origins::of_user(conn, workspace_id, user_id)?;
    let access = access::rows(conn, workspace_id, (&effective, &recorded), &all_roles, (provider, now))?;
    Ok(Some(Person {
        provider,
        effective,
        access,
        identities: identities
            .into_iter()
            .map(|identity| (identity.issuer, identity.subject, moment(identity.created_at)))
            .collect(),
        sessions,
        apps,
        tokens,
        all_roles,
        events: trail_lines::lines(conn, workspace_id, events, (provider, now))?,
        revoked: user.revoked_at.map(moment),
        receipts: receipts
            .into_iter()
            .zip(actors)
            .map(|(receipt, actor)| ReceiptRow::of(receipt, actor, provider, now))
            .collect::<Result<_, Error>>()?,
        user,
    }))
}
