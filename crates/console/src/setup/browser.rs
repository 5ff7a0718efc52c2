//! `/setup`: the steps by a set-up link. `/setup/{link}` asks for the kind of app; that choice uses the link up, and gives the browser a
//! cookie with which it alone goes on at `/setup/{step}`, for a while. `Done` ends that.

use actix_web::{HttpRequest, http::StatusCode, web};
use vestibule_admin::{Actor, provider::setup};
use vestibule_store::{
    access::secrets::{self, Kind, Presented},
    providers::setup_links,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    http::setup_session,
    pages::{Refused, isolate},
};

use crate::{
    layout::{
        error::{PageError, PageResult},
        form::not_from_here,
        request::PageRequest,
    },
    provider::okta::save::Author,
    setup::{
        act::{act, chosen, set_app},
        caller::{Caller, SetupForm, gone},
        page,
        step::Step,
    },
};

/// `GET /setup`: leads to the first open step.
pub async fn index(request: PageRequest) -> PageResult {
    page::first_open(&Caller::of_link(request).await?).await
}

/// `GET /setup/{step}` or `GET /setup/{link}`
pub async fn get(request: PageRequest, path: web::Path<String>) -> PageResult {
    if let Some(step) = Step::find(&path) {
        return page::get(&Caller::of_link(request).await?, step).await;
    }
    let (_, workspace) = open(&request, &path).await?;
    page::of_link(&request, &workspace, &path, "").await
}

/// `POST /setup/{step}`: the form of a step; `POST /setup/{link}`: chooses the kind of app, and uses the link up.
pub async fn post(request: PageRequest, payload: web::Payload, path: web::Path<String>) -> PageResult {
    if let Some(step) = Step::find(&path) {
        let (caller, sent) = SetupForm::receive(request, payload).await?.caller();
        return act(&caller, step, &sent).await;
    }
    let (link, workspace) = open(&request, &path).await?;
    // The answer sets a cookie of the link's workspace: another site must not set it in somebody's browser.
    if is_from_another_site(request.http()) {
        return Err(not_from_here(&request));
    }
    let Some(kind) = chosen(&request.form(payload).await?) else {
        return page::of_link(&request, &workspace, &path, "choose one of the kinds of apps").await;
    };
    let (actor, now) = (Author::by_link(&request).actor, request.state().now());
    let (id, allow_insecure) =
        (workspace.workspace_id.clone(), request.state().config().okta.allow_insecure_issuers);
    let browser = request
        .write(move |conn| {
            let Some(browser) = setup_links::take(conn, &link, now)? else { return Ok(None) };
            set_app(conn, &actor, &workspace, kind, allow_insecure)?;
            setup::record_link_used(conn, &actor, &workspace.workspace_id)?;
            Ok(Some(browser))
        })
        .await?;
    let browser = browser.ok_or_else(|| gone(&request))?;
    tracing::warn!(workspace = %id, "setup_link.used");
    request.redirect_with("/setup/create", &setup_session::cookie(request.state(), browser))
}

/// `GET /setup/done`: the summary.
pub async fn summary(request: PageRequest) -> PageResult {
    page::get(&Caller::of_link(request).await?, Step::Done).await
}

/// `POST /setup/done`: ends the set-up in this browser.
pub async fn done(form: SetupForm) -> PageResult {
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

/// Whether the browser says that another site sent the form (Fetch Metadata). Scripts and old browsers say nothing.
fn is_from_another_site(req: &HttpRequest) -> bool {
    let site = req.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    site.is_some_and(|site| !["same-origin", "none"].contains(&site))
}

/// The live link of this text, and its workspace.
async fn open(request: &PageRequest, link: &str) -> Result<(Presented, Workspace), PageError> {
    let Some(presented) = secrets::parse(link).filter(|link| link.kind == Kind::Setup) else {
        return Err(gone(request));
    };
    let state = request.state();
    let (wanted, region, now) = (presented.clone(), state.config().region.name.clone(), state.now());
    let workspace = request
        .read(move |conn| {
            let live = setup_links::is_live(conn, &wanted, now)?;
            Ok(workspaces::find(conn, &wanted.workspace_id, &region)?.filter(|_| live))
        })
        .await?;
    if let Some(workspace) = workspace {
        return Ok((presented, workspace));
    }
    // The browser that used the link is led to where it can continue.
    match setup_session::find(state, request.http()).await {
        Ok(Some(setup)) if setup.link_digest == presented.digest => {
            Err(PageError::Redirect(state.app_url("/setup")))
        }
        Ok(_) => Err(gone(request)),
        Err(error) => Err(request.failed(&error)),
    }
}
