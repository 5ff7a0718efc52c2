//! The page `/settings`.

use askama::Template;
use vestibule_core::providers::Provider;

use crate::{
    layout::{access::Reader, error::PageResult, visitor::Visitor},
    settings::{
        domain_list::{DomainList, Domains},
        policies::form::Policies,
        provisioning::form::Terms,
    },
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    /// The email domains with their forms, rendered.
    domains: String,
    form: SettingsForm,
    policies: Policies,
    terms: Terms,
    /// The deployment's default for hours a session lasts.
    hours: i64,
    /// The deployment's default for minutes without a request.
    idle: i64,
}

/// The forms of the page as last typed, and what is wrong with them.
#[derive(Default)]
pub(super) struct SettingsForm {
    pub domain: String,
    pub problem: String,
    pub policies: Option<Policies>,
    pub sign_in_problem: String,
    pub terms: Option<Terms>,
    pub terms_problem: String,
    pub saved: bool,
}

/// `GET /settings`
pub async fn get(reader: Reader) -> PageResult {
    let form = SettingsForm { saved: reader.query_is("saved=1"), ..SettingsForm::default() };
    show(&reader, form).await
}

/// Renders the page, with forms to correct.
pub(super) async fn show(visitor: &Visitor, form: SettingsForm) -> PageResult {
    let (workspace, now) = (visitor.workspace().clone(), visitor.state().now());
    let (terms, domains) = visitor
        .read(move |conn| Ok((Terms::of(conn, &workspace)?, Domains::read(conn, &workspace.workspace_id)?)))
        .await?;
    let has_problem =
        [&form.problem, &form.sign_in_problem, &form.terms_problem].iter().any(|problem| !problem.is_empty());
    let sign_in = &visitor.state().config().sign_in;
    let list = DomainList {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        may_remove: visitor.may_change(),
        action: "/settings/domains",
        typed: &form.domain,
        problem: &form.problem,
        ..DomainList::of(domains, visitor.state(), now)
    };
    let content = SettingsPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        domains: list.render().map_err(|error| visitor.failed(&error))?,
        policies: form.policies.clone().unwrap_or_else(|| Policies::of(visitor.workspace())),
        terms: form.terms.clone().unwrap_or(terms),
        form,
        hours: sign_in.session_hours,
        idle: sign_in.idle_minutes,
    };
    visitor.form_page("Settings", has_problem, &content)
}
