//! `/setup/{link}`: the set-up steps alone, for a customer's administrator who can't sign in yet, or not any more. One
//! workspace, set-up only. The first form that saves uses the link up, and from then on that browser goes on at `/setup`
//! (`setup_browser`); to everybody else the link opens nothing. The link itself is the right to post: there is no session.

pub mod browser;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_admin::connection::SettingsError;
use vestibule_store::{
    access::secrets::{self, Kind, Presented},
    providers::setup_links,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request, setup_session},
    pages::{self, Around, Refused},
};

use crate::{
    layout::auth,
    provider::okta::{self, By, Form},
};

/// Shows the steps.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match open(&req, &state, &path).await {
        Ok((_, workspace)) => {
            let form = Form {
                action: action(&path),
                by_link: true,
                app_kind: okta::asked_kind(&req),
                ..Form::default()
            };
            show(&req, &state, &workspace, form, true).await
        }
        Err(answer) => answer,
    }
}

/// Saves the settings, uses the link up and lets this browser go on.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (link, workspace) = match open(&req, &state, &path).await {
        Ok(opened) => opened,
        Err(answer) => return answer,
    };
    // The cookie that the answer sets is of the link's workspace: nobody plants theirs in somebody else's browser.
    if comes_from_elsewhere(&req) {
        return auth::not_ours(&req, &state);
    }
    let form = match Parameters::of_form(&req, payload).await {
        Ok(form) => form,
        Err(error) => return auth::unreadable(&state, &error),
    };
    let (by, now) = (By::link(&req, &state, true), state.now());
    let saved = okta::save(&state, &workspace, &form, by, move |conn| {
        let used = || SettingsError::Field("this set-up link has been used or has expired".to_owned());
        setup_links::take(conn, &link, now)?.ok_or_else(used)
    });
    match saved.await {
        Ok(browser) => {
            tracing::warn!(workspace = %workspace.workspace_id, "setup_link.used");
            let mut answer = auth::redirect(state.app_url("/setup?saved=1"));
            match answer.add_cookie(&setup_session::cookie(&state, browser)) {
                Ok(()) => answer,
                Err(error) => pages::failed(&state, &request::id(&req), &error),
            }
        }
        Err(SettingsError::Field(problem)) => {
            let form = Form { action: action(&path), by_link: true, ..okta::typed(&form, problem) };
            show(&req, &state, &workspace, form, false).await
        }
        Err(SettingsError::Store(error)) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// Whether the browser says that another site sent the form (Fetch Metadata). Scripts and old browsers say nothing.
fn comes_from_elsewhere(req: &HttpRequest) -> bool {
    let site = req.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    site.is_some_and(|site| !["same-origin", "none"].contains(&site))
}

async fn open(req: &HttpRequest, state: &State, link: &str) -> Result<(Presented, Workspace), HttpResponse> {
    let Some(presented) = secrets::parse(link).filter(|link| link.kind == Kind::Setup) else {
        return Err(gone(req, state));
    };
    let (wanted, region, now) = (presented.clone(), state.config().region.name.clone(), state.now());
    let found = state
        .read(move |conn| {
            let live = setup_links::is_live(conn, &wanted, now)?;
            Ok::<_, vestibule_store::Error>(
                workspaces::find(conn, &wanted.workspace_id, &region)?.filter(|_| live),
            )
        })
        .await;
    match found {
        Ok(Some(workspace)) => return Ok((presented, workspace)),
        Ok(None) => {}
        Err(error) => return Err(pages::failed(state, &request::id(req), &error)),
    }
    // Who used it and opens it again goes where they may go on.
    match setup_session::find(state, req).await {
        Ok(Some(setup)) if setup.link_digest == presented.digest => {
            Err(auth::redirect(state.app_url("/setup")))
        }
        Ok(_) => Err(gone(req, state)),
        Err(error) => Err(pages::failed(state, &request::id(req), &error)),
    }
}

/// The page of a link, or of a browser, that opens nothing.
pub(crate) fn gone(req: &HttpRequest, state: &State) -> HttpResponse {
    Refused::new(
        StatusCode::NOT_FOUND,
        "This set-up link opens nothing",
        "It has been used, has expired after three days, or belongs to another region. Who used it could go on in the same browser for two hours.",
    )
    .advise("Ask whoever sent it for a new one.")
    .refer(request::id(req))
    .page(state)
}

/// The steps, with the form as it is to stand there; `stored` fills it from what is saved.
pub(crate) async fn show(
    req: &HttpRequest,
    state: &State,
    workspace: &Workspace,
    form: Form,
    stored: bool,
) -> HttpResponse {
    let status = if form.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    match okta::gather(state, workspace, form, stored).await {
        Ok(content) => {
            let around = Around { workspace: Some(&workspace.name), ..Around::default() };
            pages::render(state, status, "Connect Okta", &around, &content)
        }
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

fn action(link: &str) -> String {
    format!("/setup/{link}")
}
