//! Who may see a page: somebody signed in, their workspace with them; else the way to sign in and back.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use url::Url;
use vestibule_admin::Actor;
use vestibule_core::{ids, time::Micros};
use vestibule_store::{
    trail::events::Cause,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{
        input::{BodyError, Parameters},
        request,
        session::{self, SignedIn},
    },
    pages::{self, Around, Refused},
};

/// Somebody signed in.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub signed_in: SignedIn,
    pub workspace: Workspace,
    /// The path of the page they ask for.
    pub path: String,
}

impl Visitor {
    pub(crate) fn around(&self) -> Around<'_> {
        Around {
            workspace: Some(&self.workspace.name),
            signed_in: true,
            reader: self.signed_in.is_reader(),
            path: &self.path,
            csrf: &self.signed_in.csrf,
            ..Around::default()
        }
    }

    /// Whether they may change what they see: an auditor sees everything an administrator sees, without a form or button.
    pub(crate) fn may_change(&self) -> bool {
        self.signed_in.is_administrator()
    }

    /// The administrator who makes a change in this request.
    pub(crate) fn actor(&self, req: &HttpRequest, now: Micros) -> Actor {
        Actor::administrator(self.cause(req), &self.signed_in.user.user_id, now)
    }

    /// The person who changes their own things in this request.
    pub(crate) fn person(&self, req: &HttpRequest, now: Micros) -> Actor {
        Actor::person(self.cause(req), now)
    }

    /// Who they are and in which request, for the trail.
    pub(crate) fn cause(&self, req: &HttpRequest) -> Cause {
        request::cause(req, self.signed_in.actor())
    }
}

/// Whoever is signed in, or the answer that sends the browser to sign in.
pub(crate) async fn visitor(req: &HttpRequest, state: &State) -> Result<Visitor, HttpResponse> {
    let found = match session::find(state, req).await {
        Ok(Some(signed_in)) => {
            let (workspace_id, region) =
                (signed_in.user.workspace_id.clone(), state.config().region.name.clone());
            state.read(move |conn| workspaces::find(conn, &workspace_id, &region)).await.map(|workspace| {
                workspace.map(|workspace| Visitor { signed_in, workspace, path: req.path().to_owned() })
            })
        }
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(visitor)) => Ok(visitor),
        Ok(None) => Err(to_sign_in(req, state)),
        Err(error) => Err(pages::failed(state, &request::id(req), &error)),
    }
}

/// Whoever may see the administrator's pages, or the page that says who may.
pub(crate) async fn reader(req: &HttpRequest, state: &State) -> Result<Visitor, HttpResponse> {
    let visitor = visitor(req, state).await?;
    if visitor.signed_in.is_reader() {
        return Ok(visitor);
    }
    Err(stranger(req, state, &visitor))
}

/// Whoever may change what is there, or the page that says who may.
pub(crate) async fn administrator(req: &HttpRequest, state: &State) -> Result<Visitor, HttpResponse> {
    let visitor = reader(req, state).await?;
    if visitor.may_change() {
        return Ok(visitor);
    }
    let happened = format!(
        "You are signed in to {} with the role Auditor, which sees what an administrator sees and changes nothing.",
        pages::isolate(&visitor.workspace.name)
    );
    Err(Refused::new(StatusCode::FORBIDDEN, "Auditors change nothing", happened)
        .advise("Ask an owner or admin of the workspace to do it.")
        .refer(request::id(req))
        .page(state))
}

fn stranger(req: &HttpRequest, state: &State, visitor: &Visitor) -> HttpResponse {
    let happened = format!(
        "You are signed in to {} without the role Owner or Admin, or Auditor, who only looks.",
        pages::isolate(&visitor.workspace.name)
    );
    Refused::new(StatusCode::FORBIDDEN, "This page is for administrators", happened)
        .advise("Ask an owner or admin of the workspace.")
        .refer(request::id(req))
        .page(state)
}

/// The id a segment of the address is; what is none names nothing.
pub(crate) fn id_of(segment: &str) -> String {
    ids::parse(segment).unwrap_or_default()
}

/// What another workspace has, or nobody: the same answer.
pub(crate) fn nothing_here(req: &HttpRequest, state: &State, title: &str, advice: &str) -> HttpResponse {
    Refused::new(StatusCode::NOT_FOUND, title, "It was deleted, or belongs to another workspace.")
        .advise(advice)
        .refer(request::id(req))
        .page(state)
}

/// A form of this session's pages, or the page that says why not.
pub(crate) async fn form(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    visitor: &Visitor,
) -> Result<Parameters, HttpResponse> {
    let form = Parameters::of_form(req, payload).await.map_err(|error| unreadable(state, &error))?;
    if visitor.signed_in.sent(form.text("csrf")) {
        return Ok(form);
    }
    Err(not_ours(req, state))
}

/// An administrator and the form they sent from a page of theirs, or the page that says why not.
pub(crate) async fn administrator_s_form(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(Visitor, Parameters), HttpResponse> {
    let visitor = administrator(req, state).await?;
    let form = form(req, payload, state, &visitor).await?;
    Ok((visitor, form))
}

/// An administrator and the query of the page they ask for, or the page that says why not.
pub(crate) async fn administrator_s_query(
    req: &HttpRequest,
    state: &State,
) -> Result<(Visitor, Parameters), HttpResponse> {
    let visitor = administrator(req, state).await?;
    let query = Parameters::of_query(req).map_err(|error| unreadable(state, &error))?;
    Ok((visitor, query))
}

/// Who may look and the query of the page they ask for, or the page that says why not.
pub(crate) async fn reader_s_query(
    req: &HttpRequest,
    state: &State,
) -> Result<(Visitor, Parameters), HttpResponse> {
    let visitor = reader(req, state).await?;
    let query = Parameters::of_query(req).map_err(|error| unreadable(state, &error))?;
    Ok((visitor, query))
}

/// A form of somebody else's making.
pub(crate) fn not_ours(req: &HttpRequest, state: &State) -> HttpResponse {
    Refused::new(
        StatusCode::FORBIDDEN,
        "Nothing was changed",
        "The form was not one of this session's pages.",
    )
    .advise("Go back, reload the page and send the form again.")
    .refer(request::id(req))
    .page(state)
}

pub(crate) fn unreadable(state: &State, error: &BodyError) -> HttpResponse {
    Refused::new(error.status(), "This form can't be read", format!("Vestibule can't read it: {error}."))
        .advise("Go back, reload the page and send the form again.")
        .page(state)
}

pub(crate) fn redirect(url: impl Into<String>) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url.into()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

fn to_sign_in(req: &HttpRequest, state: &State) -> HttpResponse {
    // The way back is a GET: from a form that found no session, to the page it stands on.
    let back = state.app_url(&page_of(req));
    match Url::parse_with_params(&state.app_url("/auth"), [("target_link_uri", back)]) {
        Ok(url) => redirect(url),
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

fn page_of(req: &HttpRequest) -> String {
    let mut parts = req.path().split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("people"), Some(user_id)) => format!("/people/{user_id}"),
        (Some("integrations"), _) if req.path().ends_with("/brake") => "/integrations/okta".to_owned(),
        (Some("roles"), Some(role_id)) => format!("/roles/{role_id}"),
        (Some("entitlements"), _) => "/roles".to_owned(),
        (Some("webhooks"), Some(webhook_id)) => format!("/webhooks/{webhook_id}"),
        (Some(page @ ("account" | "settings" | "tokens" | "activity")), Some(_)) => format!("/{page}"),
        _ => req.path().to_owned(),
    }
}
