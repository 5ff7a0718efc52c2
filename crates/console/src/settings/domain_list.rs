//! The email domains of a workspace, with the DNS records to add and the forms, as the settings and the set-up show them.

use askama::Template;
use vestibule_admin::provider::domains::{record, renewal};
use vestibule_core::{
    ids::WorkspaceId,
    sets::DomainProof,
    time::{self, Micros},
};
use vestibule_store::{
    Conn, Error,
    providers::{
        domain_claims::{self, DomainClaim},
        domains::{self, Domain},
    },
};
use vestibule_web::State;

use crate::layout::moment::Moment;

/// The domains of a workspace.
pub(crate) struct Domains {
    pub verified: Vec<Domain>,
    pub claims: Vec<DomainClaim>,
}

impl Domains {
    pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Self, Error> {
        Ok(Self {
            verified: domains::list_all(conn, workspace_id)?,
            claims: domain_claims::list(conn, workspace_id)?,
        })
    }
}

/// The list, to be rendered within a page.
#[derive(Template, Default)]
#[template(path = "domain_list.html")]
pub(crate) struct DomainList<'a> {
    pub csrf: &'a str,
    pub may_change: bool,
    /// Whether the reader may remove a verified domain.
    pub may_remove: bool,
    /// The path that the forms are sent to.
    pub action: &'a str,
    /// The domain as last typed.
    pub typed: &'a str,
    /// Why nothing was done; empty: there is no reason.
    pub problem: &'a str,
    pub verified: Vec<VerifiedRow>,
    pub claims: Vec<ClaimRow>,
}

impl DomainList<'_> {
    /// The list without forms.
    pub(crate) fn of(domains: Domains, state: &State, now: Micros) -> Self {
        let grace = renewal::grace(state);
        Self {
            verified: domains.verified.into_iter().map(|one| VerifiedRow::of(one, grace, now)).collect(),
            claims: domains.claims.into_iter().map(|claim| ClaimRow::of(claim, now)).collect(),
            ..Self::default()
        }
    }
}

/// A domain of the workspace, and its DNS record.
pub(crate) struct VerifiedRow {
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
pub(crate) struct ClaimRow {
    domain: String,
    name: String,
    value: String,
    finding: String,
    checked: Option<String>,
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
