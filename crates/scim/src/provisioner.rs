//! Who provisions: the bearer of a provisioning token or of an OAuth access token of this workspace. Three shapes of the
//! header (okta-facts §2.1): `Bearer TOKEN`, the bare token, and Basic where the workspace allows it.

use actix_web::HttpRequest;
use vestibule_store::{
    Error,
    events::Cause,
    id,
    secret::{self, Kind},
    tokens::{self, Token},
    workspaces,
};
use vestibule_web::{
    State,
    bearer::{self, Credential},
    region, request,
};

use crate::answer::ScimError;

/// What a request needs.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
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

/// Somebody who may do this in this workspace.
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// Whose people.
    pub workspace_id: String,
    /// Who acts, for events.
    pub cause: Cause,
    /// The base URL of this workspace's SCIM.
    pub base: String,
}

impl Provisioner {
    /// Reads the credential, finds the token, checks workspace, scope and rate.
    ///
    /// # Errors
    /// 401, 403 or 429. Another workspace's token is as unknown here as any other.
    pub async fn admit(req: &HttpRequest, state: &State, scope: Scope) -> Result<Self, ScimError> {
        let team_id = req.match_info().get("team_id").unwrap_or_default().to_owned();
        match Self::authenticate(req, state, &team_id).await {
            Err(ScimError::Unauthenticated(detail)) => {
                // Guessing costs the guesser's own bucket, never the workspace's.
                state.limits().address(req).map_err(ScimError::TooMany)?;
                Err(ScimError::Unauthenticated(detail))
            }
            Err(other) => Err(other),
            Ok(token) => {
                state.limits().scim(&token.workspace_id).map_err(ScimError::TooMany)?;
                if !token.may(scope.name()) {
                    let detail = format!("the token lacks the scope {}", scope.name());
                    return Err(ScimError::Forbidden(detail));
                }
                let base = state.api_url(&format!("/api/scim/v2/{}", token.workspace_id));
                Ok(Self { workspace_id: token.workspace_id, cause: request::cause(req, "okta:scim"), base })
            }
        }
    }

    async fn authenticate(req: &HttpRequest, state: &State, team_id: &str) -> Result<Token, ScimError> {
        let refuse = |detail: String| Err(ScimError::Unauthenticated(detail));
        let (text, basic) = match bearer::credential(req) {
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
                team_id.escape_debug(),
                region.name
            );
            ScimError::Unauthenticated(detail)
        };
        let presented = secret::parse(&text)
            .filter(|presented| matches!(presented.kind, Kind::Provisioning | Kind::Access))
            .filter(|presented| id::parse(team_id).as_ref() == Some(&presented.workspace_id))
            .ok_or_else(unknown)?;
        let (now, name) = (state.now(), region.name.clone());
        let (workspace, token) = state
            .read(move |conn| {
                let workspace = workspaces::find(conn, &presented.workspace_id, &name)?;
                Ok::<_, Error>((workspace, tokens::find_live(conn, &presented, now)?))
            })
            .await?;
        let Some(workspace) = workspace else { return refuse(region::not_here(region, team_id)) };
        if basic && !workspace.allow_basic {
            return refuse("Basic is not allowed for this workspace; send the token as a bearer".to_owned());
        }
        match token {
            // An access token that acts for a person does not provision.
            Some((token, None)) => Ok(token),
            _ => Err(unknown()),
        }
    }
}
