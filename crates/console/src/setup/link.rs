//! `/setup/{link}`: the steps by a set-up link. The first form that saves uses the link up; from then on only that browser can continue,
//! at `/setup` (`browser`).

use actix_web::{HttpRequest, web};
use vestibule_admin::provider::connection::SettingsError;
use vestibule_store::{
    access::secrets::{self, Kind, Presented},
    providers::setup_links,
    workspaces::{self, Workspace},
};
use vestibule_web::http::setup_session;

use crate::{
    layout::{
        error::{PageError, PageResult},
        form::{Fields, not_from_here},
        request::PageRequest,
    },
    provider::okta::{
        form::{SettingsFields, SettingsForm},
        save::{Author, save},
    },
    setup::page::{app_kind_in_query, gone, show},
};

/// Shows the steps.
pub async fn get(request: PageRequest, path: web::Path<String>) -> PageResult {
    let (_, workspace) = open(&request, &path).await?;
    let form = SettingsForm {
        action: action(&path),
        app_kind: app_kind_in_query(&request),
        ..SettingsForm::default()
    };
    show(&request, &workspace, form, true).await
}

/// Saves the settings, uses the link up and lets this browser continue.
pub async fn post(request: PageRequest, payload: web::Payload, path: web::Path<String>) -> PageResult {
    let (link, workspace) = open(&request, &path).await?;
    // The answer sets a cookie of the link's workspace: another site must not set it in somebody's browser.
    if is_from_another_site(request.http()) {
        return Err(not_from_here(&request));
    }
    let fields = SettingsFields::read(&request.form(payload).await?);
    let (author, now) = (Author::by_link(&request, true), request.state().now());
    let saved = save(request.state(), &workspace, &fields, fields.which(), author, move |conn| {
        let used = || SettingsError::Field("this set-up link has been used or has expired".to_owned());
        setup_links::take(conn, &link, now)?.ok_or_else(used)
    });
    match saved.await {
        Ok((browser, _)) => {
            tracing::warn!(workspace = %workspace.workspace_id, "setup_link.used");
            request.redirect_with("/setup?saved=1", &setup_session::cookie(request.state(), browser))
        }
        Err(SettingsError::Field(problem)) => {
            let form = SettingsForm { action: action(&path), ..SettingsForm::typed(&fields, problem) };
            show(&request, &workspace, form, false).await
        }
        Err(SettingsError::Store(error)) => Err(request.failed(&error)),
    }
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

fn action(link: &str) -> String {
    format!("/setup/{link}")
}
