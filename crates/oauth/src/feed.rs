//! `GET /api/events` and `/api/events/stream`: events about a workspace's people, for apps and services. The client authenticates by its
//! secret in Basic. The secret is checked at each read of the database, so that a stream ends when the secret is revoked.

mod pull;
mod stream;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use serde_json::{Value, json};
use vestibule_admin::trail;
use vestibule_core::{ids::WorkspaceId, sets::ClientKind};
use vestibule_store::{Conn, trail::events::Event, workspaces};
use vestibule_web::{
    State,
    http::{input::Parameters, limits::RetryAfter},
};

use crate::{client::auth::Credentials, error::OAuthError};

pub use pull::get;
pub use stream::{Streams, get as get_stream};

/// A request for events, not authenticated yet.
struct FeedRequest {
    credentials: Credentials,
    region: String,
    /// Requested workspace.
    team_id: Option<WorkspaceId>,
}

/// Authenticated client, and the workspace whose events it gets; `None` means all workspaces.
struct Subscription {
    client_id: String,
    workspace_id: Option<WorkspaceId>,
}

impl FeedRequest {
    fn read(req: &HttpRequest, query: &Parameters, state: &State) -> Result<Self, OAuthError> {
        let credentials = Credentials::read(req, &Parameters::default())?;
        let team_id = match query.get("team_id") {
            None => None,
            Some(text) => {
                Some(WorkspaceId::parse(text).ok_or(OAuthError::Request("team_id is no workspace"))?)
            }
        };
        Ok(Self { credentials, region: state.config().region.name.clone(), team_id })
    }

    /// Authenticates the client, which must be an app or a service and may get events of the requested workspace.
    fn authorize(&self, conn: &mut Conn) -> Result<Subscription, OAuthError> {
        let client = self.credentials.authenticate_by_secret(conn)?;
        if !matches!(client.kind, ClientKind::App | ClientKind::Service) {
            return Err(OAuthError::UnauthorizedClient("only an app or a service may listen to events"));
        }
        let own = (!client.is_deployment_wide()).then(|| client.workspace_id.clone());
        let unknown = OAuthError::Request("team_id is no workspace of this client");
        let workspace_id = match (own, self.team_id.clone()) {
            (Some(own), Some(requested)) if own != requested => return Err(unknown),
            (own, requested) => own.or(requested),
        };
        if let Some(workspace_id) = &workspace_id
            && workspaces::find(conn, workspace_id, &self.region)?.is_none()
        {
            return Err(unknown);
        }
        Ok(Subscription { client_id: client.client_id.into_string(), workspace_id })
    }
}

/// JSON of an event, with its workspace and the user it is about.
fn event_json(event: &Event) -> Value {
    let mut object = trail::describe(event);
    if let Some(members) = object.as_object_mut() {
        members.insert("team_id".to_owned(), json!(event.workspace_id));
        members.insert("user_id".to_owned(), json!(event.target.strip_prefix("user:")));
    }
    object
}

/// Refuses a request. A wrong secret counts against the address.
fn refuse(req: &HttpRequest, state: &State, refusal: &OAuthError) -> HttpResponse {
    if matches!(refusal, OAuthError::Client)
        && let Err(RetryAfter(seconds)) = state.limits().address(req)
    {
        return too_many(seconds);
    }
    refusal.respond(state)
}

fn too_many(seconds: u64) -> HttpResponse {
    let body =
        json!({ "error": "too_many_requests", "error_description": format!("try again in {seconds} s") });
    let mut answer = HttpResponse::TooManyRequests().json(body);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}
