//! How far the worker has followed the trail of a workspace, and what it has to do next. Reads only.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::ids::{RoleId, UserId, WorkspaceId};

use super::{
    Right, RightKind,
    candidate::{self, Candidate, Moved, Subject},
    page, user_ids_after,
};
use crate::{
    Conn, Result,
    db::{
        schema::{events, right_progress},
        statement::Statement,
    },
    rights::{
        mappings,
        roles::{self, holders::HolderFilter},
    },
    trail::events::{Event, anchor, head},
};

/// Most users of one transaction.
const PEOPLE: usize = 200;
/// Most lines of the trail that are read together.
const LINES: i64 = 200;
/// Rows that are read together to find users with a recorded right.
const ROWS: i64 = 1_000;
/// Number of lines without significance after which the progress is stored anyway.
const FAR: i64 = 500;

/// How far the worker is in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = right_progress)]
pub(super) struct Progress {
    pub(super) workspace_id: WorkspaceId,
    /// The last line that is done.
    pub(super) seq: i64,
    /// The last user who is done of the line after it, or of the stock; empty: none.
    pub(super) after: String,
    /// Whether users are recorded as they are, without a cause.
    pub(super) taking_stock: bool,
}

/// What is done next, in one transaction.
#[derive(Debug)]
pub struct Work {
    pub(super) before: Progress,
    pub(super) next: Progress,
    /// The users to compare.
    pub(super) people: Vec<UserId>,
    /// Lines that may be causes, in order.
    pub(super) lines: Vec<Candidate>,
    /// The last line that was read.
    pub(super) until: i64,
}

/// The workspaces of a region whose trail has lines that the worker has not followed: id, and number of the last line.
pub fn due(conn: &mut Conn, region: &str) -> Result<Vec<(WorkspaceId, i64)>> {
    Ok(Statement::<(Text, BigInt)>::new(
        "SELECT h.workspace_id, h.seq FROM event_heads AS h JOIN workspaces AS w ON w.workspace_id = h.workspace_id \
         LEFT JOIN right_progress AS p ON p.workspace_id = h.workspace_id \
         WHERE (p.seq IS NULL OR p.seq < h.seq OR p.taking_stock) AND w.region = ",
    )
    .text(region)
    .sql(" ORDER BY h.workspace_id")
    .load(conn)?)
}

/// What is to be done next in a workspace; `None`: nothing.
pub fn next_work(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Work>> {
    let found =
        right_progress::table.find(workspace_id).select(Progress::as_select()).first(conn).optional()?;
    let before = found.unwrap_or_else(|| Progress {
        workspace_id: workspace_id.clone(),
        seq: 0,
        after: String::new(),
        taking_stock: false,
    });
    let (begins, ends) = (anchor(conn, workspace_id)?.seq, head(conn, workspace_id)?.seq);
    if before.taking_stock || before.seq < begins {
        return stock(conn, before, ends).map(Some);
    }
    let read: Vec<Event> = events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.gt(before.seq))
        .filter(events::kind.eq_any(candidate::KINDS.map(|kind| kind.as_str())))
        .order(events::seq)
        .limit(LINES)
        .select(Event::as_select())
        .load(conn)?;
    let is_full = i64::try_from(read.len()).is_ok_and(|count| count >= LINES);
    let until = read.last().filter(|_| is_full).map_or(ends, |last| last.seq).max(before.seq);
    let lines: Vec<Candidate> = read.iter().filter_map(Candidate::of).collect();
    if lines.is_empty() && !is_full && until - before.seq < FAR {
        return Ok(None);
    }
    let mut next = Progress { seq: until, after: String::new(), ..before.clone() };
    let mut people = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(named) = line.names() else {
            if index > 0 {
                next.seq = line.seq - 1;
            } else {
                let (found, is_done) = concerned(conn, workspace_id, line, &before.after)?;
                next.seq = if is_done { line.seq } else { before.seq };
                next.after =
                    found.iter().last().filter(|_| !is_done).map(UserId::to_string).unwrap_or_default();
                people = found;
            }
            break;
        };
        if index > 0 && people.len() + named.len() > PEOPLE {
            next.seq = line.seq - 1;
            break;
        }
        people.extend(named);
    }
    Ok(Some(Work { before, next, people: people.into_iter().collect(), lines, until }))
}

/// The next users of the stock. If lines were removed before they were followed, it begins anew, at the end of the trail.
fn stock(conn: &mut Conn, before: Progress, ends: i64) -> Result<Work> {
    let begun = if before.taking_stock {
        before.clone()
    } else {
        Progress { seq: ends, after: String::new(), taking_stock: true, ..before.clone() }
    };
    let limit = i64::try_from(PEOPLE).unwrap_or(i64::MAX);
    let people = user_ids_after(conn, &before.workspace_id, &begun.after, limit)?;
    let is_last = people.len() < PEOPLE;
    let after = people.last().filter(|_| !is_last).map(UserId::to_string).unwrap_or_default();
    let next = Progress { after, taking_stock: !is_last, ..begun };
    let until = next.seq;
    Ok(Work { before, next, people, lines: Vec::new(), until })
}

impl Candidate {
    /// The users whom the line concerns, if it names all of them.
    fn names(&self) -> Option<Vec<UserId>> {
        match &self.subject {
            Subject::User(user_id) => Some(vec![user_id.clone()]),
            Subject::Group { moved: Some(Moved { joined, left }), .. } => {
                Some(joined.iter().chain(left).cloned().collect())
            }
            _ => None,
        }
    }

    /// Whether somebody with this right may lose it, or already lost it, by this line.
    fn is_about(&self, right: &Right) -> bool {
        match &self.subject {
            Subject::Group { name, renamed_from, .. } => {
                let group = right.source.strip_prefix("group:").map(vestibule_core::fold::fold);
                group.is_some() && (group.as_ref() == Some(name) || group == *renamed_from)
            }
            Subject::Mapping { key, .. } => {
                candidate::mapped_group(right).is_some_and(|name| mappings::matches(key, &name))
            }
            Subject::Right(kind, id) => *kind == right.kind && *id == right.id,
            Subject::DefaultRole => right.source == "default",
            Subject::Claims => right.source.starts_with("claim:"),
            Subject::User(_) => false,
        }
    }
}

/// The next users after an id whom a line may concern, and whether these are the last. They are those with a recorded right that the line
/// may have taken, and those to whom it may have given one.
fn concerned(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    line: &Candidate,
    after: &str,
) -> Result<(BTreeSet<UserId>, bool)> {
    let limit = i64::try_from(PEOPLE).unwrap_or(i64::MAX);
    let mut found: BTreeSet<UserId> = recorded(conn, workspace_id, line, after)?.into_iter().collect();
    let filter = match &line.subject {
        Subject::Group { group_id, name, .. } => {
            let gives = mappings::list(conn, workspace_id)?.iter().any(|rule| rule.matches(name));
            let groups = if gives { vec![group_id.clone()] } else { Vec::new() };
            HolderFilter { groups, ..HolderFilter::default() }
        }
        Subject::Mapping { key, .. } => HolderFilter::ruled(conn, workspace_id, std::slice::from_ref(key))?,
        Subject::Right(RightKind::Role, id) => {
            match roles::find(conn, workspace_id, id)?
                .filter(|role| role.role_id == RoleId::from_stored(id.as_str()))
            {
                Some(role) => HolderFilter::holders(conn, &roles::Role { by_okta: true, ..role })?,
                None => HolderFilter::default(),
            }
        }
        // Nobody gets a right when an entitlement or the groups of sign-in claims go; who has the default role has it recorded.
        Subject::Right(..) | Subject::Claims | Subject::DefaultRole | Subject::User(_) => {
            HolderFilter::default()
        }
    };
    found.extend(filter.page(conn, workspace_id, after, limit)?);
    let is_done = found.len() < PEOPLE;
    Ok((found.into_iter().take(PEOPLE).collect(), is_done))
}

/// The next users after an id with a recorded right that the line is about.
fn recorded(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    line: &Candidate,
    after: &str,
) -> Result<Vec<UserId>> {
    let (mut found, mut after) = (Vec::new(), after.to_owned());
    loop {
        let rows = page(conn, workspace_id, &after, ROWS)?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        after = last.to_string();
        for (user_id, rights) in &rows {
            let origins = rights.read("right_origins.rights", &[workspace_id.as_str(), user_id.as_str()])?;
            if origins.iter().any(|had| line.is_about(&had.right)) {
                found.push(user_id.clone());
                if found.len() >= PEOPLE {
                    return Ok(found);
                }
            }
        }
    }
}
