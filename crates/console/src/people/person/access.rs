//! The table "Access" of a person: each role and entitlement, from where, since when and by whom, with a link to the line of the trail.

use vestibule_core::{ids::WorkspaceId, providers::Provider, time::Micros};
use vestibule_store::{
    Conn, Error,
    rights::{
        entitlements::{self, Entitlement},
        origins::{self, Origin, Right, RightKind},
        roles::{Effective, Role},
    },
};

use crate::{
    audit::trail_lines::{self, Party},
    layout::{moment::Moment, role_source, short_list::ShortList},
};

/// A role or entitlement of the person.
pub(super) struct AccessRow {
    pub kind: &'static str,
    pub name: String,
    pub from: String,
    pub since: Since,
    /// Who gave it, if that is known.
    pub by: Option<Party>,
    /// The line of the trail that gave it.
    pub line: Option<i64>,
}

/// Since when the person has it.
pub(super) enum Since {
    /// Since this moment.
    At(Moment),
    /// Before this moment, when it was first recorded.
    Before(Moment),
    /// Not recorded yet: it came within the last seconds.
    Unrecorded,
}

/// The first rows of a person, roles first: somebody may be in hundreds of groups that give something.
pub(super) fn rows(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (effective, recorded): (&Effective, &[Origin]),
    roles: &[Role],
    (provider, now): (&Provider, Micros),
) -> Result<ShortList<AccessRow>, Error> {
    let entitlements = match effective.entitlements.is_empty() {
        true => Vec::new(),
        false => entitlements::list(conn, workspace_id)?,
    };
    let rights = ShortList::of(Right::all(effective), |right| right);
    let total = rights.total;
    let rights = origins::with_origins(rights.rows, recorded);
    let actors: Vec<&str> =
        rights.iter().map(|(_, origin)| origin.as_ref().map_or("", |origin| &origin.by)).collect();
    let parties = trail_lines::parties(conn, workspace_id, &actors, provider)?;
    let rows = rights
        .iter()
        .zip(parties)
        .map(|((right, origin), by)| AccessRow {
            kind: match right.kind {
                RightKind::Role => "Role",
                RightKind::Entitlement => "Entitlement",
            },
            name: right_name(right, roles, &entitlements),
            from: role_source::of_text(&right.source, provider),
            since: since(origin.as_ref(), now),
            by: Some(by).filter(|_| origin.as_ref().is_some_and(|origin| !origin.by.is_empty())),
            line: origin.as_ref().map(|origin| origin.seq).filter(|seq| *seq > 0),
        })
        .collect();
    Ok(ShortList { rows, total })
}

fn since(origin: Option<&Origin>, now: Micros) -> Since {
    match origin {
        Some(Origin { since: Some(at), .. }) => Since::At(Moment::of(*at, now)),
        Some(origin) => Since::Before(Moment::of(origin.recorded_at, now)),
        None => Since::Unrecorded,
    }
}

/// The name of a role or entitlement, or the id of one that was deleted.
pub(crate) fn right_name(right: &Right, roles: &[Role], entitlements: &[Entitlement]) -> String {
    let name = match right.kind {
        RightKind::Role => {
            roles.iter().find(|role| role.role_id == right.id.as_str()).map(|role| &role.display_name)
        }
        RightKind::Entitlement => entitlements
            .iter()
            .find(|one| one.entitlement_id == right.id.as_str())
            .map(|one| &one.display_name),
    };
    name.unwrap_or(&right.id).clone()
}

impl AccessRow {
    /// The address of the line in the audit log.
    pub(super) fn link(&self) -> Option<String> {
        self.line.map(|line| format!("/activity?before={}", line.saturating_add(1)))
    }
}
