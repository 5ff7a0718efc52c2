//! The plan of an observed workspace.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_admin::workspaces::observation::Plan as Read;
use vestibule_core::time::rfc3339;
use vestibule_store::observation::{Counts, GroupChange, Moved, PersonChange, Refused};

use crate::types::page::Item;

/// What SCIM would change in an observed workspace.
#[derive(Serialize, ToSchema)]
pub struct Plan {
    /// `observing`, or `applying` until each change is carried out.
    #[schema(value_type = PlanState, inline)]
    pub state: String,
    #[schema(format = "date-time")]
    pub started_at: String,
    pub started_by: String,
    /// Number of changes that the application began with; 0 before.
    pub changes: i64,
    /// Number of changes that it has carried out.
    pub done: i64,
    pub counts: PlanCounts,
    /// Pushes that were refused, or that the safety brake would have blocked. At most a thousand are kept.
    pub refusals: Vec<RefusedPush>,
    /// What changed in the workspace since, of what the plan touches. A plan is applied only while this is empty.
    pub moved: Vec<MovedSince>,
}

/// Whether the plan is being applied.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "a schema")]
enum PlanState {
    Observing,
    Applying,
}

/// Numbers of a plan.
#[derive(Serialize, ToSchema)]
pub struct PlanCounts {
    pub people: i64,
    pub people_created: i64,
    pub people_changed: i64,
    pub people_deactivated: i64,
    pub people_activated: i64,
    pub people_deleted: i64,
    pub letter_case: i64,
    pub groups: i64,
    pub groups_created: i64,
    pub groups_renamed: i64,
    pub groups_deleted: i64,
    pub members_joined: i64,
    pub members_left: i64,
    pub roles_given: i64,
    pub roles_taken: i64,
    pub entitlements_given: i64,
    pub entitlements_taken: i64,
}

/// A push that was refused, or that the safety brake would have blocked (`brake`; it is in the plan).
#[derive(Serialize, ToSchema)]
pub struct RefusedPush {
    pub reason: String,
    pub subject: String,
    pub detail: String,
    pub times: i64,
    #[schema(format = "date-time")]
    pub first_at: String,
    #[schema(format = "date-time")]
    pub last_at: String,
}

/// Something that changed in the workspace since it is observed.
#[derive(Serialize, ToSchema)]
pub struct MovedSince {
    /// `person`, `group` or `settings`.
    pub what: String,
    pub id: String,
    pub name: String,
    /// `changed`, `deleted` or `name_taken`.
    pub how: String,
}

/// A person whom a plan affects.
#[derive(Serialize, ToSchema)]
pub struct PlannedPerson {
    pub id: String,
    pub user_name: String,
    #[schema(required)]
    pub user_name_before: Option<String>,
    /// `created`, `changed`, `deactivated`, `activated`, `deleted`, or `groups`: only groups change.
    pub change: String,
    pub attributes: Vec<String>,
    pub letter_case: bool,
    pub adopted: bool,
    pub ends_access: bool,
    pub roles_gained: Vec<String>,
    pub roles_lost: Vec<String>,
    pub entitlements_gained: Vec<String>,
    pub entitlements_lost: Vec<String>,
    pub groups_joined: Vec<String>,
    pub groups_left: Vec<String>,
}

/// A group that a plan changes.
#[derive(Serialize, ToSchema)]
pub struct PlannedGroup {
    pub id: String,
    pub name: String,
    #[schema(required)]
    pub name_before: Option<String>,
    /// `created`, `renamed`, `changed` or `deleted`.
    pub change: String,
    pub joined: i64,
    pub left: i64,
}

impl Item for PlannedPerson {
    const LIST: &'static str = "PlannedPeople";
}

impl Item for PlannedGroup {
    const LIST: &'static str = "PlannedGroups";
}

impl From<&Read> for Plan {
    fn from(plan: &Read) -> Self {
        let of = &plan.of;
        Self {
            state: plan.state().to_owned(),
            started_at: rfc3339(of.started_at),
            started_by: of.started_by.clone(),
            changes: of.changes,
            done: of.done,
            counts: (&plan.counts).into(),
            refusals: plan.refusals.iter().map(Into::into).collect(),
            moved: plan.moved.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Counts> for PlanCounts {
    fn from(counts: &Counts) -> Self {
        Self {
            people: counts.people,
            people_created: counts.people_created,
            people_changed: counts.people_changed,
            people_deactivated: counts.people_deactivated,
            people_activated: counts.people_activated,
            people_deleted: counts.people_deleted,
            letter_case: counts.letter_case,
            groups: counts.groups,
            groups_created: counts.groups_created,
            groups_renamed: counts.groups_renamed,
            groups_deleted: counts.groups_deleted,
            members_joined: counts.members_joined,
            members_left: counts.members_left,
            roles_given: counts.roles_given,
            roles_taken: counts.roles_taken,
            entitlements_given: counts.entitlements_given,
            entitlements_taken: counts.entitlements_taken,
        }
    }
}

impl From<&Refused> for RefusedPush {
    fn from(refused: &Refused) -> Self {
        Self {
            reason: refused.reason.as_str().to_owned(),
            subject: refused.subject.clone(),
            detail: refused.detail.clone(),
            times: refused.times,
            first_at: rfc3339(refused.first_at),
            last_at: rfc3339(refused.last_at),
        }
    }
}

impl From<&Moved> for MovedSince {
    fn from(moved: &Moved) -> Self {
        Self {
            what: moved.what.clone(),
            id: moved.id.clone(),
            name: moved.name.clone(),
            how: moved.how.clone(),
        }
    }
}

fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

impl From<&PersonChange> for PlannedPerson {
    fn from(person: &PersonChange) -> Self {
        Self {
            id: person.user_id.to_string(),
            user_name: person.user_name.clone(),
            user_name_before: person.user_name_before.clone(),
            change: person.kind.name().to_owned(),
            attributes: person.attributes.clone(),
            letter_case: person.letter_case,
            adopted: person.adopted,
            ends_access: person.ends_access,
            roles_gained: texts(&person.rights.roles_gained),
            roles_lost: texts(&person.rights.roles_lost),
            entitlements_gained: texts(&person.rights.entitlements_gained),
            entitlements_lost: texts(&person.rights.entitlements_lost),
            groups_joined: person.joined.clone(),
            groups_left: person.left.clone(),
        }
    }
}

impl From<&GroupChange> for PlannedGroup {
    fn from(group: &GroupChange) -> Self {
        Self {
            id: group.group_id.to_string(),
            name: group.display_name.clone(),
            name_before: group.display_name_before.clone(),
            change: group.kind.name().to_owned(),
            joined: group.joined,
            left: group.left,
        }
    }
}
