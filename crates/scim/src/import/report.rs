//! What an import did, or would do.

use serde_json::{Map, Value, json};
use vestibule_transfer::BadRow;

/// Most changes, notes and bad rows that a report lists; all are counted.
const MOST_LISTED: usize = 1000;

/// A change of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Line of the row.
    pub line: usize,
    /// Login name.
    pub user_name: String,
    /// Whether the person is new.
    pub is_new: bool,
    /// Values before and after, by attribute.
    pub attributes: Map<String, Value>,
    /// Roles that are assigned.
    pub roles: Vec<String>,
    /// Entitlements that are assigned.
    pub entitlements: Vec<String>,
    /// Groups that are joined.
    pub groups: Vec<String>,
}

/// Something that the file says and the import leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Line of the row.
    pub line: usize,
    /// One sentence.
    pub sentence: String,
}

/// Counts and lists of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rows read.
    pub rows: usize,
    /// People created.
    pub created: usize,
    /// People changed.
    pub changed: usize,
    /// People who are here already as the file says.
    pub unchanged: usize,
    /// Memberships added.
    pub memberships: usize,
    /// Groups, roles, entitlements, attributes, mappings, domain claims and connections created, by kind.
    pub settings: Map<String, Value>,
    /// Kinds of rows that an import does not take over, counted.
    pub left: Map<String, Value>,
    /// The first changes.
    pub changes: Vec<Change>,
    /// The first notes.
    pub notes: Vec<Note>,
    /// Number of notes.
    pub note_count: usize,
    /// The first bad rows.
    pub bad_rows: Vec<BadRow>,
    /// Number of bad rows.
    pub bad_count: usize,
}

impl Report {
    /// Adds a bad row.
    pub(super) fn bad(&mut self, bad: BadRow) {
        self.bad_count += 1;
        if self.bad_rows.len() < MOST_LISTED {
            self.bad_rows.push(bad);
        }
    }

    /// Adds notes of a row.
    pub(super) fn note(&mut self, line: usize, sentences: impl IntoIterator<Item = String>) {
        for sentence in sentences {
            self.note_count += 1;
            if self.notes.len() < MOST_LISTED {
                self.notes.push(Note { line, sentence });
            }
        }
    }

    /// Adds a change of a person.
    pub(super) fn change(&mut self, change: Change) {
        if change.is_new {
            self.created += 1;
        } else {
            self.changed += 1;
        }
        self.memberships += change.groups.len();
        if self.changes.len() < MOST_LISTED {
            self.changes.push(change);
        }
    }

    /// Counts something that was created.
    pub(super) fn count(&mut self, kind: &str) {
        increment(&mut self.settings, kind);
    }

    /// Counts a row that is not taken over.
    pub(super) fn leave(&mut self, kind: &str) {
        increment(&mut self.left, kind);
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        let changes: Vec<Value> = self.changes.iter().map(Change::to_json).collect();
        let notes: Vec<Value> =
            self.notes.iter().map(|note| json!({ "line": note.line, "note": note.sentence })).collect();
        let bad: Vec<Value> =
            self.bad_rows.iter().map(|bad| json!({ "line": bad.line, "error": bad.sentence })).collect();
        json!({
            "rows": self.rows,
            "people": { "created": self.created, "changed": self.changed, "unchanged": self.unchanged },
            "memberships": self.memberships,
            "settings": self.settings,
            "not_imported": self.left,
            "bad_row_count": self.bad_count,
            "bad_rows": bad,
            "note_count": self.note_count,
            "notes": notes,
            "changes": changes,
        })
    }
}

impl Change {
    fn to_json(&self) -> Value {
        json!({
            "line": self.line,
            "user_name": self.user_name,
            "action": if self.is_new { "create" } else { "change" },
            "attributes": self.attributes,
            "roles": self.roles,
            "entitlements": self.entitlements,
            "groups": self.groups,
        })
    }
}

fn increment(counts: &mut Map<String, Value>, kind: &str) {
    let count = counts.get(kind).and_then(Value::as_u64).unwrap_or_default();
    counts.insert(kind.to_owned(), json!(count + 1));
}
