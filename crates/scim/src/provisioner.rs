//! Who provisions: the bearer of a provisioning token or of an OAuth access token of this workspace. Three shapes of the
//! header (okta-facts §2.1): `Bearer TOKEN`, the bare token, and Basic where the workspace allows it.

use std::borrow::Cow;

use actix_web::HttpRequest;
use serde_json::json;
use vestibule_store::{
    Conn, Micros,
    events::Cause,
    id, last_used,
    secret::{self, Kind},
    tokens::{self, Use},
};
use vestibule_web::{
    State,
    bearer::{self, Credential},
    inspect::{self, Note},
    region, request,
    sightings::Sight,
};

use crate::{
    answer::ScimError,
    custom, noted,
    schema::{ResourceKind, Schema},
};

/// What a request needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// `scim.read`
    Read,
    /// `scim.write`
    Write,
    /// `entitlements.read`
    Entitlements,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Scope::Read => "scim.read",
            Scope::Write => "scim.write",
            Scope::Entitlements => "entitlements.read",
        }
    }
}

/// What a request presents at the door, copied out of it so that the job can look.
pub(crate) struct Knock {
    credential: Credential,
    bare: bool,
    team_id: String,
    cause: Cause,
    note: Note,
    now: Micros,
}

/// Somebody who may do this in this workspace.
#[derive(Debug, Clone)]
pub(crate) struct Provisioner {
    /// Whose people.
    pub workspace_id: String,
    /// Who acts, for events, with the credential.
    pub cause: Cause,
    /// Whether the credential gives and takes the role `owner`: an owner or the operator made or approved it.
    pub may_give_owner: bool,
    /// The base URL of this workspace's SCIM.
    pub base: String,
    /// What a user looks like here.
    pub users: Cow<'static, Schema>,
    /// Whether members that are not here yet are parked.
    pub park_members: bool,
    /// What the request inspector is told.
    pub note: Note,
    /// The moment of the request.
    pub now: Micros,
}

impl Knock {
    pub(crate) fn of(req: &HttpRequest, state: &State) -> Self {
        let note = inspect::of(req);
        note.claims_path(req);
        let (credential, team_id) =
            (bearer::credential(req), req.match_info().get("team_id").unwrap_or_default().to_owned());
        noted::credential(&note, req, &credential, &team_id);
        let bare = bearer::is_bare(req);
        Self { note, credential, bare, team_id, cause: request::cause(req, "okta:scim"), now: state.now() }
    }

    /// Reads the credential, finds the token, checks workspace, rate and scope.
    ///
    /// # Errors
    /// 401, 403 or 429. Another workspace's token is as unknown here as any other.
    pub(crate) fn admit(
        self,
        conn: &mut Conn,
        state: &State,
        scope: Scope,
    ) -> Result<Provisioner, ScimError> {
        let refuse = |detail: String| Err(ScimError::Unauthenticated(detail));
        let (text, basic) = match &self.credential {
            Credential::Token(token) => (token, false),
            Credential::Basic { password, .. } => (password, true),
            Credential::None => return refuse("there is no Authorization header".to_owned()),
            Credential::Unreadable => {
                return refuse(
                    "the Authorization header is neither Bearer, a bare token, nor Basic".to_owned(),
                );
            }
        };
        let region = &state.config().region;
        let unknown = || {
            let detail = format!(
                "the token is not one of workspace {} in region {}; check the token and that the base URL is of the workspace's own region",
                self.team_id.escape_debug(),
                region.name
            );
            ScimError::Unauthenticated(detail)
        };
        let presented = secret::parse(text)
            .filter(|presented| matches!(presented.kind, Kind::Provisioning | Kind::Access))
            .ok_or_else(unknown)?;
        let note = |sight: Sight, detail: &str| {
            state.sightings().note(&presented.workspace_id, sight, detail, self.now);
        };
        if id::parse(&self.team_id).as_ref() != Some(&presented.workspace_id) {
            // Only who holds a token of the workspace can tell its doctor anything.
            if tokens::knock(conn, &presented, &region.name, self.now)?
                .is_some_and(|known| known.scope.is_some())
            {
                note(Sight::BaseUrl, &self.team_id);
            }
            return Err(unknown());
        }
        let Some(knocked) = tokens::knock(conn, &presented, &region.name, self.now)? else {
            return refuse(region::not_here(region, &self.team_id));
        };
        if basic && knocked.scope.is_some() {
            note(Sight::Basic, if knocked.allow_basic { "allowed" } else { "refused" });
        }
        if basic && !knocked.allow_basic {
            return refuse("Basic is not allowed for this workspace; send the token as a bearer".to_owned());
        }
        let held = knocked.scope.as_deref().ok_or_else(unknown)?;
        if self.bare {
            note(Sight::BareToken, "");
        }
        self.note.proves(&presented.workspace_id);
        self.note.understood(
            "token",
            || json!({ "kind": presented.kind.name(), "id": knocked.token_id, "name": knocked.name }),
        );
        state.limits().scim(&presented.workspace_id).map_err(ScimError::TooMany)?;
        if !tokens::holds(held, scope.name()) {
            return Err(ScimError::Forbidden(format!("the token lacks the scope {}", scope.name())));
        }
        if presented.kind == Kind::Provisioning && last_used::is_due(knocked.last_used_at, self.now) {
            let used =
                Use { workspace_id: presented.workspace_id.clone(), token_digest: presented.digest.clone() };
            state.uses().note(used, self.now);
        }
        let mut cause = self.cause;
        cause.credential = knocked.credential();
        Ok(Provisioner {
            may_give_owner: knocked.may_give_owner,
            base: state.api_url(&format!("/api/scim/v2/{}", presented.workspace_id)),
            users: custom::schema(&knocked.custom_attributes)
                .map_err(|broken| ScimError::Internal(format!("custom attributes: {}", broken.detail)))?,
            park_members: knocked.park_members,
            workspace_id: presented.workspace_id,
            cause,
            note: self.note,
            now: self.now,
        })
    }
}

impl Provisioner {
    /// What a resource of that kind looks like here.
    pub(crate) fn schema(&self, kind: ResourceKind) -> &Schema {
        match kind {
            ResourceKind::User => &self.users,
            other => Schema::of_kind(other),
        }
    }
}
