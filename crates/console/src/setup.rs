//! `/setup/{link}`: the set-up steps alone, for a customer's administrator who can't sign in yet. One workspace, set-up
//! only; saving uses the link up. The link itself is the right to post, so no session token is needed.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_store::{
    secret::{self, Kind, Presented},
    setup_links, workspaces,
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    connect::SettingsError,
    input::Parameters,
    page::{self, Around, Refused},
    request,
};

use crate::{
    door,
    okta::{self, Form},
};

/// Shows the steps.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match open(&req, &state, &path).await {
        Ok((_, workspace)) => {
            show(&req, &state, &workspace, Form { action: action(&path), ..Form::default() }, true).await
        }
        Err(answer) => answer,
    }
}

/// Saves the settings and uses the link up.
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
    let form = match Parameters::of_form(&req, payload).await {
        Ok(form) => form,
        Err(error) => return door::unreadable(&state, &error),
    };
    let cause = request::cause(&req, "setup_link");
    match okta::save(&state, &workspace.workspace_id, &form, cause, Some(link)).await {
        Ok(_) => Refused::new(
            StatusCode::OK,
            "Okta settings saved",
            format!("{} can now sign in through Okta. This link is used up; the steps are on the workspace's Okta page.", workspace.name),
        )
        .advise(format!("Sign in as an administrator to go on: {}", state.app_url("/integrations/okta")))
        .page(&state),
        Err(SettingsError::Field(problem)) => {
            let form = Form { action: action(&path), ..okta::typed(&form, problem) };
            show(&req, &state, &workspace, form, false).await
        }
        Err(SettingsError::Store(error)) => page::failed(&state, &request::id(&req), &error),
    }
}

async fn open(req: &HttpRequest, state: &State, link: &str) -> Result<(Presented, Workspace), HttpResponse> {
    let gone = || {
        Refused::new(
            StatusCode::NOT_FOUND,
            "This set-up link opens nothing",
            "It has been used, has expired after seven days, or belongs to another region.",
        )
        .advise("Ask whoever sent it for a new one.")
        .refer(request::id(req))
        .page(state)
    };
    let Some(presented) = secret::parse(link).filter(|link| link.kind == Kind::Setup) else {
        return Err(gone());
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
        Ok(Some(workspace)) => Ok((presented, workspace)),
        Ok(None) => Err(gone()),
        Err(error) => Err(page::failed(state, &request::id(req), &error)),
    }
}

async fn show(
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
            page::render(state, status, "Connect Okta", &around, &content)
        }
        Err(error) => page::failed(state, &request::id(req), &error),
    }
}

fn action(link: &str) -> String {
    format!("/setup/{link}")
}
