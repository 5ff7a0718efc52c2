//! The drift report: where a workspace and its identity provider differ, each kind with its number, the first ones and its remedy. Reading
//! takes a constant number of statements; [`judge`] and [`compare`] are pure.

pub mod compare;
pub mod judge;
mod names;
pub mod weekly;

use vestibule_core::{
    fold::fold,
    ids::{RoleId, WorkspaceId},
    providers::{self, Provider},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    drift::{self, Line, Within},
    providers::{domains, kinds},
    rights::{mappings, roles},
    workspaces::Workspace,
};

use compare::Assignments;
use judge::{Facts, Finding};

/// After how many days without a push a person is reported, unless the caller says otherwise.
pub const DAYS: i64 = 90;

/// The range of those days.
pub const DAYS_RANGE: std::ops::RangeInclusive<i64> = 1..=3650;

/// How many of each kind are named.
pub const FIRST: i64 = 10;

/// Most owners whose domains are checked.
const MOST_OWNERS: i64 = 1000;

/// A report.
#[derive(Debug, Clone)]
pub struct Report {
    /// When it was made.
    pub at: Micros,
    /// After how many days without a push a person is in it.
    pub days: i64,
    /// What was found, in the order of kinds. Kinds without anything are absent.
    pub findings: Vec<Finding>,
    /// What was wrong with rows of the list of assignments; `None`: there was no list.
    pub list: Option<Assignments>,
}

/// The workspace of a report, as the caller has read it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its id.
    pub workspace_id: WorkspaceId,
    /// Id of the role of people who have no other.
    pub default_role: RoleId,
    /// Its identity provider, for words.
    pub provider: &'static Provider,
}

impl Subject {
    /// A workspace, whose connections are read.
    ///
    /// # Errors
    /// Of the database.
    pub fn of(conn: &mut Conn, workspace: &Workspace) -> Result<Self, Error> {
        let kinds = kinds::of_workspace(conn, &workspace.workspace_id)?;
        Ok(Self {
            workspace_id: workspace.workspace_id.clone(),
            default_role: workspace.default_role.clone(),
            provider: providers::of_connections(&kinds),
        })
    }
}

/// Makes a report, compared with a list of assignments if there is one.
///
/// # Errors
/// [`Error::TooLong`] under a time limit.
pub fn report(
    conn: &mut Conn,
    subject: &Subject,
    days: i64,
    list: Option<Assignments>,
    now: Micros,
) -> Result<Report, Error> {
    let Subject { workspace_id, provider, .. } = subject;
    let facts = read(conn, subject, now - days * 86_400 * SECOND, now)?;
    let mut findings = judge::findings(facts, provider, days);
    if let Some(list) = &list {
        let people = drift::people(conn, workspace_id)?;
        let compared = compare::compare(&people, &list.rows, FIRST);
        findings.extend(judge::of_list(compared, provider));
    }
    Ok(Report { at: now, days, findings, list })
}

/// Reads the facts. `before`: people who were not pushed since are reported.
fn read(conn: &mut Conn, subject: &Subject, before: Micros, now: Micros) -> Result<Facts, Error> {
    let Subject { workspace_id, default_role, .. } = subject;
    let of = Within { id: workspace_id, first: FIRST };
    let (rules, all_roles) = (mappings::list(conn, workspace_id)?, roles::list(conn, workspace_id)?);
    let gives = |rule: &mappings::Rule, wanted: &dyn Fn(&RoleId) -> bool| {
        rule.roles
            .iter()
            .any(|id| wanted(id) && all_roles.iter().any(|role| role.role_id == *id && role.by_okta))
    };
    let any = drift::ruled(conn, &of, &rules, |rule| gives(rule, &|_| true))?;
    let owner = RoleId::from_stored(roles::OWNER);
    let of_owner = drift::ruled(conn, &of, &rules, |rule| gives(rule, &|id| *id == owner))?;
    let (keys, claims) = drift::group_names(conn, workspace_id)?;
    let (is_provisioned, assigns_roles) = drift::is_provisioned(conn, workspace_id)?;
    // People without another role have the default one.
    let all_have_a_role = all_roles.iter().any(|role| role.role_id == *default_role);
    Ok(Facts {
        is_provisioned,
        gives_roles: assigns_roles || rules.iter().any(|rule| gives(rule, &|_| true)),
        not_pushed: drift::not_pushed(conn, &of, before)?,
        never_provisioned: drift::never_provisioned(conn, &of)?,
        never_signed_in: drift::never_signed_in(conn, &of)?,
        external_id_absent: drift::external_id_absent(conn, &of)?,
        external_id_shared: drift::external_id_shared(conn, &of)?,
        names_alike: names::alike(drift::names(conn, workspace_id)?, FIRST),
        empty_groups: drift::empty_groups(conn, &of)?,
        members_parked: drift::members_parked(conn, &of)?,
        roles_by_hand: drift::roles_by_hand(conn, &of)?,
        access_without_role: match all_have_a_role {
            true => drift::Found::default(),
            false => drift::access_without_role(conn, &of, &any, now)?,
        },
        owners: drift::holders(conn, &of, (&owner, &of_owner), MOST_OWNERS)?,
        verified: domains::list(conn, workspace_id)?,
        unknown_issuers: drift::unknown_issuers(conn, &of)?,
        rules: rules
            .into_iter()
            .map(|rule| Line { id: rule.key, name: rule.group, ..Line::default() })
            .collect(),
        groups: keys.into_iter().chain(claims.iter().map(|name| fold(name))).collect(),
        connections_unused: drift::connections_unused(conn, &of)?,
    })
}
