//! `/setup`: the browser that used a set-up link continues for a while, so that a wrong client secret locks nobody out. Its cookie gives
//! the right to the set-up, its forms carry a token, and `Done` ends the set-up.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use futures_util::future::LocalBoxFuture;
use vestibule_admin::{
    Actor,
    provider::{connection::SettingsError, setup},
};
use vestibule_store::providers::setup_links;
use vestibule_web::{
    http::setup_session::{self, Setup},
    pages::{Refused, isolate},
};

use crate::{
    layout::{
        error::{PageError, PageResult},
        form::Fields,
        request::PageRequest,
    },
    provider::okta::{
        form::{SettingsFields, SettingsForm},
        save::{Author, save},
    },
    setup::page::{app_kind_in_query, gone, show},
};

/// A form from a page of the browser's set-up. It checks, in this order: the cookie, the body's type and size, the form token.
pub struct SetupForm<F> {
    request: PageRequest,
    setup: Setup,
    fields: F,
}

impl<F: Fields> FromRequest for SetupForm<F> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let request = PageRequest::new(&req)?;
            let setup = find(&request).await?;
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| request.failed(&error))?;
            let form = request.form(payload).await?;
            if !setup.sent(form.text("csrf")) {
                return Err(not_from_here(&request));
            }
            Ok(Self { fields: F::read(&form), request, setup })
        })
    }
}

/// Shows the steps.
pub async fn get(request: PageRequest) -> PageResult {
    let setup = find(&request).await?;
    let form = SettingsForm {
        saved: request.query_is("saved=1"),
        app_kind: app_kind_in_query(&request),
        ..SettingsForm::default()
    };
    show(&request, &setup.workspace, in_frame(&setup, form), true).await
}

/// Saves the settings again.
pub async fn post(form: SetupForm<SettingsFields>) -> PageResult {
    let SetupForm { request, setup, fields } = form;
    let (browser, now) = (setup.browser.clone(), request.state().now());
    let author = Author::by_link(&request, false);
    let saved = save(request.state(), &setup.workspace, &fields, fields.which(), author, move |conn| {
        let over = || SettingsError::Field("this set-up is over; ask for a new link".to_owned());
        setup_links::find_browser(conn, &browser, now)?.map(drop).ok_or_else(over)
    });
    match saved.await {
        Ok(_) => {
            tracing::warn!(workspace = %setup.workspace.workspace_id, "setup_link.saved_again");
            Ok(request.redirect("/setup?saved=1"))
        }
        Err(SettingsError::Field(problem)) => {
            let form = in_frame(&setup, SettingsForm::typed(&fields, problem));
            show(&request, &setup.workspace, form, false).await
        }
        Err(SettingsError::Store(error)) => Err(request.failed(&error)),
    }
}

/// `POST /setup/done`: ends the set-up in this browser.
pub async fn done(form: SetupForm<()>) -> PageResult {
    let SetupForm { request, setup, .. } = form;
    let actor = Actor::operator(request.cause("setup_link"), request.state().now());
    let name = setup.workspace.name.clone();
    request.write(move |conn| setup::end_browser(conn, &actor, &setup.browser)).await?;
    let sentence = format!(
        "This browser can no longer change the settings of {}. Your settings are saved.",
        isolate(&name)
    );
    let sign_in = request.state().app_url("/integrations/okta");
    let mut response = Refused::new(StatusCode::OK, "Set-up finished", sentence)
        .advise(format!("To continue, sign in as an administrator: {sign_in}"))
        .page(request.state());
    let removal = setup_session::removal(request.state());
    response.add_cookie(&removal).map_err(|error| request.failed(&error))?;
    Ok(response)
}

async fn find(request: &PageRequest) -> Result<Setup, PageError> {
    let found = setup_session::find(request.state(), request.http()).await;
    found.map_err(|error| request.failed(&error))?.ok_or_else(|| gone(request))
}

fn not_from_here(request: &PageRequest) -> PageError {
    request.refuse(
        Refused::new(
            StatusCode::FORBIDDEN,
            "Nothing was changed",
            "The form was not one of this set-up's pages.",
        )
        .advise("Open the set-up page again and send the form from there.")
        .refer(request.id()),
    )
}

fn in_frame(setup: &Setup, form: SettingsForm) -> SettingsForm {
    SettingsForm { action: "/setup".to_owned(), csrf: setup.csrf.clone(), ..form }
}
