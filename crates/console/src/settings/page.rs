//! The page `/settings`.

use askama::Template;
use vestibule_admin::provider::domains::{record, renewal};
use vestibule_core::{
    sets::DomainProof,
    time::{self, Micros},
};
use vestibule_store::providers::{
    domain_claims::{self, DomainClaim},
    domains::{self, Domain},
};

use crate::{
    layout::{access::Reader, error::PageResult, moment::Moment, visitor::Visitor},
    settings::{policies::form::Policies, provisioning::form::Terms},
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    csrf: &'a str,
    may_change: bool,
    verified: Vec<VerifiedRow>,
    claims: Vec<ClaimRow>,
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

/// A domain of the workspace, and its DNS record.
struct VerifiedRow {
    domain: String,
    by_dns: bool,
    /// The name of the record.
    name: String,
    /// The value of the record; empty: not known.
    value: String,
    /// Since when the record is gone, and when the domain lapses.
    missing: Option<(String, String)>,
    lapsed: bool,
}

/// A claimed domain, and the DNS record to add.
struct ClaimRow {
    domain: String,
    name: String,
    value: String,
    finding: String,
    checked: Option<String>,
}

/// `GET /settings`
pub async fn get(reader: Reader) -> PageResult {
    let form = SettingsForm { saved: reader.query_is("saved=1"), ..SettingsForm::default() };
    show(&reader, form).await
}

/// Renders the page, with forms to correct.
pub(super) async fn show(visitor: &Visitor, form: SettingsForm) -> PageResult {
    let (workspace, now) = (visitor.workspace().clone(), visitor.state().now());
    let (terms, verified, claims) = visitor
        .read(move |conn| {
            Ok((
                Terms::of(conn, &workspace)?,
                domains::list_all(conn, &workspace.workspace_id)?,
                domain_claims::list(conn, &workspace.workspace_id)?,
            ))
        })
        .await?;
    let has_problem =
        [&form.problem, &form.sign_in_problem, &form.terms_problem].iter().any(|problem| !problem.is_empty());
    let (grace, sign_in) = (renewal::grace(visitor.state()), &visitor.state().config().sign_in);
    let content = SettingsPage {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        verified: verified.into_iter().map(|domain| VerifiedRow::of(domain, grace, now)).collect(),
        claims: claims.into_iter().map(|claim| ClaimRow::of(claim, now)).collect(),
        policies: form.policies.clone().unwrap_or_else(|| Policies::of(visitor.workspace())),
        terms: form.terms.clone().unwrap_or(terms),
        form,
        hours: sign_in.session_hours,
        idle: sign_in.idle_minutes,
    };
    visitor.form_page("Settings", has_problem, &content)
}

impl VerifiedRow {
    fn of(row: Domain, grace: Micros, now: Micros) -> Self {
        let value = match row.challenge.as_str() {
            "" => String::new(),
            challenge => record::value_of(challenge),
        };
        Self {
            name: record::name(&row.domain),
            value,
            by_dns: row.verified_by == DomainProof::Dns,
            missing: row
                .missing_since
                .map(|since| (time::relative(since, now), Moment::of(since + grace, now).day().to_owned())),
            lapsed: row.lapsed_at.is_some(),
            domain: row.domain,
        }
    }
}

impl ClaimRow {
    fn of(claim: DomainClaim, now: Micros) -> Self {
        Self {
            name: record::name(&claim.domain),
            value: record::value(&claim),
            finding: claim.finding,
            checked: claim.checked_at.map(|at| time::relative(at, now)),
            domain: claim.domain,
        }
    }
}
