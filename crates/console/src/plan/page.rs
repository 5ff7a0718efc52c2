//! The page.

use askama::Template;
use vestibule_admin::workspaces::observation::{self as admin, Plan};
use vestibule_core::{
    ids::{EntitlementId, RoleId},
    providers::Provider,
    sets::PushRefusal,
    time,
};
use vestibule_store::{
    Error,
    observation::{self, GroupChange, PersonChange, Refused},
};

use crate::layout::{access::Reader, error::PageResult, visitor::Visitor};

/// People of a page, and the most groups.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage<'a> {
    provider: &'static Provider,
    may_change: bool,
    problem: &'a str,
    shown: Option<&'a Shown>,
    after: &'a str,
    next: &'a str,
}

/// What the page shows of a plan.
pub(super) struct Shown {
    plan: Plan,
    people: Vec<PersonRow>,
    groups: Vec<GroupChange>,
    /// When the observation began.
    since: String,
    moved: Vec<String>,
    refusals: Vec<RefusalRow>,
    next: String,
}

/// A person as the table shows them.
struct PersonRow {
    id: String,
    exists: bool,
    name: String,
    name_before: String,
    change: &'static str,
    details: String,
    gained: String,
    lost: String,
}

/// A refused push as the table shows it.
struct RefusalRow {
    why: &'static str,
    subject: String,
    detail: String,
    times: i64,
    last: String,
}

impl Shown {
    /// Number of pushes that the safety brake would have blocked.
    fn braked(&self) -> usize {
        self.plan.refused(PushRefusal::Brake)
    }

    /// Number of pushes that were refused because nobody would own the workspace.
    fn last_owner(&self) -> usize {
        self.plan.refused(PushRefusal::LastOwner)
    }

    /// Number of refused pushes of a name that somebody has already.
    fn conflicts(&self) -> usize {
        self.plan.refused(PushRefusal::Conflict)
    }

    /// Number of names that differ from an existing one in letter case only, refused or taken over.
    fn letter_case(&self) -> i64 {
        let refused = self.plan.refused(PushRefusal::LetterCase);
        self.plan.counts.letter_case + i64::try_from(refused).unwrap_or_default()
    }
}

/// Shows the plan.
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, "").await
}

/// Shows the plan, with why something was not done.
pub(super) async fn show(visitor: &Visitor, problem: &str) -> PageResult {
    let after = visitor.query()?.text("after").to_owned();
    let (id, of_page, now) = (visitor.workspace_id(), after.clone(), visitor.state().now());
    let shown = visitor
        .search(move |conn| {
            let Some(plan) = admin::read(conn, &id)? else { return Ok::<_, Error>(None) };
            let people = observation::people(conn, &plan.of, &of_page, PAGE)?;
            let groups = observation::groups(conn, &plan.of, "", PAGE)?;
            let is_full = i64::try_from(people.len()).is_ok_and(|count| count == PAGE);
            let next = people.last().filter(|_| is_full).map(|one| one.user_id.to_string());
            Ok(Some(Shown {
                people: people.into_iter().map(PersonRow::of).collect(),
                groups,
                since: time::relative(plan.of.started_at, now),
                moved: plan.moved.iter().map(admin::moved_words).collect(),
                refusals: plan.refusals.iter().map(|one| RefusalRow::of(one, now)).collect(),
                next: next.unwrap_or_default(),
                plan,
            }))
        })
        .await?;
    let content = PlanPage {
        provider: visitor.provider(),
        may_change: visitor.may_change(),
        problem,
        shown: shown.as_ref(),
        after: &after,
        next: shown.as_ref().map(|shown| shown.next.as_str()).unwrap_or_default(),
    };
    visitor.form_page("Plan", !problem.is_empty(), &content)
}

impl PersonRow {
    fn of(person: PersonChange) -> Self {
        let mut details = person.attributes;
        details.retain(|name| name != "active");
        if person.adopted {
            details.push("provisioning takes over".to_owned());
        }
        if person.letter_case {
            details.push("the name differs in letter case only".to_owned());
        }
        if person.ends_access {
            details.push("all access ends".to_owned());
        }
        let rights = &person.rights;
        let gained = words(&rights.roles_gained, &rights.entitlements_gained, &person.joined);
        let lost = words(&rights.roles_lost, &rights.entitlements_lost, &person.left);
        Self {
            id: person.user_id.to_string(),
            exists: person.kind != observation::PersonKind::Created,
            name: person.user_name,
            name_before: person.user_name_before.unwrap_or_default(),
            change: match person.kind {
                observation::PersonKind::Created => "Created",
                observation::PersonKind::Deleted => "Deleted",
                observation::PersonKind::Deactivated => "Deactivated",
                observation::PersonKind::Activated => "Activated",
                observation::PersonKind::Changed => "Changed",
                observation::PersonKind::Groups => "Groups",
            },
            details: details.join(", "),
            gained,
            lost,
        }
    }
}

/// Roles, entitlements and groups in one text.
fn words(roles: &[RoleId], entitlements: &[EntitlementId], groups: &[String]) -> String {
    let roles = roles.iter().map(|id| id.as_str().to_owned());
    let entitlements = entitlements.iter().map(|id| id.as_str().to_owned());
    let groups = groups.iter().map(|name| format!("group {name}"));
    roles.chain(entitlements).chain(groups).collect::<Vec<_>>().join(", ")
}

impl RefusalRow {
    fn of(refused: &Refused, now: time::Micros) -> Self {
        Self {
            why: match refused.reason {
                PushRefusal::Conflict => "Name taken",
                PushRefusal::LetterCase => "Name taken, in other letter case",
                PushRefusal::LastOwner => "Last owner",
                PushRefusal::OwnersOnly => "Owners only",
                PushRefusal::Brake => "Safety brake would block it",
                PushRefusal::UnknownMembers => "Unknown members",
                PushRefusal::Rejected => "Value refused",
            },
            subject: refused.subject.clone(),
            detail: refused.detail.clone(),
            times: refused.times,
            last: time::relative(refused.last_at, now),
        }
    }
}
