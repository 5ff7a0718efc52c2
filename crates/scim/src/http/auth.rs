//! Authentication of SCIM clients: the bearer of a provisioning token, or of an OAuth access token of the workspace.
//! The header has one of three forms (okta-facts §2.1): `Bearer TOKEN`, the bare token, and Basic where the workspace
//! allows it.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::HttpRequest;
use serde_json::json;
use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_scim_engine::schema::{ResourceKind, Schema};
use vestibule_store::{
    Conn, Tx,
    access::{
        last_used,
        secrets::{self, Kind, Presented},
        tokens::{self, ScimAccess, Use},
    },
    observation,
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
        sightings::SightingKind,
    },
};

use crate::{http::error::ScimError, inspector, users::custom_attributes};

/// The scope that a request needs.
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

/// A caller that is not authenticated yet. The credential and the path's workspace are read once and copied, so that a
/// blocking job can look them up.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The parsed token, or why there is none.
    presented: Result<Presented, NoToken>,
    is_basic: bool,
    /// Whether the token came without a scheme.
    is_bare: bool,
    /// The workspace of the path as it was sent.
    team_id: String,
    /// The workspace of the path as it is stored; none if that is no id.
    workspace_id: Option<WorkspaceId>,
    cause: Cause,
    note: Note,
    /// Whether the rate limit has counted this request already, before its body was received.
    is_counted: bool,
    /// Set once the caller is authenticated, if the workspace is observed.
    is_observed: Arc<AtomicBool>,
    now: Micros,
}

/// The workspace of a request, for its response.
pub(crate) struct Door {
    /// The workspace in the path, which is not verified yet; `None` if the path has none.
    pub workspace_id: Option<WorkspaceId>,
    is_observed: Arc<AtomicBool>,
}

impl Door {
    /// Whether an authenticated request met an observed workspace.
    pub(crate) fn is_observed(&self) -> bool {
        self.is_observed.load(Ordering::Relaxed)
    }
}

/// Why a header has no token of Vestibule.
#[derive(Debug, Clone, Copy)]
enum NoToken {
    /// There is no header.
    Missing,
    /// The header has none of the three forms.
    Unreadable,
    /// The token is no provisioning and no access token of Vestibule.
    Foreign,
}

/// What becomes of the changes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are made.
    Real,
    /// They are made in the plan of this workspace, which is observed.
    Observed(WorkspaceId),
    /// They were planned, and an administrator applies the plan: the safety brake does not count them.
    Applied,
}

/// An authenticated caller, who may do this in the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Provisioner {
    /// The workspace whose rows are read and written: the hidden copy of an observed one.
    pub workspace_id: WorkspaceId,
    /// What becomes of the changes.
    pub mode: Mode,
    /// The actor and the credential, for events.
    pub cause: Cause,
    /// Whether the credential may give and take the role `owner`: an owner or the operator made or approved it.
    pub may_give_owner: bool,
    /// The SCIM base URL of the workspace.
    pub base: String,
    /// The schema of the workspace's users, with custom attributes.
    pub users: Cow<'static, Schema>,
    /// Whether members that do not exist yet are parked.
    pub park_members: bool,
    /// Whether a change of a user is refused, unless it ends access.
    pub is_read_only: bool,
    /// The request inspector's record of the request.
    pub note: Note,
    /// The time of the request.
    pub now: Micros,
}

impl Caller {
    /// Reads the credential and the workspace of a request, and records both for the request inspector.
    pub(crate) fn of(req: &HttpRequest, state: &State) -> Self {
        let team_id = req.match_info().get("team_id").unwrap_or_default().to_owned();
        let workspace_id = WorkspaceId::parse(&team_id);
        let credential = bearer::credential(req);
        let token = match &credential {
            Credential::Token(token) => Ok(token),
            Credential::Basic { password, .. } => Ok(password),
            Credential::None => Err(NoToken::Missing),
            Credential::Dpop(_) | Credential::Unreadable => Err(NoToken::Unreadable),
        };
        let parsed = token.map(|token| secrets::parse(token));
        let note = inspect::of(req);
        if let Some(workspace_id) = &workspace_id {
            note.claims(workspace_id);
        }
        let parsed_token = parsed.as_ref().ok().and_then(Option::as_ref);
        inspector::request::credential(&note, req, &credential, parsed_token, &team_id);
        let presented = parsed.and_then(|presented| {
            presented
                .filter(|presented| matches!(presented.kind, Kind::Provisioning | Kind::Access))
                .ok_or(NoToken::Foreign)
        });
        Self {
            presented,
            is_basic: matches!(credential, Credential::Basic { .. }),
            is_bare: bearer::is_bare(req),
            team_id,
            workspace_id,
            cause: request::cause(req, "okta:scim"),
            note,
            is_counted: false,
            is_observed: Arc::default(),
            now: state.now(),
        }
    }

    /// The id of the workspace in the path, which is not verified yet; `None` if the path has none.
    pub(crate) fn claimed_workspace(&self) -> Option<WorkspaceId> {
        self.workspace_id.clone()
    }

    /// The workspace in the path, and whether it turns out to be observed.
    pub(crate) fn door(&self) -> Door {
        Door { workspace_id: self.claimed_workspace(), is_observed: Arc::clone(&self.is_observed) }
    }

    /// The presented token, before any lookup.
    ///
    /// # Errors
    /// 401 if it can't be a token of Vestibule.
    pub(crate) fn presented(&self, state: &State) -> Result<&Presented, ScimError> {
        self.presented.as_ref().map_err(|reason| match reason {
            NoToken::Missing => ScimError::Unauthenticated("there is no Authorization header".to_owned()),
            NoToken::Unreadable => ScimError::Unauthenticated(
                "the Authorization header is neither Bearer, a bare token, nor Basic".to_owned(),
            ),
            NoToken::Foreign => self.unknown_token(state),
        })
    }

    fn unknown_token(&self, state: &State) -> ScimError {
        ScimError::Unauthenticated(format!(
            "the token is not one of workspace {} in region {}; check the token and that the base URL is of the workspace's own region",
            self.team_id.escape_debug(),
            state.config().region.name
        ))
    }

    /// Checks the credential before a large body is received. The job that handles the body calls
    /// [`Caller::authenticate`] again: a token that was revoked while the body arrived must write nothing (design rule
    /// 1).
    ///
    /// # Errors
    /// As [`Caller::authenticate`].
    pub(crate) async fn check_early(&mut self, state: &State, scope: Scope) -> Result<(), ScimError> {
        let (caller, shared) = (self.clone(), state.clone());
        state.indexed_read(move |conn| caller.find_token(conn, &shared, scope).map(drop)).await?;
        self.is_counted = true;
        Ok(())
    }

    /// Sets the time of the request to the arrival of its body. The token must still be valid at that time.
    pub(crate) fn body_arrived(&mut self, now: Micros) {
        self.now = now;
    }

    /// Finds the token; checks workspace, rate limit and scope. The rate limit counts a request once.
    ///
    /// # Errors
    /// 401, 403 or 429. A token of another workspace gets the same error as an unknown one.
    fn find_token(&self, conn: &mut Conn, state: &State, scope: Scope) -> Result<ScimAccess, ScimError> {
        let refuse = |detail: String| Err(ScimError::Unauthenticated(detail));
        let (presented, region) = (self.presented(state)?, &state.config().region);
        let observe = |sight: SightingKind, detail: &str| {
            if !self.is_counted {
                state.sightings().note(&presented.workspace_id, sight, detail, self.now);
            }
        };
        if self.workspace_id.as_ref() != Some(&presented.workspace_id) {
            // Only a valid token of a workspace may add to the observations of its doctor.
            if tokens::scim_access(conn, presented, &region.name, self.now)?
                .is_some_and(|token| token.scope.is_some())
            {
                observe(SightingKind::BaseUrl, &self.team_id);
            }
            return Err(self.unknown_token(state));
        }
        let Some(token) = tokens::scim_access(conn, presented, &region.name, self.now)? else {
            return refuse(region::not_here(region, &self.team_id));
        };
        if self.is_basic && token.scope.is_some() {
            observe(SightingKind::Basic, if token.allow_basic { "allowed" } else { "refused" });
        }
        if self.is_basic && !token.allow_basic {
            return refuse("Basic is not allowed for this workspace; send the token as a bearer".to_owned());
        }
        let granted = token.scope.as_deref().ok_or_else(|| self.unknown_token(state))?;
        if self.is_bare {
            observe(SightingKind::BareToken, "");
        }
        self.note.proves(&presented.workspace_id);
        self.note.understood("token", || {
            let mut told = json!({ "kind": presented.kind.name(), "id": token.token_id, "name": token.name });
            if let (Some(grant), Some(members)) = (&token.grant_id, told.as_object_mut()) {
                members.insert("grant".to_owned(), json!(grant));
            }
            told
        });
        if !self.is_counted {
            state.limits().scim(&presented.workspace_id).map_err(ScimError::RateLimited)?;
        }
        if !tokens::holds(granted, scope.name()) {
            return Err(ScimError::Forbidden(format!("the token lacks the scope {}", scope.name())));
        }
        Ok(token)
    }

    /// Authenticates the caller for a request that needs this scope.
    ///
    /// # Errors
    /// 401, 403 or 429.
    pub(crate) fn authenticate(
        self,
        conn: &mut Conn,
        state: &State,
        scope: Scope,
    ) -> Result<Provisioner, ScimError> {
        let token = self.find_token(conn, state, scope)?;
        let Presented { kind, workspace_id, digest } = self.presented(state)?.clone();
        let users = custom_attributes::schema(&workspace_id, &token.custom_attributes(&workspace_id)?)?;
        let base = state.api_url(&format!("/api/scim/v2/{workspace_id}"));
        if kind == Kind::Provisioning && last_used::is_due(token.last_used_at, self.now) {
            let used = Use { workspace_id: workspace_id.clone(), token_digest: digest };
            state.uses().note(used, self.now);
        }
        let mut cause = self.cause;
        cause.credential = token.credential();
        let is_applying = token.is_applying();
        let (workspace_id, mode) = match token.plan_id {
            Some(plan_id) => {
                self.note.understood("observed", || json!(true));
                self.is_observed.store(true, Ordering::Relaxed);
                (plan_id, Mode::Observed(workspace_id))
            }
            None => (workspace_id, Mode::Real),
        };
        if is_applying {
            return Err(ScimError::Applying);
        }
        Ok(Provisioner {
            may_give_owner: token.may_give_owner,
            base,
            users,
            park_members: token.park_members,
            is_read_only: state.is_read_only(),
            workspace_id,
            mode,
            cause,
            note: self.note,
            now: self.now,
        })
    }
}

impl Provisioner {
    /// The workspace that the caller knows.
    pub(crate) fn team_id(&self) -> &WorkspaceId {
        match &self.mode {
            Mode::Observed(workspace_id) => workspace_id,
            Mode::Real | Mode::Applied => &self.workspace_id,
        }
    }

    /// Called first in each transaction of the request. While the workspace is observed, the transaction changes the plan, silently.
    ///
    /// # Errors
    /// [`ScimError::Applying`] if the plan was applied or discarded since the caller was authenticated.
    pub(crate) fn enter(&self, conn: &mut Tx<'_>) -> Result<(), ScimError> {
        match &self.mode {
            Mode::Observed(team_id) if !observation::enter(conn, team_id, &self.workspace_id)? => {
                Err(ScimError::Applying)
            }
            _ => Ok(()),
        }
    }

    /// The schema of resources of this kind in the workspace.
    pub(crate) fn schema(&self, kind: ResourceKind) -> &Schema {
        match kind {
            ResourceKind::User => &self.users,
            other => Schema::of_kind(other),
        }
    }
}
