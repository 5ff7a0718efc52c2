//! The end of a transaction: counts its users, numbers and chains its events, and writes the deliveries to webhooks. All events of a
//! workspace need one SELECT of its counter, one INSERT and one UPDATE of the counter. On PostgreSQL the SELECT locks the counter, as
//! late as possible, because other transactions wait for it.

use std::{collections::BTreeMap, time::Instant};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use vestibule_core::ids::{DEPLOYMENT, WorkspaceId};

use super::{Event, Link, chain};
use crate::{
    Conn, Result, Tx,
    db::{fragment::Fragment, json::Json, statement::Statement},
    effects::{Pending, PendingEvent},
    outbox::webhooks::{self, Listening},
    people::user_counts,
    rights::owners,
};

/// Most events of one INSERT. Each number has a statement of its own, which stays prepared.
const BATCH: usize = 8;

/// Writes what a transaction has left for its end, one workspace after another, ordered by id: two transactions that write to the same
/// workspaces lock their counters in the same order.
pub(crate) fn write(conn: &mut Tx<'_>, pending: Pending) -> Result<()> {
    let mut of_each: BTreeMap<WorkspaceId, Pending> = BTreeMap::new();
    for change in pending.user_changes {
        of_each.entry(change.workspace_id.clone()).or_default().user_changes.push(change);
    }
    for event in pending.events {
        of_each.entry(event.workspace_id.clone()).or_default().events.push(event);
    }
    for (workspace_id, insert) in pending.inserts {
        of_each.entry(workspace_id.clone()).or_default().inserts.push((workspace_id, insert));
    }
    for (workspace_id, pending) in of_each {
        if conn.is_silent() {
            // A hidden copy has no trail, so its own row is locked instead.
            owners::lock(conn, &workspace_id)?;
            for change in &pending.user_changes {
                user_counts::apply(conn, change)?;
            }
            continue;
        }
        let head = lock_head(conn, &workspace_id)?;
        conn.effects().locked_at.get_or_insert_with(Instant::now);
        for change in &pending.user_changes {
            user_counts::apply(conn, change)?;
        }
        append(conn, &workspace_id, pending, head)?;
    }
    Ok(())
}

/// The end of the trail, locked until the transaction ends. SQLite has one writer, so there is no lock.
pub(crate) fn lock_head(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Link> {
    let statement =
        Statement::<(BigInt, Text)>::new("SELECT seq, hash FROM event_heads WHERE workspace_id = ")
            .text(workspace_id);
    let statement = match conn {
        Conn::Postgres(_) => statement.sql(" FOR UPDATE"),
        Conn::Sqlite(_) => statement,
    };
    let (seq, hash) = statement.get_result(conn)?;
    Ok(Link { seq, hash })
}

fn append(conn: &mut Tx<'_>, workspace_id: &WorkspaceId, pending: Pending, mut head: Link) -> Result<()> {
    let Pending { events, inserts, .. } = pending;
    let mut inserts: Vec<Fragment> = inserts.into_iter().map(|(_, insert)| insert).collect();
    // Nearly all transactions have one INSERT, which is sent together with the events. If there are more, each is sent alone.
    let with_events = if inserts.len() == 1 && !events.is_empty() { inserts.pop() } else { None };
    for insert in inserts {
        Statement::<()>::of(insert).execute(conn)?;
    }
    let mut lines = Vec::with_capacity(events.len());
    let now = events.iter().map(|event| event.at).max().unwrap_or_default();
    for event in events {
        let line = line(event, &head);
        head = Link { seq: line.seq, hash: line.hash.clone() };
        lines.push(line);
    }
    let mut batches: Vec<&[Event]> = lines.chunks(BATCH).collect();
    if let Some(last) = batches.pop() {
        for batch in batches {
            Statement::<()>::of(rows(batch)).execute(conn)?;
        }
        let listening = insert_last(conn, workspace_id, (last, with_events), &head)?;
        let written: Vec<_> =
            lines.iter().map(|line| (line.kind.as_str(), line.target.as_str(), line.seq)).collect();
        webhooks::tell(conn, workspace_id, &listening, &written, now)?;
    }
    Ok(())
}

/// The line that follows the end of the trail.
fn line(event: PendingEvent, head: &Link) -> Event {
    let PendingEvent { workspace_id, event_id, kind, actor, target, request_id, data, at } = event;
    let mut line = Event {
        workspace_id,
        seq: head.seq + 1,
        event_id,
        kind: kind.as_str().to_owned(),
        actor,
        target,
        request_id,
        data: Json::from_text(data),
        at,
        hash: String::new(),
    };
    line.hash = chain::hash(&line, &head.hash);
    line
}

/// Enabled webhooks; their workspace follows. One SELECT for each of two workspaces, because SQLite makes a temporary table for `IN`.
const OF_WORKSPACE: &str = "SELECT webhook_id, kinds FROM webhooks WHERE enabled AND workspace_id = ";

/// Inserts the last lines and `other`, moves the counter, and reads the enabled webhooks: on PostgreSQL in one round trip. The webhooks
/// are read after the counter is locked: a webhook whose creation is an earlier line of the trail is among them.
fn insert_last(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (lines, other): (&[Event], Option<Fragment>),
    head: &Link,
) -> Result<Vec<Listening>> {
    let webhooks = |statement: Statement<(Text, Text)>| {
        let of_workspace = statement.sql(OF_WORKSPACE).text(workspace_id);
        if *workspace_id == *DEPLOYMENT {
            return of_workspace;
        }
        of_workspace.sql(" UNION ALL ").sql(OF_WORKSPACE).text(&DEPLOYMENT)
    };
    let move_head = |statement: Statement<(Text, Text)>| {
        statement
            .sql("UPDATE event_heads SET seq = ")
            .whole(head.seq)
            .sql(", hash = ")
            .text(&head.hash)
            .sql(" WHERE workspace_id = ")
            .text(workspace_id)
    };
    match conn {
        Conn::Sqlite(_) => {
            for insert in [Some(rows(lines)), other].into_iter().flatten() {
                Statement::<()>::of(insert).execute(conn)?;
            }
            move_head(Statement::new("")).execute(conn)?;
            Ok(webhooks(Statement::new("")).load(conn)?)
        }
        Conn::Postgres(_) => {
            let mut written = Statement::new("WITH written AS (").fragment(rows(lines)).sql("), ");
            if let Some(other) = other {
                written = written.sql("other AS (").fragment(other).sql("), ");
            }
            let written = written.sql("moved AS (");
            Ok(webhooks(move_head(written).sql(") ")).load(conn)?)
        }
    }
}

/// The INSERT of these lines.
fn rows(lines: &[Event]) -> Fragment {
    let mut rows = Fragment::new(true);
    rows.sql(
        "INSERT INTO events (workspace_id, seq, event_id, kind, actor, target, request_id, data, at, hash) VALUES ",
    );
    for (index, line) in lines.iter().enumerate() {
        rows.sql(if index == 0 { "(" } else { ", (" });
        rows.text(line.workspace_id.as_str());
        rows.sql(", ");
        rows.whole(line.seq);
        let Event { event_id, kind, actor, target, request_id, .. } = line;
        for text in [event_id, kind, actor, target, request_id, line.data.as_str()] {
            rows.sql(", ");
            rows.text(text);
        }
        rows.sql(", ");
        rows.whole(line.at);
        rows.sql(", ");
        rows.text(line.hash.as_str());
        rows.sql(")");
    }
    rows
}
