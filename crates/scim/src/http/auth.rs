//! Who provisions: the bearer of a provisioning token or of an OAuth access token of this workspace. Three shapes of the
//! header (okta-facts §2.1): `Bearer TOKEN`, the bare token, and Basic where the workspace allows it.

use std::borrow::Cow;

use actix_web::HttpRequest;
use serde_json::json;
use vestibule_core::{ids, time::Micros};
use vestibule_scim_engine::schema::{ResourceKind, Schema};
use vestibule_store::{
    Conn,
    access::{
        last_used,
        secrets::{self, Kind, Presented},
        tokens::{self, Knocked, Use},
    },
    trail::events::Cause,
};
use vestibule_web::{
    State,
    config::region,
    http::{
        bearer::{self, Credential},
        request,
    },
    observe::{
        inspect::{self, Note},
        sightings::Sight,
    },
};

use crate::{
    http::{answer::ScimError, inspector},
    users::custom_attributes,
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

/// The credential of a request, copied out of the request so that a job can look it up.
#[derive(Clone)]
pub(crate) struct Knock {
    credential: Credential,
    bare: bool,
    team_id: String,
    cause: Cause,
    note: Note,
    /// Whether this request has been counted already, before its body was read.
    counted: bool,
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
        inspector::credential(&note, req, &credential, &team_id);
        let bare = bearer::is_bare(req);
        let cause = request::cause(req, "okta:scim");
        Self { note, credential, bare, team_id, cause, counted: false, now: state.now() }
    }

    /// Reads the credential, without the database.
    ///
    /// # Errors
    /// 401 if it cannot be one of ours.
    pub(crate) fn presented(&self, state: &State) -> Result<Presented, ScimError> {
        let refuse = |detail: &str| Err(ScimError::Unauthenticated(detail.to_owned()));
        let text = match &self.credential {
            Credential::Token(token) => token,
            Credential::Basic { password, .. } => password,
            Credential::None => return refuse("there is no Authorization header"),
            Credential::Unreadable => {
                return refuse("the Authorization header is neither Bearer, a bare token, nor Basic");
            }
        };
        secrets::parse(text)
            .filter(|presented| matches!(presented.kind, Kind::Provisioning | Kind::Access))
            .ok_or_else(|| self.unknown(state))
    }

    fn unknown(&self, state: &State) -> ScimError {
        ScimError::Unauthenticated(format!(
            "the token is not one of workspace {} in region {}; check the token and that the base URL is of the workspace's own region",
            self.team_id.escape_debug(),
            state.config().region.name
        ))
    }

    /// Looks the credential up before a large body is read. The job that does the work calls [`Knock::admit`] again: a token that
    /// was revoked while the body was on its way writes nothing (design rule 1).
    ///
    /// # Errors
    /// As [`Knock::admit`].
    pub(crate) async fn admit_early(&mut self, state: &State, scope: Scope) -> Result<(), ScimError> {
        let (knock, shared) = (self.clone(), state.clone());
        state.glance(move |conn| knock.find(conn, &shared, scope).map(drop)).await?;
        self.counted = true;
        Ok(())
    }

    /// Says when the body was here: the request acts then, and its token must live then.
    pub(crate) fn body_arrived(&mut self, now: Micros) {
        self.now = now;
    }

    /// Reads the credential, finds the token, checks workspace, rate and scope. A request is counted once.
    ///
    /// # Errors
    /// 401, 403 or 429. Another workspace's token is as unknown here as any other.
    fn find(&self, conn: &mut Conn, state: &State, scope: Scope) -> Result<(Presented, Knocked), ScimError> {
        let refuse = |detail: String| Err(ScimError::Unauthenticated(detail));
        let (presented, region) = (self.presented(state)?, &state.config().region);
        let basic = matches!(self.credential, Credential::Basic { .. });
        let note = |sight: Sight, detail: &str| {
            if !self.counted {
                state.sightings().note(&presented.workspace_id, sight, detail, self.now);
            }
        };
        if ids::parse(&self.team_id).as_ref() != Some(&presented.workspace_id) {
            // Only who holds a token of the workspace can tell its doctor anything.
            if tokens::knock(conn, &presented, &region.name, self.now)?
                .is_some_and(|known| known.scope.is_some())
            {
                note(Sight::BaseUrl, &self.team_id);
            }
            return Err(self.unknown(state));
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
        let held = knocked.scope.as_deref().ok_or_else(|| self.unknown(state))?;
        if self.bare {
            note(Sight::BareToken, "");
        }
        self.note.proves(&presented.workspace_id);
        self.note.understood(
            "token",
            || json!({ "kind": presented.kind.name(), "id": knocked.token_id, "name": knocked.name }),
        );
        if !self.counted {
            state.limits().scim(&presented.workspace_id).map_err(ScimError::TooMany)?;
        }
        if !tokens::holds(held, scope.name()) {
            return Err(ScimError::Forbidden(format!("the token lacks the scope {}", scope.name())));
        }
        Ok((presented, knocked))
    }

    /// Lets the caller in.
    ///
    /// # Errors
    /// 401, 403 or 429.
    pub(crate) fn admit(
        self,
        conn: &mut Conn,
        state: &State,
        scope: Scope,
    ) -> Result<Provisioner, ScimError> {
        let (presented, knocked) = self.find(conn, state, scope)?;
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
            users: custom_attributes::schema(&knocked.custom_attributes)
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
