//! Verifies the chain of a workspace, by page, and reports the first fault. A valid chain proves that the lines are those that
//! were chained, not who wrote them: an attacker who can write to the database can compute all hashes again. Only a hash that was
//! stored elsewhere reveals that.

use diesel::prelude::*;
use vestibule_core::ids::WorkspaceId;

use super::{Event, Link, anchor, chain, head, list};
use crate::{
    Conn, Result,
    db::{budget, schema::events},
};

/// Number of lines in memory at a time.
const PAGE: i64 = 500;

/// Most attempts: a verification begins again if retention deleted lines while it ran.
const TRIES: usize = 3;

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Number of valid lines.
    pub events: i64,
    /// Number of lines from before chains existed, which have no hash.
    pub unchained: i64,
    /// The line after which the chain begins.
    pub anchor: Link,
    /// The last line.
    pub head: Link,
    /// Sequence number of the line with the hash that was stored elsewhere.
    pub met: Option<i64>,
    /// The first fault.
    pub fault: Option<Fault>,
}

/// Fault of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The hash does not match the content of the line.
    #[error("line {0} was changed, replaced, inserted or moved")]
    Changed(i64),
    /// There is no line with this number.
    #[error("line {0} is missing")]
    Missing(i64),
    /// Lines at the end are missing, from the first number to the second.
    #[error("the lines from {0} to {1} are missing at the end")]
    Truncated(i64, i64),
    /// A line that was not counted.
    #[error("line {0} was inserted")]
    Inserted(i64),
    /// The hash of the counter is not that of the last line.
    #[error("the last line, {0}, is not the one that was counted")]
    Head(i64),
    /// The hash that was stored elsewhere is not in the chain.
    #[error("the saved hash matches no line: the chain was rewritten, or retention removed the line")]
    Kept,
}

/// Verifies the chain of a workspace. With `kept`, a hash that was stored elsewhere, also checks that the chain still contains
/// it.
pub fn verify(conn: &mut Conn, workspace_id: &WorkspaceId, kept: Option<&str>) -> Result<Verified> {
    let mut verified = walk(conn, workspace_id, kept)?;
    for _ in 1..TRIES {
        if verified.fault.is_none() || anchor(conn, workspace_id)? == verified.anchor {
            break;
        }
        verified = walk(conn, workspace_id, kept)?;
    }
    Ok(verified)
}

fn walk(conn: &mut Conn, workspace_id: &WorkspaceId, kept: Option<&str>) -> Result<Verified> {
    let anchor = anchor(conn, workspace_id)?;
    let (unchained, stray) = below(conn, workspace_id, &anchor)?;
    let met = kept.filter(|kept| *kept == anchor.hash).map(|_| anchor.seq);
    let mut verified = Verified {
        events: 0,
        unchained,
        head: anchor.clone(),
        anchor,
        met,
        fault: stray.map(Fault::Inserted),
    };
    while verified.fault.is_none() {
        budget::check()?;
        // Read before the page, so each line that it counts is in the page, or was deleted.
        let head = head(conn, workspace_id)?;
        let page = list(conn, workspace_id, verified.head.seq, PAGE)?;
        if page.is_empty() {
            verified.fault = end(&verified.head, &head);
            break;
        }
        for event in page {
            if let Err(fault) = verified.follow(event, kept) {
                verified.fault = Some(fault);
                break;
            }
        }
    }
    if verified.fault.is_none() && kept.is_some() && verified.met.is_none() {
        verified.fault = Some(Fault::Kept);
    }
    Ok(verified)
}

impl Verified {
    fn follow(&mut self, event: Event, kept: Option<&str>) -> std::result::Result<(), Fault> {
        let seq = self.head.seq + 1;
        if event.seq != seq {
            return Err(Fault::Missing(seq));
        }
        if chain::hash(&event, &self.head.hash) != event.hash {
            return Err(Fault::Changed(seq));
        }
        if kept == Some(event.hash.as_str()) {
            self.met = Some(seq);
        }
        self.head = Link { seq, hash: event.hash };
        self.events += 1;
        Ok(())
    }
}

/// Checks the end of the chain: the page after `last` was empty, and `head` was read before that page.
fn end(last: &Link, head: &Link) -> Option<Fault> {
    if head.seq > last.seq {
        Some(Fault::Truncated(last.seq + 1, head.seq))
    } else if head.seq < last.seq {
        Some(Fault::Inserted(head.seq + 1))
    } else {
        (head.hash != last.hash).then_some(Fault::Head(last.seq))
    }
}

/// The lines up to the anchor: number of lines from before chains existed, and the first line that should not exist.
fn below(conn: &mut Conn, workspace_id: &WorkspaceId, anchor: &Link) -> Result<(i64, Option<i64>)> {
    let lines =
        events::table.filter(events::workspace_id.eq(workspace_id)).filter(events::seq.le(anchor.seq));
    if anchor.hash.is_empty() {
        return Ok((lines.count().get_result(conn)?, None));
    }
    Ok((0, lines.order(events::seq).select(events::seq).first(conn).optional()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_one_that_was_counted() {
        let link = |seq, hash: &str| Link { seq, hash: hash.to_owned() };
        assert_eq!(end(&link(3, "c"), &link(3, "c")), None);
        assert_eq!(end(&link(3, "c"), &link(5, "e")), Some(Fault::Truncated(4, 5)));
        assert_eq!(end(&link(3, "c"), &link(2, "b")), Some(Fault::Inserted(3)));
        assert_eq!(end(&link(3, "c"), &link(3, "d")), Some(Fault::Head(3)));
        assert_eq!(end(&link(0, ""), &link(0, "")), None);
    }
}
