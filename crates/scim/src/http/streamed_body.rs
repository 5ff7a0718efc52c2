//! Response bodies with members of groups, as a queue of pieces: texts, and runs of members that are read when they are
//! sent. At most one batch of members is in memory, however large a group is.

use std::{collections::VecDeque, fmt::Write};

use actix_web::{Error, error::ErrorInternalServerError, web::Bytes};
use futures_util::stream::{self, Stream};
use serde_json::{Map, Value};
use vestibule_core::ids::{GroupId, UserId, WorkspaceId};
use vestibule_store::{
    Conn,
    people::{groups::Group, members},
};
use vestibule_web::State;

use crate::http::error::ScimError;

/// Members that one blocking job reads: enough to hide the cost of starting the job, few enough to stay small.
const BATCH: usize = 500;

/// A body that is not written yet, or not to its end.
#[derive(Debug)]
pub(crate) struct StreamedBody {
    pieces: VecDeque<Piece>,
    workspace_id: WorkspaceId,
    base: String,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// The members of a group whose ids sort after this one.
    Members {
        group_id: GroupId,
        after: String,
        parts: MemberParts,
    },
}

/// Which parts of each member are returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberParts {
    pub value: bool,
    pub display: bool,
    pub reference: bool,
    pub kind: bool,
}

impl StreamedBody {
    /// An empty body. `base` is the SCIM base URL of the workspace.
    pub(crate) fn new(workspace_id: &WorkspaceId, base: &str) -> Self {
        Self { pieces: VecDeque::new(), workspace_id: workspace_id.clone(), base: base.to_owned() }
    }

    /// Appends a text.
    pub(crate) fn push(&mut self, text: &str) {
        match self.pieces.back_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.pieces.push_back(Piece::Text(text.to_owned())),
        }
    }

    /// Appends a group as a JSON object whose last member is `members`.
    pub(crate) fn push_group(&mut self, group: &Group, document: Map<String, Value>, parts: MemberParts) {
        let separator = if document.is_empty() { "" } else { "," };
        let text = Value::Object(document).to_string();
        self.push(text.strip_suffix('}').unwrap_or(&text));
        self.push(separator);
        self.push("\"members\":[");
        self.pieces.push_back(Piece::Members {
            group_id: group.group_id.clone(),
            after: String::new(),
            parts,
        });
        self.push("]}");
    }

    /// Writes the next texts and at most one batch of members.
    pub(crate) fn read_batch(&mut self, conn: &mut Conn) -> Result<String, ScimError> {
        let mut out = String::with_capacity(4 * 1024);
        let mut budget = BATCH;
        while let Some(piece) = self.pieces.pop_front() {
            let (group_id, after, parts) = match piece {
                Piece::Text(text) => {
                    out.push_str(&text);
                    continue;
                }
                Piece::Members { group_id, after, parts } => (group_id, after, parts),
            };
            if budget == 0 {
                self.pieces.push_front(Piece::Members { group_id, after, parts });
                break;
            }
            let limit = i64::try_from(budget).unwrap_or(i64::MAX);
            let page: Vec<(UserId, String)> = if parts.display {
                members::page_with_names(conn, &self.workspace_id, &group_id, &after, limit)?
            } else {
                let ids = members::page(conn, &self.workspace_id, &group_id, &after, limit)?;
                ids.into_iter().map(|id| (id, String::new())).collect()
            };
            out.reserve(page.len() * (160 + self.base.len()));
            let count = page.len();
            let is_full = count == budget;
            let mut last = String::new();
            for (index, (id, name)) in page.into_iter().enumerate() {
                if index > 0 || !after.is_empty() {
                    out.push(',');
                }
                self.write_member(&mut out, parts, &id, name);
                last = id.into_string();
            }
            if is_full {
                self.pieces.push_front(Piece::Members { group_id, after: last, parts });
            }
            budget -= count;
        }
        Ok(out)
    }

    /// Writes what [`super::render::member`] returns, without building a tree for each member.
    fn write_member(&self, out: &mut String, parts: MemberParts, id: &str, name: String) {
        let MemberParts { value, display, reference, kind } = parts;
        let mut separator = "{";
        let mut part = |out: &mut String, is_returned: bool, write: &mut dyn FnMut(&mut String)| {
            if is_returned {
                out.push_str(separator);
                separator = ",";
                write(out);
            }
        };
        part(out, value, &mut |out| {
            out.push_str("\"value\":\"");
            out.push_str(id);
            out.push('"');
        });
        let name = Value::String(name);
        // Writing to a `String` never fails.
        part(out, display, &mut |out| {
            let _ = write!(out, "\"display\":{name}");
        });
        part(out, reference, &mut |out| {
            let _ = write!(out, "\"$ref\":\"{}/Users/{id}\"", self.base);
        });
        part(out, kind, &mut |out| out.push_str("\"type\":\"User\""));
        out.push('}');
    }

    /// Whether everything is written.
    pub(crate) fn is_done(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The rest of the body, one blocking job per batch. A failure ends the body early: the part that was sent is no valid
    /// JSON, so no client mistakes it for the whole body.
    pub(crate) fn stream(self, state: State) -> impl Stream<Item = Result<Bytes, Error>> + 'static {
        stream::unfold(Some((self, state)), |running| async {
            let (mut body, state) = running?;
            if body.is_done() {
                return None;
            }
            let written = state.read(move |conn| {
                let text = body.read_batch(conn)?;
                Ok::<_, ScimError>((text, body))
            });
            match written.await {
                Ok((text, body)) => Some((Ok(Bytes::from(text)), Some((body, state)))),
                Err(error) => {
                    tracing::error!(?error, "scim.members_broke_off");
                    Some((Err(ErrorInternalServerError("the members could not be read")), None))
                }
            }
        })
    }
}
