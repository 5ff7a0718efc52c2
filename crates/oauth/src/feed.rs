//! `GET /api/events` and `/api/events/stream`: what happened to a workspace's people, for the app behind. It shows who it is by its
//! client's secret in Basic, again at each look: a client whose secret ended hears nothing more.

mod pull;
mod stream;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use serde_json::{Value, json};
use vestibule_admin::trail;
use vestibule_core::{ids, sets::ClientKind};
use vestibule_store::{Conn, trail::events::Event, workspaces};
use vestibule_web::{
    State,
    http::{input::Parameters, limits::RetryAfter},
};

use crate::{client::auth::Presented, error::OAuthError};

pub use pull::get;
pub use stream::{Streams, get as get_stream};

/// Who listens, and to what.
struct Listener {
    presented: Presented,
    region: String,
    /// The workspace that was asked for.
    asked: Option<String>,
}

/// Who it turned out to be: the client, and the workspace it hears of; `None`: of each.
struct Heard {
    client_id: String,
    workspace_id: Option<String>,
}

impl Listener {
    fn of(req: &HttpRequest, query: &Parameters, state: &State) -> Result<Self, OAuthError> {
        let presented = Presented::read(req, &Parameters::default())?;
        let asked = match query.get("team_id") {
            None => None,
            Some(text) => Some(ids::parse(text).ok_or(OAuthError::Request("team_id is no workspace"))?),
        };
        Ok(Self { presented, region: state.config().region.name.clone(), asked })
    }

    /// The client of the secret, if it still is, is an app or a service, and may hear of that workspace.
    fn admit(&self, conn: &mut Conn) -> Result<Heard, OAuthError> {
        let client = self.presented.authenticate(conn)?;
        if !matches!(client.kind, ClientKind::App | ClientKind::Service) {
            return Err(OAuthError::UnauthorizedClient("only an app or a service may listen to events"));
        }
        let own = (!client.is_deployment_wide()).then(|| client.workspace_id.clone());
        let unknown = OAuthError::Request("team_id is no workspace of this client");
        let workspace_id = match (own, self.asked.clone()) {
            (Some(own), Some(asked)) if own != asked => return Err(unknown),
            (own, asked) => own.or(asked),
        };
        if let Some(workspace_id) = &workspace_id
            && workspaces::find(conn, workspace_id, &self.region)?.is_none()
        {
            return Err(unknown);
        }
        Ok(Heard { client_id: client.client_id, workspace_id })
    }
}

/// An event as it is told: as operators read it, with its workspace and the user it is about.
fn told(event: &Event) -> Value {
    let mut told = trail::describe(event);
    if let Some(members) = told.as_object_mut() {
        members.insert("team_id".to_owned(), json!(event.workspace_id));
        members.insert("user_id".to_owned(), json!(event.target.strip_prefix("user:")));
    }
    told
}

/// A refusal; guessing costs the guesser's address.
fn refuse(req: &HttpRequest, state: &State, refusal: &OAuthError) -> HttpResponse {
    if matches!(refusal, OAuthError::Client)
        && let Err(RetryAfter(seconds)) = state.limits().address(req)
    {
        return too_many(seconds);
    }
    refusal.answer(state)
}

fn too_many(seconds: u64) -> HttpResponse {
    let told =
        json!({ "error": "too_many_requests", "error_description": format!("come again in {seconds} s") });
    let mut answer = HttpResponse::TooManyRequests().json(told);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}
