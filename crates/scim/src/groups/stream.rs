//! An answer that shows members, as a script of pieces: text that is there already, and runs of members that are read
//! when their turn comes. However large a group is, no more than a batch of it is in memory.

use std::{collections::VecDeque, fmt::Write};

use actix_web::{Error, error::ErrorInternalServerError, web::Bytes};
use futures_util::stream::{self, Stream};
use serde_json::{Map, Value};
use vestibule_scim_engine::{document::project, schema::Schema};
use vestibule_store::{
    Conn,
    people::{groups::Group, members},
};
use vestibule_web::State;

use crate::{
    http::{answer::ScimError, auth::Provisioner, render},
    query::Projection,
};

/// How many members one job reads: enough to hide the way to the job, few enough to stay small.
const BATCH: usize = 500;

/// What is still to be written.
#[derive(Debug)]
pub(crate) struct Script {
    pieces: VecDeque<Piece>,
    workspace_id: String,
    base: String,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// The members of a group behind this one.
    Members {
        group_id: String,
        after: String,
        parts: Parts,
    },
}

/// Which parts of a member are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    value: bool,
    display: bool,
    reference: bool,
    kind: bool,
}

impl Parts {
    /// Those a projection shows; nothing when it shows no members at all.
    pub(crate) fn of(projection: &Projection) -> Option<Self> {
        let mut sample = Map::new();
        sample.insert("members".to_owned(), Value::Array(vec![render::member("", "id", "name")]));
        let (attributes, excluded) = (projection.attributes.as_deref(), projection.excluded.as_deref());
        let shown = project(&sample, attributes, excluded, Schema::group());
        let member = shown.get("members")?.get(0)?.as_object()?;
        let has = |part: &str| member.contains_key(part);
        Some(Self { value: has("value"), display: has("display"), reference: has("$ref"), kind: has("type") })
    }
}

impl Script {
    pub(crate) fn new(provisioner: &Provisioner) -> Self {
        Self {
            pieces: VecDeque::new(),
            workspace_id: provisioner.workspace_id.clone(),
            base: provisioner.base.clone(),
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        match self.pieces.back_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.pieces.push_back(Piece::Text(text.to_owned())),
        }
    }

    /// A group as an object, its members last.
    pub(crate) fn group(&mut self, group: &Group, document: &Map<String, Value>, parts: Parts) {
        let text = serde_json::to_string(document).unwrap_or_default();
        let open = text.strip_suffix('}').unwrap_or(&text);
        self.text(open);
        self.text(if document.is_empty() { "\"members\":[" } else { ",\"members\":[" });
        self.pieces.push_back(Piece::Members {
            group_id: group.group_id.clone(),
            after: String::new(),
            parts,
        });
        self.text("]}");
    }

    /// Writes what one job may read.
    pub(crate) fn write(&mut self, conn: &mut Conn) -> Result<String, ScimError> {
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
            let page: Vec<(String, String)> = if parts.display {
                members::page_with_names(conn, &self.workspace_id, &group_id, &after, limit)?
            } else {
                let ids = members::page(conn, &self.workspace_id, &group_id, &after, limit)?;
                ids.into_iter().map(|id| (id, String::new())).collect()
            };
            out.reserve(page.len() * (160 + self.base.len()));
            for (index, (id, name)) in page.iter().enumerate() {
                if index > 0 || !after.is_empty() {
                    out.push(',');
                }
                self.member(&mut out, parts, id, name);
            }
            if page.len() == budget
                && let Some((last, _)) = page.last()
            {
                self.pieces.push_front(Piece::Members { group_id, after: last.clone(), parts });
            }
            budget -= page.len();
        }
        Ok(out)
    }

    /// The same as [`render::member`], without a tree for each.
    fn member(&self, out: &mut String, parts: Parts, id: &str, name: &str) {
        let Parts { value, display, reference, kind } = parts;
        let mut comma = "{";
        let mut part = |out: &mut String, shown: bool, text: &dyn Fn(&mut String)| {
            if shown {
                out.push_str(comma);
                comma = ",";
                text(out);
            }
        };
        part(out, value, &|out| {
            out.push_str("\"value\":\"");
            out.push_str(id);
            out.push('"');
        });
        part(out, display, &|out| {
            out.push_str("\"display\":");
            out.push_str(&serde_json::to_string(name).unwrap_or_default());
        });
        part(out, reference, &|out| {
            // Writing to a text never fails.
            let _ = write!(out, "\"$ref\":\"{}/Users/{id}\"", self.base);
        });
        part(out, kind, &|out| out.push_str("\"type\":\"User\""));
        out.push('}');
    }

    pub(crate) fn is_done(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The rest, a job for each batch. A failure breaks the answer off: what came so far is no JSON, so nobody takes it
    /// for all of it.
    pub(crate) fn stream(self, state: State) -> impl Stream<Item = Result<Bytes, Error>> + 'static {
        stream::unfold(Some((self, state)), |running| async {
            let (mut script, state) = running?;
            if script.is_done() {
                return None;
            }
            let written = state.read(move |conn| {
                let text = script.write(conn)?;
                Ok::<_, ScimError>((text, script))
            });
            match written.await {
                Ok((text, script)) => Some((Ok(Bytes::from(text)), Some((script, state)))),
                Err(error) => {
                    tracing::error!(?error, "scim.members_broke_off");
                    Some((Err(ErrorInternalServerError("the members could not be read")), None))
                }
            }
        })
    }
}
