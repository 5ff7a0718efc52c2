//! `/setup`: the browser that used a set-up link goes on for a while, so that a wrong client secret locks nobody out. Its
//! cookie is the right, its forms carry a token of their own, and `Done` ends it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use vestibule_admin::{self as admin, Actor, connection::SettingsError};
use vestibule_store::providers::setup_links;
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        request,
        setup_session::{self, Setup},
    },
    pages::{self, Refused},
};

use crate::{
    layout::auth,
    provider::okta::{self, By, Form},
    setup::{gone, show},
};

/// Shows the steps.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match open(&req, &state).await {
        Ok(setup) => {
            let saved = req.query_string() == "saved=1";
            show(
                &req,
                &state,
                &setup.workspace,
                framed(&setup, Form { saved, app_kind: okta::asked_kind(&req), ..Form::default() }),
                true,
            )
            .await
        }
        Err(answer) => answer,
    }
}

/// Saves the settings again.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (setup, form) = match open_with_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (browser, now) = (setup.browser.clone(), state.now());
    let by = By::link(&req, &state, false);
    let saved = okta::save(&state, &setup.workspace, &form, by, move |conn| {
        let over = || SettingsError::Field("this set-up is over; ask for a new link".to_owned());
        setup_links::find_browser(conn, &browser, now)?.map(|_| ()).ok_or_else(over)
    });
    match saved.await {
        Ok(()) => {
            tracing::warn!(workspace = %setup.workspace.workspace_id, "setup_link.saved_again");
            auth::redirect(state.app_url("/setup?saved=1"))
        }
        Err(SettingsError::Field(problem)) => {
            let form = framed(&setup, okta::typed(&form, problem));
            show(&req, &state, &setup.workspace, form, false).await
        }
        Err(SettingsError::Store(error)) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /setup/done`: ends it.
pub async fn done(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (setup, _) = match open_with_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (actor, name) =
        (Actor::operator(request::cause(&req, "setup_link"), state.now()), setup.workspace.name.clone());
    let ended = state.write(move |conn| admin::setup::end_browser(conn, &actor, &setup.browser));
    if let Err(error) = ended.await {
        return pages::failed(&state, &request::id(&req), &error);
    }
    let mut answer = Refused::new(
        StatusCode::OK,
        "The set-up is closed",
        format!(
            "This browser can change nothing of {} any more. The settings you saved stay.",
            pages::isolate(&name)
        ),
    )
    .advise(format!("Sign in as an administrator to go on: {}", state.app_url("/integrations/okta")))
    .page(&state);
    match answer.add_cookie(&setup_session::removal(&state)) {
        Ok(()) => answer,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

async fn open(req: &HttpRequest, state: &State) -> Result<Setup, HttpResponse> {
    match setup_session::find(state, req).await {
        Ok(Some(setup)) => Ok(setup),
        Ok(None) => Err(gone(req, state)),
        Err(error) => Err(pages::failed(state, &request::id(req), &error)),
    }
}

async fn open_with_form(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(Setup, Parameters), HttpResponse> {
    let setup = open(req, state).await?;
    let form = Parameters::of_form(req, payload).await.map_err(|error| auth::unreadable(state, &error))?;
    if setup.sent(form.text("csrf")) {
        return Ok((setup, form));
    }
    Err(Refused::new(
        StatusCode::FORBIDDEN,
        "Nothing was changed",
        "The form was not one of this set-up's pages.",
    )
    .advise("Open the set-up page again and send the form from there.")
    .refer(request::id(req))
    .page(state))
}

fn framed(setup: &Setup, form: Form) -> Form {
    Form { action: "/setup".to_owned(), csrf: setup.csrf.clone(), by_link: true, ..form }
}
