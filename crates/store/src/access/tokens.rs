//! Access, refresh, API and provisioning tokens, stored as digests: of an opaque token, or of the id of a JWT. A token is live if
//! it has not expired, its grant has not ended, and (if it acts for a user) the user is active and the epochs are equal.

pub mod exchanged;
pub mod expiry;
mod refresh;
mod scim;

use diesel::{
    prelude::*,
    sql_types::{Nullable, Text},
};
use vestibule_core::{
    ids::{self, ClientId, DEPLOYMENT, GrantId, UserId, WorkspaceId},
    sets::{ClientKind, TokenKind},
    time::Micros,
};

use crate::{
    Conn, Result,
    access::{
        last_used,
        secrets::{self, Kind, Presented},
    },
    db::{
        json::JsonList,
        schema::{tokens, users as user_rows},
        statement::Statement,
    },
    people::users::user::User,
};

pub use refresh::{lock, replace, retire_successor};
pub use scim::{ScimAccess, provision, scim_access};

/// A token.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens)]
pub struct Token {
    /// Workspace of the token.
    pub workspace_id: WorkspaceId,
    /// Digest of the token.
    pub token_digest: String,
    /// Public id of the token. Not a credential.
    pub token_id: String,
    /// Kind of the token.
    pub kind: TokenKind,
    /// Display name.
    pub name: String,
    /// Grant that the token was issued under.
    pub grant_id: Option<GrantId>,
    /// The user that the token acts for.
    pub user_id: Option<UserId>,
    /// The user's epoch when issued.
    pub epoch: Option<i64>,
    /// Scope, space-separated.
    pub scope: String,
    /// Time of issue.
    pub created_at: Micros,
    /// Expiry; `None`: never.
    pub expires_at: Option<Micros>,
    /// When a refresh token was replaced.
    pub replaced_at: Option<Micros>,
    /// Resource the token is for (RFC 8707); empty: every resource of the app.
    pub resource: String,
    /// Time of the last use, accurate to one hour.
    pub last_used_at: Option<Micros>,
    /// Digest of the refresh token issued at the last use of this one.
    pub successor: Option<String>,
    /// When another successor of the same token replaced this refresh token; its use ends the grant.
    pub retired_at: Option<Micros>,
    /// Whether a provisioning token may assign and remove the role `owner`. For a token under a grant, the grant decides.
    pub may_give_owner: bool,
    /// For a token from an exchange (RFC 8693): the client that got it, in place of the grant's.
    pub exchanged_by: Option<ClientId>,
    /// For a token from an exchange: digest of the token that it was exchanged for.
    pub subject_digest: Option<String>,
    /// Who acts for the user, the latest first (RFC 8693 §4.1).
    pub actors: JsonList,
    /// Thumbprint of the key that it is bound to (RFC 9449 §6); `None`: a bearer token.
    pub jkt: Option<String>,
    /// Last four characters, of a kind that people manage; `None`: of before.
    pub last_four: Option<String>,
    /// Id of the provisioning token in whose place it is to be used.
    pub replaces: Option<String>,
    /// Threshold of the last event that warned of its end, in days before the end.
    pub warned_days: Option<i64>,
}

impl Token {
    /// Whether the token has this scope.
    pub fn may(&self, scope: &str) -> bool {
        holds(&self.scope, scope)
    }

    /// Whether this server accepts the token: the token is for no other resource (RFC 8707 §2).
    pub fn is_for(&self, server: &str) -> bool {
        self.resource.is_empty() || self.resource == server
    }

    /// Returns what to record for a use, if an update is due. Only for kinds of tokens that people manage, because the others
    /// expire within hours.
    pub fn use_due(&self, now: Micros) -> Option<Use> {
        (is_managed(self.kind) && last_used::is_due(self.last_used_at, now))
            .then(|| Use { workspace_id: self.workspace_id.clone(), token_digest: self.token_digest.clone() })
    }
}

/// Whether people manage tokens of this kind. The others expire within hours.
fn is_managed(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Api | TokenKind::Provisioning)
}

/// A use of a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Use {
    /// Workspace of the token.
    pub workspace_id: WorkspaceId,
    /// Digest of the token.
    pub token_digest: String,
}

/// Whether a space-separated list contains this scope.
pub fn holds(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|held| held == wanted)
}

/// A token to issue.
pub struct NewToken<'a> {
    /// Workspace of the token.
    pub workspace_id: &'a WorkspaceId,
    /// Kind of the token.
    pub kind: TokenKind,
    /// Display name.
    pub name: &'a str,
    /// Grant that the token is issued under.
    pub grant_id: Option<&'a GrantId>,
    /// The user that the token acts for, and the epoch of the token's parent.
    pub user: Option<(&'a UserId, i64)>,
    /// Scope, space-separated.
    pub scope: &'a str,
    /// Expiry.
    pub expires_at: Option<Micros>,
}

/// Where a token may be used, and who uses it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage<'a> {
    /// Resource it is for (RFC 8707); empty: every resource of the app.
    pub resource: &'a str,
    /// Who acts for the user, the latest first.
    pub actors: &'a [String],
    /// For a token from an exchange: the client that gets it, and the token that it is exchanged for.
    pub exchange: Option<(&'a ClientId, &'a Token)>,
    /// Thumbprint of the key that it is bound to.
    pub jkt: Option<&'a str>,
}

/// Issues a token; the plain text is returned once.
pub fn issue(conn: &mut Conn, new: &NewToken<'_>, now: Micros) -> Result<(Token, String)> {
    issue_for(conn, new, &Usage::default(), now)
}

/// Issues a token for this usage.
pub fn issue_for(
    conn: &mut Conn,
    new: &NewToken<'_>,
    usage: &Usage<'_>,
    now: Micros,
) -> Result<(Token, String)> {
    let issued = secrets::issue(new.kind.into(), new.workspace_id)?;
    let last_four = is_managed(new.kind).then(|| issued.last_four());
    let token = Token { last_four, ..row(new, usage, (ids::new(now), issued.digest), now) };
    diesel::insert_into(tokens::table).values(&token).execute(conn)?;
    Ok((token, issued.plain))
}

/// Stores a JWT access token (RFC 9068) by its id only. The caller signs the JWT afterwards, and the signature proves that this
/// server issued it. Later lookups work as for every other token.
pub fn issue_named(conn: &mut Conn, new: &NewToken<'_>, usage: &Usage<'_>, now: Micros) -> Result<Token> {
    let token_id = ids::new(now);
    let digest = named(new.workspace_id.clone(), &token_id).digest;
    let token = row(new, usage, (token_id, digest), now);
    diesel::insert_into(tokens::table).values(&token).execute(conn)?;
    Ok(token)
}

/// Lookup key of a JWT access token. The caller must have verified its signature, because the id is not secret.
pub fn named(workspace_id: WorkspaceId, token_id: &str) -> Presented {
    // No bearer string contains a space, so none has this digest.
    let digest = secrets::digest(&format!("at+jwt {workspace_id} {token_id}"));
    Presented { kind: Kind::Access, workspace_id, digest }
}

fn row(
    new: &NewToken<'_>,
    usage: &Usage<'_>,
    (token_id, token_digest): (String, String),
    now: Micros,
) -> Token {
    Token {
        workspace_id: new.workspace_id.to_owned(),
        token_digest,
        token_id,
        kind: new.kind,
        name: new.name.to_owned(),
        grant_id: new.grant_id.cloned(),
        user_id: new.user.map(|(user_id, _)| user_id.to_owned()),
        epoch: new.user.map(|(_, epoch)| epoch),
        scope: new.scope.to_owned(),
        created_at: now,
        expires_at: new.expires_at,
        replaced_at: None,
        resource: usage.resource.to_owned(),
        last_used_at: None,
        successor: None,
        retired_at: None,
        may_give_owner: false,
        exchanged_by: usage.exchange.map(|(client_id, _)| client_id.clone()),
        subject_digest: usage.exchange.map(|(_, subject)| subject.token_digest.clone()),
        actors: JsonList::from(usage.actors),
        jkt: usage.jkt.map(str::to_owned),
        last_four: None,
        replaces: None,
        warned_days: None,
    }
}

/// A live token.
#[derive(Debug, Clone, Queryable)]
pub struct Live {
    /// The token.
    pub token: Token,
    /// The user it acts for.
    pub user: Option<User>,
    /// The client that uses it, if there is one: that of its grant, or that of an exchange.
    pub client_id: Option<ClientId>,
    /// Kind of that client.
    pub client_kind: Option<ClientKind>,
}

/// Finds a live token in a workspace of this region, with its user and its client. One statement, because every check of a token
/// runs it.
pub fn find_live(conn: &mut Conn, presented: &Presented, region: &str, now: Micros) -> Result<Option<Live>> {
    let statement =
        Statement::<(tokens::SqlType, Nullable<user_rows::SqlType>, Nullable<Text>, Nullable<Text>)>::new(
        "SELECT t.workspace_id, t.token_digest, t.token_id, t.kind, t.name, t.grant_id, t.user_id, t.epoch, t.scope, t.created_at, \
         t.expires_at, t.replaced_at, t.resource, t.last_used_at, t.successor, t.retired_at, t.may_give_owner, \
         t.exchanged_by, t.subject_digest, t.actors, t.jkt, t.last_four, t.replaces, t.warned_days, \
         u.workspace_id, u.user_id, u.user_name, u.user_name_key, \
         u.external_id, u.display_name, u.display_name_key, u.email, u.active, u.source, u.attributes, u.comparable, u.epoch, \
         u.revoked_at, u.version, u.created_at, u.updated_at, COALESCE(t.exchanged_by, g.client_id), c.kind FROM tokens AS t \
         JOIN workspaces AS w ON w.workspace_id = t.workspace_id \
         LEFT JOIN users AS u ON u.workspace_id = t.workspace_id AND u.user_id = t.user_id \
         LEFT JOIN grants AS g ON g.workspace_id = t.workspace_id AND g.grant_id = t.grant_id AND g.ended_at IS NULL \
         LEFT JOIN clients AS c ON c.client_id = COALESCE(t.exchanged_by, g.client_id) AND c.workspace_id IN (t.workspace_id, ",
    )
    .text(&DEPLOYMENT)
    .sql(") WHERE t.workspace_id = ")
    .text(&presented.workspace_id)
    .sql(" AND t.token_digest = ")
    .text(&presented.digest)
    .sql(" AND w.region = ")
    .text(region)
    .sql(" AND w.suspended_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ")
    .whole(now)
    .sql(
        ") AND (t.user_id IS NULL OR (u.active = TRUE AND u.epoch = t.epoch)) \
         AND (t.grant_id IS NULL OR g.client_id IS NOT NULL) \
         AND (t.exchanged_by IS NULL OR c.token_exchange = TRUE)",
    );
    Ok(statement.get_result(conn).optional()?)
}

/// Finds a token, live or not, to revoke it.
pub fn find(conn: &mut Conn, presented: &Presented) -> Result<Option<Token>> {
    let key = (&presented.workspace_id, &presented.digest);
    Ok(tokens::table.find(key).select(Token::as_select()).first(conn).optional()?)
}

/// Records uses, each with its time.
pub fn note_uses(conn: &mut Conn, uses: &[(Use, Micros)]) -> Result<()> {
    for (used, at) in uses {
        diesel::update(tokens::table.find((&used.workspace_id, &used.token_digest)))
            .set(tokens::last_used_at.eq(at))
            .execute(conn)?;
    }
    Ok(())
}

/// Revokes one token by its id, and those that were exchanged for it.
pub fn revoke(conn: &mut Conn, workspace_id: &WorkspaceId, token_id: &str) -> Result<bool> {
    let of_id =
        tokens::table.filter(tokens::workspace_id.eq(workspace_id)).filter(tokens::token_id.eq(token_id));
    let digest: Option<String> = of_id.select(tokens::token_digest).first(conn).optional()?;
    // The token first: an exchange that holds it is waited for, and what it issued is deleted then.
    let gone = diesel::delete(of_id).execute(conn)?;
    if let Some(digest) = digest {
        exchanged::end_of_subjects(conn, vec![(workspace_id.clone(), digest)])?;
    }
    Ok(gone == 1)
}

/// Lists a user's live API tokens, newest first.
pub fn list_api(conn: &mut Conn, user: &User, now: Micros) -> Result<Vec<Token>> {
    Ok(tokens::table
        .filter(tokens::workspace_id.eq(&user.workspace_id))
        .filter(tokens::user_id.eq(&user.user_id))
        .filter(tokens::kind.eq(TokenKind::Api))
        .filter(tokens::epoch.eq(user.epoch))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .order((tokens::created_at.desc(), tokens::token_id))
        .select(Token::as_select())
        .load(conn)?)
}

/// Lists the tokens that act for the workspace itself (provisioning and SCIM access), newest first.
pub fn list_of_workspace(conn: &mut Conn, workspace_id: &WorkspaceId, kind: TokenKind) -> Result<Vec<Token>> {
    Ok(tokens::table
        .filter(tokens::workspace_id.eq(workspace_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::user_id.is_null())
        .order((tokens::created_at.desc(), tokens::token_id))
        .select(Token::as_select())
        .load(conn)?)
}

/// Finds a token that acts for the workspace itself; `None` for a token of another kind or of a user.
pub fn find_of_workspace(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    kind: TokenKind,
    token_id: &str,
) -> Result<Option<Token>> {
    Ok(tokens::table
        .filter(tokens::workspace_id.eq(workspace_id))
        .filter(tokens::token_id.eq(token_id))
        .filter(tokens::kind.eq(kind))
        .filter(tokens::user_id.is_null())
        .select(Token::as_select())
        .first(conn)
        .optional()?)
}

/// Time of issue of the newest token under each of these grants.
pub fn last_given(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    grant_ids: &[GrantId],
) -> Result<Vec<(Option<GrantId>, Option<Micros>)>> {
    Ok(tokens::table
        .filter(tokens::workspace_id.eq(workspace_id))
        .filter(tokens::grant_id.eq_any(grant_ids))
        .group_by(tokens::grant_id)
        .select((tokens::grant_id, diesel::dsl::max(tokens::created_at)))
        .load(conn)?)
}

/// Counts the tokens of a user that have not expired, were not replaced, and have the user's epoch. Those of ended grants count, too.
pub fn count_live(conn: &mut Conn, user: &User, now: Micros) -> Result<i64> {
    Ok(tokens::table
        .filter(tokens::workspace_id.eq(&user.workspace_id))
        .filter(tokens::user_id.eq(&user.user_id))
        .filter(tokens::epoch.eq(user.epoch))
        .filter(tokens::replaced_at.is_null().and(tokens::retired_at.is_null()))
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .count()
        .get_result(conn)?)
}
