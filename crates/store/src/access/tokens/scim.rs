//! Credentials of SCIM: issues provisioning tokens and finds the token of a SCIM request. Never reveals whether a token of another
//! workspace exists.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use serde_json::Value;
use vestibule_core::{
    ids::{self, DEPLOYMENT, GrantId, WorkspaceId},
    sets::TokenKind,
    time::Micros,
};

use super::{NewToken, Token, Usage, row};
use crate::{
    Conn, Result,
    access::secrets::{self, Presented},
    db::{json::Json, schema::tokens, statement::Statement},
    trail::events::Credential,
    workspaces::CUSTOM_ATTRIBUTES,
};

/// Issues a provisioning token; the plain text is returned once. `may_give_owner`: whether an owner or the operator creates it. It
/// is fixed at creation and does not change with the role of the creator. `replaces`: id of the token in whose place it is to be used.
pub fn provision(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (name, scope, expires_at): (&str, &str, Option<Micros>),
    (may_give_owner, replaces): (bool, Option<&str>),
    now: Micros,
) -> Result<(Token, String)> {
    let kind = TokenKind::Provisioning;
    let new = NewToken { workspace_id, kind, name, grant_id: None, user: None, scope, expires_at };
    let issued = secrets::issue(kind.into(), workspace_id)?;
    let token = Token {
        may_give_owner,
        replaces: replaces.map(str::to_owned),
        last_four: Some(issued.last_four()),
        ..row(&new, &Usage::default(), (ids::new(now), issued.digest), now)
    };
    diesel::insert_into(tokens::table).values(&token).execute(conn)?;
    Ok((token, issued.plain))
}

/// Settings of a workspace for a SCIM request, and the presented token if it belongs to the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ScimAccess {
    /// Whether the workspace accepts HTTP Basic for SCIM.
    pub allow_basic: bool,
    /// User attributes that the workspace declared.
    pub custom_attributes: Json<Vec<Value>>,
    /// Whether group members that do not exist yet are stored until they do.
    pub park_members: bool,
    /// Scope of the token, if it is live and acts for the workspace itself.
    pub scope: Option<String>,
    /// Time of the last use of the token, accurate to one hour.
    pub last_used_at: Option<Micros>,
    /// The token's id.
    pub token_id: Option<String>,
    /// Display name of the token.
    pub name: Option<String>,
    /// Its live grant, if it has one.
    pub grant_id: Option<GrantId>,
    /// Name of the grant's client.
    pub client_name: Option<String>,
    /// Whether it may assign and remove the role `owner`. If it has a grant, the grant decides.
    pub may_give_owner: bool,
    /// The hidden copy that requests read and write, while the workspace is observed.
    pub plan_id: Option<WorkspaceId>,
    /// Id of the application of the plan; empty: none. Requests wait for it.
    pub apply_id: Option<String>,
}

impl ScimAccess {
    /// Whether the plan of the workspace is being applied.
    pub fn is_applying(&self) -> bool {
        self.apply_id.as_deref().is_some_and(|id| !id.is_empty())
    }

    /// Returns the attributes that the workspace declares for users in addition to those of the RFC.
    pub fn custom_attributes(&self, workspace_id: &WorkspaceId) -> Result<Vec<Value>> {
        self.custom_attributes.read(CUSTOM_ATTRIBUTES, &[workspace_id])
    }

    /// Returns the credential of the request, for events.
    pub fn credential(&self) -> Option<Credential> {
        let of_grant = self.grant_id.clone().map(|id| ("grant", id.into_string(), self.client_name.clone()));
        let of_token = || self.token_id.clone().map(|id| ("token", id, self.name.clone()));
        let (kind, id, name) = of_grant.or_else(of_token)?;
        Some(Credential { kind, id, name: name.unwrap_or_default() })
    }
}

type Row = (
    Bool,
    Text,
    Bool,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Bool,
    Nullable<Text>,
    Nullable<Text>,
);

/// Finds the workspace, if it is in this region, and the token. One statement, because every SCIM request runs it.
pub fn scim_access(
    conn: &mut Conn,
    presented: &Presented,
    region: &str,
    now: Micros,
) -> Result<Option<ScimAccess>> {
    Ok(Statement::<Row>::new(
        "SELECT w.allow_basic, w.custom_attributes, w.park_members, \
         CASE WHEN t.grant_id IS NULL OR g.grant_id IS NOT NULL THEN t.scope END, t.last_used_at, t.token_id, t.name, g.grant_id, \
         COALESCE((SELECT c.name FROM clients AS c WHERE c.workspace_id = w.workspace_id AND c.client_id = g.client_id), \
         (SELECT c.name FROM clients AS c WHERE c.client_id = g.client_id AND c.workspace_id = ",
    )
    .text(&DEPLOYMENT)
    .sql(
        ")), COALESCE(CASE WHEN t.grant_id IS NULL THEN t.may_give_owner ELSE g.may_give_owner END, FALSE), o.plan_id, o.apply_id \
         FROM workspaces AS w LEFT JOIN observations AS o ON o.workspace_id = w.workspace_id LEFT JOIN tokens AS t ON t.workspace_id = w.workspace_id AND t.user_id IS NULL AND t.jkt IS NULL AND t.token_digest = ",
    )
    .text(&presented.digest)
    .sql(" AND (t.expires_at IS NULL OR t.expires_at > ")
    .whole(now)
    .sql(
        ") LEFT JOIN grants AS g ON g.workspace_id = t.workspace_id AND g.grant_id = t.grant_id AND g.ended_at IS NULL \
         WHERE w.workspace_id = ",
    )
    .text(&presented.workspace_id)
    .sql(" AND w.suspended_at IS NULL AND w.region = ")
    .text(region)
    .get_result(conn)
    .optional()?)
}
