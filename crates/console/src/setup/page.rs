//! Renders a step.

use actix_web::{HttpResponse, http::header};
use askama::Template;
use vestibule_core::sets::{OktaAppKind, ProviderKind};
use vestibule_store::workspaces::Workspace;

use crate::{
    layout::{
        error::{PageError, PageResult},
        request::PageRequest,
    },
    provider::{
        doctor::{Check, Facts, facts},
        okta::form::SettingsForm,
        saml::set_up as saml,
    },
    settings::domain_list::DomainList,
    setup::{
        caller::{Caller, render},
        content::{Fault, Issued, SetupPage},
        drawn,
        read::{Read, first_open as first},
        state::{connection, provider_of},
        step::Step,
    },
};

/// What a step shows besides the facts.
#[derive(Default)]
pub(super) struct Shown {
    /// The settings as typed; none: as stored.
    pub form: Option<SettingsForm>,
    /// The settings of SAML as typed; none: as stored.
    pub saml: Option<saml::Form>,
    /// The domain as typed.
    pub domain: String,
    /// What the provider just answered.
    pub checks: Vec<Check>,
    pub issued: Option<Issued>,
    /// Why nothing was changed; empty: there is no reason.
    pub problem: String,
}

/// Who reads a step, and where its form goes.
struct Reading<'a> {
    request: &'a PageRequest,
    workspace: &'a Workspace,
    csrf: &'a str,
    by_link: bool,
    may_change: bool,
    base: &'static str,
    action: String,
}

impl<'a> Reading<'a> {
    fn of(caller: &'a Caller, step: Step) -> Self {
        Self {
            request: caller.request(),
            workspace: caller.workspace(),
            csrf: caller.csrf(),
            by_link: caller.is_link(),
            may_change: caller.may_change(),
            base: caller.base(),
            action: caller.path(step),
        }
    }
}

/// Leads to the first step that is not done.
pub(super) async fn first_open(caller: &Caller) -> PageResult {
    let read = read(caller.request(), caller.workspace()).await?;
    Ok(caller.request().redirect(&caller.path(first(&read.statuses(None)))))
}

/// Shows a step. Before the choice of an app there is only that choice.
pub(super) async fn get(caller: &Caller, step: Step) -> PageResult {
    let page = build(&Reading::of(caller, step), step, Shown::default()).await?;
    let is_of_workspace = page.statuses.iter().any(|status| status.step == step);
    if (page.app == OktaAppKind::Unknown && step != Step::App) || !is_of_workspace {
        return Ok(caller.request().redirect(&caller.path(first(&page.statuses))));
    }
    if page.only_parts {
        let html = page.render().map_err(|error| caller.failed(&error))?;
        return Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/html; charset=utf-8")
            .body(html));
    }
    caller.page(&title(&page), false, &page)
}

/// Shows a step with what was just done or typed there.
pub(super) async fn show(caller: &Caller, step: Step, shown: Shown) -> PageResult {
    let has_problem = !shown.problem.is_empty()
        || shown.form.as_ref().is_some_and(|form| !form.problem.is_empty())
        || shown.saml.as_ref().is_some_and(saml::Form::has_problem);
    let mut page = build(&Reading::of(caller, step), step, shown).await?;
    page.only_parts = false;
    caller.page(&title(&page), has_problem, &page)
}

/// Shows the first step to somebody with a link that is not used up.
pub(super) async fn of_link(
    request: &PageRequest,
    workspace: &Workspace,
    link: &str,
    problem: &str,
) -> PageResult {
    let reading = Reading {
        request,
        workspace,
        csrf: "",
        by_link: true,
        may_change: true,
        base: "/setup",
        action: format!("/setup/{link}"),
    };
    let shown = Shown { problem: problem.to_owned(), ..Shown::default() };
    let mut page = build(&reading, Step::App, shown).await?;
    page.only_parts = false;
    // The other steps open with the choice, which uses the link up.
    page.app = OktaAppKind::Unknown;
    Ok(render(request, workspace, &title(&page), !problem.is_empty(), &page))
}

fn title(page: &SetupPage) -> String {
    format!("{} · Connect {}", page.step.title(page.app, page.provider), page.provider.name)
}

/// Reads the facts, with what this process saw just now.
async fn read(request: &PageRequest, workspace: &Workspace) -> Result<Read, PageError> {
    let (state, id, now) = (request.state().clone(), workspace.workspace_id.clone(), request.state().now());
    facts::store_seen(&state).await.map_err(|error| request.failed(&error))?;
    request
        .read(move |conn| {
            let facts = facts::read(conn, &state, &id, now)?;
            let chosen = facts.chosen_app;
            Read::of(conn, facts, chosen)
        })
        .await
}

async fn build(reading: &Reading<'_>, step: Step, shown: Shown) -> Result<SetupPage, PageError> {
    let Reading { request, workspace, .. } = reading;
    let query = request.query()?;
    let typed: Option<ProviderKind> = query.text("provider").parse().ok();
    let read = read(request, workspace).await?;
    let (state, id) = (request.state(), &workspace.workspace_id);
    let provider = provider_of(&read.facts, read.app, typed);
    let statuses = read.statuses(typed);
    let judged = read.judged();
    let faults = judged.faults(step).into_iter().map(|found| Fault {
        saw: found.saw.clone(),
        means: found.means.clone(),
        change: found.change.clone(),
    });
    let faults = faults.collect();
    let tested = judged.tested().cloned();
    let mut paste = read.facts.paste.clone();
    paste.app_kind = if read.app == OktaAppKind::Catalog { OktaAppKind::Catalog } else { OktaAppKind::Own };
    let failed = |error: askama::Error| request.failed(&error);
    let (mut saml_form, mut saml_addresses, mut domains) = (String::new(), String::new(), String::new());
    match step {
        Step::Credentials => {
            if let Some(form) = shown.saml.as_ref().or(read.saml.as_ref()) {
                let action = match typed {
                    Some(kind) => format!("{}?provider={kind}", reading.action),
                    None => reading.action.clone(),
                };
                saml_form = form.render(reading.csrf, action, provider).map_err(failed)?;
            }
        }
        Step::Create if read.app == OktaAppKind::Saml => {
            saml_addresses = saml::addresses(state, id, provider).map_err(failed)?;
        }
        Step::Domain => {
            let list = DomainList {
                csrf: reading.csrf,
                may_change: reading.may_change,
                may_remove: reading.may_change && !reading.by_link,
                action: &reading.action,
                typed: &shown.domain,
                problem: &shown.problem,
                ..DomainList::of(read.domains, state, state.now())
            };
            domains = list.render().map_err(failed)?;
        }
        _ => {}
    }
    let form = match shown.form {
        Some(form) => form,
        None => stored(&read.facts, read.app),
    };
    let protocol = if read.app == OktaAppKind::Saml { "saml" } else { "oidc" };
    let sign_in = state.api_url(&format!("/api/okta/{protocol}/login?team_id={id}"));
    let brand = state.brand();
    Ok(SetupPage {
        only_parts: query.text("part") == "1",
        step,
        app: read.app,
        provider,
        workspace: workspace.name.clone(),
        workspace_id: id.to_string(),
        faults,
        by_link: reading.by_link,
        may_change: reading.may_change,
        csrf: reading.csrf.to_owned(),
        base: reading.base,
        action: reading.action.clone(),
        problem: if step == Step::Domain { String::new() } else { shown.problem },
        initiate: paste.initiate_login_uri(),
        form,
        saml_form,
        saml_addresses,
        domains,
        found: read.found,
        checks: shown.checks,
        tested,
        issued: shown.issued,
        logout: read.logout,
        drawn: drawn::of(step, read.app, &paste),
        people: read.users,
        groups: read.groups,
        scim_clients: read.scim_clients,
        is_administered: read.is_administered,
        console: match reading.by_link {
            true => format!("{sign_in}&target_link_uri=/overview"),
            false => "/integrations/okta".to_owned(),
        },
        sign_in,
        product: brand.product_url.clone(),
        product_name: brand.name.clone(),
        statuses,
        paste,
        facts: read.facts,
        now: state.now(),
    })
}

/// The form of the saved settings. Never the secret.
fn stored(facts: &Facts, app: OktaAppKind) -> SettingsForm {
    let one = match app {
        OktaAppKind::Saml => None,
        _ => connection(facts, app).and(facts.connection()),
    };
    one.map(SettingsForm::stored).unwrap_or_default()
}
