//! Lines of the trail that may change what users have: whom they may concern, and which rights they may give or take. Pure. A line whose
//! data can't be read, or does not name everybody, may concern more users than it did: they are compared, and found unchanged.

use serde_json::{Map, Value};
use vestibule_core::{
    fold::fold,
    ids::UserId,
    sets::{AssignmentSource, EventKind},
    time::Micros,
};

use super::{Right, RightKind};
use crate::{rights::mappings, trail::events::Event};

/// The kinds of lines that may change rights.
pub(super) const KINDS: [EventKind; 21] = [
    EventKind::UserCreated,
    EventKind::UserAdopted,
    EventKind::UserUpdated,
    EventKind::RolesChanged,
    EventKind::EntitlementsChanged,
    EventKind::GroupsClaimed,
    EventKind::GivenByHandDropped,
    EventKind::GroupCreated,
    EventKind::GroupUpdated,
    EventKind::GroupDeleted,
    EventKind::RoleCreated,
    EventKind::RoleChanged,
    EventKind::RoleDeleted,
    EventKind::EntitlementDeleted,
    EventKind::MappingSet,
    EventKind::MappingDeleted,
    EventKind::ConnectionChanged,
    EventKind::ConnectionDeleted,
    EventKind::SamlConnectionChanged,
    EventKind::SamlConnectionDeleted,
    EventKind::WorkspaceChanged,
];

/// A line that may change rights.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) seq: i64,
    pub(super) event_id: String,
    pub(super) kind: EventKind,
    pub(super) actor: String,
    pub(super) at: Micros,
    pub(super) subject: Subject,
}

/// What a line is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// A user.
    User(UserId),
    /// A group.
    Group {
        group_id: String,
        /// Folded names: now, and before if it was renamed.
        name: String,
        renamed_from: Option<String>,
        /// Everybody who joined or left; `None`: the line does not name all of them, or concerns all members.
        moved: Option<Moved>,
    },
    /// A mapping.
    Mapping {
        /// Folded name or pattern.
        key: String,
        /// What it assigns from now on; `None`: unknown.
        gives: Option<Vec<(RightKind, String)>>,
        /// What it assigned before and no longer does; `None`: unknown.
        takes: Option<Vec<(RightKind, String)>>,
    },
    /// A role or an entitlement.
    Right(RightKind, String),
    /// The default role of the workspace.
    DefaultRole,
    /// The groups that the identity provider named at sign-in are forgotten.
    Claims,
}

/// Users who joined and left a group.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub(super) joined: Vec<UserId>,
    pub(super) left: Vec<UserId>,
}

impl Candidate {
    /// Reads a line; `None` when it changes no rights.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let kind: EventKind = event.kind.parse().ok()?;
        let data: Map<String, Value> = serde_json::from_str(event.data.as_str()).unwrap_or_default();
        Some(Self {
            seq: event.seq,
            event_id: event.event_id.clone(),
            kind,
            actor: event.actor.clone(),
            at: event.at,
            subject: subject(kind, &event.target, &data)?,
        })
    }

    /// Whether this line may have given the user this right.
    pub(super) fn may_give(&self, user_id: &UserId, right: &Right) -> bool {
        match &self.subject {
            Subject::Group { name, moved, .. } => {
                let is_meant = moved.as_ref().is_none_or(|moved| moved.joined.contains(user_id));
                is_meant && self.kind != EventKind::GroupDeleted && group_of(right).as_ref() == Some(name)
            }
            Subject::Mapping { key, gives, .. } => is_mapped(key, gives.as_deref(), right),
            Subject::Claims => false,
            _ => self.may_touch(user_id, right),
        }
    }

    /// Whether this line may have taken this right from the user.
    pub(super) fn may_take(&self, user_id: &UserId, right: &Right) -> bool {
        match &self.subject {
            Subject::Group { name, renamed_from, moved, .. } => {
                let is_meant = moved.as_ref().is_none_or(|moved| moved.left.contains(user_id));
                let group = group_of(right);
                is_meant && group.is_some() && (group.as_ref() == Some(name) || group == *renamed_from)
            }
            Subject::Mapping { key, takes, .. } => is_mapped(key, takes.as_deref(), right),
            Subject::Claims => right.source.starts_with("claim:"),
            _ => self.may_touch(user_id, right),
        }
    }

    fn may_touch(&self, user_id: &UserId, right: &Right) -> bool {
        match &self.subject {
            Subject::User(of) => of == user_id && self.is_of_source(right),
            Subject::Right(kind, id) => *kind == right.kind && *id == right.id,
            Subject::DefaultRole => right.source == "default",
            _ => false,
        }
    }

    /// Whether lines of this kind about a user change rights from this source.
    fn is_of_source(&self, right: &Right) -> bool {
        let by_hand = right.source == AssignmentSource::Manual.as_str();
        let claimed = right.source.starts_with("claim:");
        let of_default = right.source == "default";
        match self.kind {
            EventKind::RolesChanged => right.kind == RightKind::Role && (by_hand || of_default),
            EventKind::EntitlementsChanged => right.kind == RightKind::Entitlement && by_hand,
            EventKind::GroupsClaimed => claimed || of_default,
            EventKind::GivenByHandDropped => by_hand || claimed || of_default,
            _ => !by_hand && group_of(right).is_none(),
        }
    }

    /// Whether the line itself says that this user got or lost this right, so that no second line has to.
    pub(super) fn says(&self, right: &Right) -> bool {
        match self.kind {
            EventKind::RolesChanged => right.kind == RightKind::Role,
            EventKind::EntitlementsChanged => right.kind == RightKind::Entitlement,
            EventKind::UserCreated => right.source == "default",
            _ => false,
        }
    }

    /// Whether the line renamed the group of one right to that of the other.
    pub(super) fn renamed(&self, before: &Right, after: &Right) -> bool {
        match &self.subject {
            Subject::Group { name, renamed_from: Some(was), .. } => {
                (before.kind, &before.id) == (after.kind, &after.id)
                    && group_of(before).as_ref() == Some(was)
                    && group_of(after).as_ref() == Some(name)
            }
            _ => false,
        }
    }
}

fn subject(kind: EventKind, target: &str, data: &Map<String, Value>) -> Option<Subject> {
    let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
    let before = |name: &str| data.get("before").and_then(|before| before.get(name));
    match kind {
        EventKind::UserUpdated => {
            let is_right = |name: &str| ["roles", "entitlements"].contains(&name);
            let changed = data.get("changed").and_then(Value::as_array);
            let any = changed.is_none_or(|names| names.iter().filter_map(Value::as_str).any(is_right));
            any.then(|| user(target)).flatten()
        }
        EventKind::UserCreated
        | EventKind::UserAdopted
        | EventKind::RolesChanged
        | EventKind::EntitlementsChanged
        | EventKind::GroupsClaimed
        | EventKind::GivenByHandDropped => user(target),
        EventKind::GroupCreated | EventKind::GroupUpdated | EventKind::GroupDeleted => {
            let renamed_from = text("renamed_from").map(|name| fold(&name));
            let is_whole = renamed_from.is_none() && kind != EventKind::GroupDeleted;
            Some(Subject::Group {
                group_id: target.strip_prefix("group:")?.to_owned(),
                name: fold(&text("display_name").unwrap_or_default()),
                moved: if is_whole { moved(kind, data) } else { None },
                renamed_from,
            })
        }
        EventKind::RoleCreated | EventKind::RoleDeleted => {
            Some(Subject::Right(RightKind::Role, text("role")?))
        }
        EventKind::RoleChanged => {
            before("by_okta")?;
            Some(Subject::Right(RightKind::Role, text("role")?))
        }
        EventKind::EntitlementDeleted => Some(Subject::Right(RightKind::Entitlement, text("entitlement")?)),
        EventKind::MappingSet => {
            let (now, then) = (assigned(Some(data)), assigned(data.get("before").and_then(Value::as_object)));
            let gives = now.iter().filter(|one| !then.contains(one)).cloned().collect();
            let takes = then.iter().filter(|one| !now.contains(one)).cloned().collect();
            Some(Subject::Mapping { key: fold(&text("group")?), gives: Some(gives), takes: Some(takes) })
        }
        EventKind::MappingDeleted => {
            let then = data.get("before").and_then(Value::as_object).map(|then| assigned(Some(then)));
            Some(Subject::Mapping { key: fold(&text("group")?), gives: Some(Vec::new()), takes: then })
        }
        EventKind::ConnectionChanged
        | EventKind::ConnectionDeleted
        | EventKind::SamlConnectionChanged
        | EventKind::SamlConnectionDeleted => Some(Subject::Claims),
        EventKind::WorkspaceChanged => before("default_role").map(|_| Subject::DefaultRole),
        _ => None,
    }
}

fn user(target: &str) -> Option<Subject> {
    Some(Subject::User(UserId::from_stored(target.strip_prefix("user:")?)))
}

/// Who joined and left, if the line names all of them.
fn moved(kind: EventKind, data: &Map<String, Value>) -> Option<Moved> {
    let count = |name: &str| data.get(name).and_then(Value::as_u64);
    let ids = |name: &str| -> Option<Vec<UserId>> {
        data.get(name)?.as_array()?.iter().map(|id| id.as_str().map(UserId::from_stored)).collect()
    };
    let (added, removed) = match kind {
        EventKind::GroupCreated => (count("members")?, 0),
        _ => (count("added")?, count("removed")?),
    };
    let moved = Moved { joined: ids("joined")?, left: ids("left").unwrap_or_default() };
    let is = |list: &[UserId], count: u64| u64::try_from(list.len()).is_ok_and(|length| length == count);
    (is(&moved.joined, added) && is(&moved.left, removed)).then_some(moved)
}

/// The roles and entitlements of a mapping.
fn assigned(mapping: Option<&Map<String, Value>>) -> Vec<(RightKind, String)> {
    let ids = |name: &str| {
        mapping.and_then(|mapping| mapping.get(name)).and_then(Value::as_array).into_iter().flatten()
    };
    let of = |kind: RightKind| move |id: &Value| id.as_str().map(|id| (kind, id.to_owned()));
    let roles = ids("roles").filter_map(of(RightKind::Role));
    roles.chain(ids("entitlements").filter_map(of(RightKind::Entitlement))).collect()
}

/// The folded name of the group that gives a right, of the workspace or of the sign-in claim.
pub(super) fn mapped_group(right: &Right) -> Option<String> {
    let name = right.source.strip_prefix("group:").or_else(|| right.source.strip_prefix("claim:"));
    name.map(fold)
}

/// The folded name of the group of the workspace that gives a right.
fn group_of(right: &Right) -> Option<String> {
    right.source.strip_prefix("group:").map(fold)
}

fn is_mapped(key: &str, among: Option<&[(RightKind, String)]>, right: &Right) -> bool {
    let is_one = |(kind, id): &(RightKind, String)| *kind == right.kind && *id == right.id;
    mapped_group(right).is_some_and(|name| mappings::matches(key, &name))
        && among.is_none_or(|among| among.iter().any(is_one))
}
