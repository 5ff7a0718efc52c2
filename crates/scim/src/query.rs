//! What a list or a read asks for (RFC 7644 §3.4.2, §3.9; RFC 9865), from a query or from the body of a search, checked
//! before any SQL.

pub(crate) mod condition;
pub(crate) mod cursor;
mod order;
mod parameters;
pub mod search;

use vestibule_store::{
    Conn,
    search::{Condition, From, Key, Page, Sort},
};
use vestibule_web::State;

pub(crate) use parameters::Asked;

use crate::http::{answer::ScimError, auth::Provisioner, inspector};
use serde_json::{Map, Value};
use vestibule_scim_engine::{
    document::{list_response, project},
    error::{Rejection, ScimType},
    filter::{self, Filter},
    path::AttrPath,
    schema::{ResourceKind, Schema},
};

/// The page size when none is asked: Okta's own.
pub(crate) const DEFAULT_COUNT: i64 = 100;
/// The largest page: advertised as `filter.maxResults` and `pagination.maxPageSize`.
pub(crate) const MAX_COUNT: i64 = 500;

/// The most comparisons of one filter with what has no column of its own.
const MAX_SCATTERED: usize = 50;

/// Which attributes to answer with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection {
    pub attributes: Option<Vec<AttrPath>>,
    pub excluded: Option<Vec<AttrPath>>,
}

impl Projection {
    /// Whether everything that is returned by default is shown, and nothing else.
    pub(crate) fn is_all(&self) -> bool {
        let none = |list: &Option<Vec<AttrPath>>| list.as_ref().is_none_or(Vec::is_empty);
        none(&self.attributes) && none(&self.excluded)
    }

    /// What is shown of a resource, which holds nothing that is returned on request only: the members of a group, whose
    /// `display` is, are written by a script.
    pub(crate) fn show(&self, document: Map<String, Value>, schema: &Schema) -> Map<String, Value> {
        if self.is_all() {
            return document;
        }
        project(&document, self.attributes.as_deref(), self.excluded.as_deref(), schema)
    }
}

/// A list that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub condition: Condition,
    pub sort: Option<Sort>,
    pub projection: Projection,
    /// How many to answer with at most.
    pub count: i64,
    by: By,
}

#[derive(Debug, Clone)]
enum By {
    /// 1-based.
    Index(i64),
    /// What the cursors of this search are sealed for, and where it goes on.
    Cursor { question: String, after: Option<Key> },
}

impl List {
    /// Reads a list of one kind of resource.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidCursor`, `invalidCount`, `invalidPath` for sortBy, `invalidValue`.
    pub(crate) fn of(
        asked: &Asked,
        kind: ResourceKind,
        provisioner: &Provisioner,
        state: &State,
    ) -> Result<Self, Rejection> {
        let filter = asked.filter.as_deref().map(filter::parse).transpose();
        inspector::asked(&provisioner.note, asked, filter.as_ref().ok().and_then(Option::as_ref));
        let filter = filter?;
        Self::filtered(asked, filter.as_ref(), kind, provisioner, state)
    }

    /// The same, with its filter read already.
    ///
    /// # Errors
    /// As [`List::of`].
    pub(crate) fn filtered(
        asked: &Asked,
        filter: Option<&Filter>,
        kind: ResourceKind,
        provisioner: &Provisioner,
        state: &State,
    ) -> Result<Self, Rejection> {
        let schema = provisioner.schema(kind);
        let condition = match filter {
            None => Condition::Always,
            Some(filter) => condition::of(filter, schema, &provisioner.base)?,
        };
        // RFC 7644 §3.12: `tooMany`, more than the server is willing to calculate.
        if !condition.is_indexed() && condition.scattered_tests() > MAX_SCATTERED {
            let detail = format!(
                "the filter makes more than {MAX_SCATTERED} comparisons for each resource, beside those with its id, names, externalId, \
                 active and meta: ask in several requests"
            );
            return Err(Rejection::new(ScimType::TooMany, detail));
        }
        let sort = order::of(asked, schema, &provisioner.base)?;
        let by = match (&asked.cursor, asked.start_index()?) {
            (Some(_), Some(_)) => {
                return Err(invalid("startIndex and cursor are two ways to page: send one of them"));
            }
            (None, start) => By::Index(start.unwrap_or(1).max(1)),
            (Some(cursor), None) => {
                // An attribute that was declared anew with another type isn't the one the cursor was made for.
                let kind_of_values = sort.as_ref().map(|sort| sort.kind);
                let question = asked.question(&provisioner.workspace_id, kind);
                let question = format!("{question} {kind_of_values:?}");
                let after = match cursor.as_str() {
                    "" => None,
                    cursor => Some(cursor::open(state.sealer(), &question, cursor)?),
                };
                By::Cursor { question, after }
            }
        };
        let count = asked.count()?.unwrap_or(DEFAULT_COUNT).clamp(0, MAX_COUNT);
        Ok(Self { condition, sort, projection: asked.projection()?, count, by })
    }

    /// Whether it may cost the size of the directory.
    fn is_search(&self) -> bool {
        self.sort.is_some() || !self.condition.is_indexed()
    }

    /// Begins so many later: they stand before this list's own.
    pub(crate) fn begin_behind(&mut self, others: i64) {
        self.by = By::Index((self.start_index() - others).max(1));
    }

    fn start_index(&self) -> i64 {
        match self.by {
            By::Index(start) => start,
            By::Cursor { .. } => 1,
        }
    }

    /// The page to be read: with a cursor one more than is shown, to see whether another page follows.
    pub(crate) fn page(&self) -> Page {
        let (from, more) = match &self.by {
            By::Index(start) => (From::Skip(start - 1), 0),
            By::Cursor { after: None, .. } => (From::Skip(0), 1),
            By::Cursor { after: Some(key), .. } => (From::After(key.clone()), 1),
        };
        let count = if self.count == 0 { 0 } else { self.count + more };
        Page { condition: self.condition.clone(), sort: self.sort.clone(), from, count }
    }

    /// The list as answered, but for its resources. `next` is the place of the last of them if others follow.
    pub(crate) fn envelope(&self, state: &State, total: i64, next: Option<Key>) -> Value {
        let start = match &self.by {
            By::Index(start) => Some(start.unsigned_abs()),
            By::Cursor { .. } => None,
        };
        let next = match (&self.by, next) {
            (By::Cursor { question, .. }, Some(key)) => cursor::seal(state.sealer(), question, &key),
            _ => None,
        };
        list_response(total.unsigned_abs(), start, next, Vec::new())
    }

    /// How many of what was read are shown, and whether others follow.
    pub(crate) fn shown(&self, read: usize) -> (usize, bool) {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        (read.min(count), read > count)
    }
}

/// Reads these lists; within the limits of a search where one of them is a search.
///
/// # Errors
/// 400 `tooMany` when it takes too long, 503 when as many run as may.
pub(crate) fn run<T>(
    lists: &[&List],
    conn: &mut Conn,
    provisioner: &Provisioner,
    state: &State,
    job: impl FnOnce(&mut Conn) -> Result<T, ScimError>,
) -> Result<T, ScimError> {
    match lists.iter().any(|list| list.is_search()) {
        true => state.search_on(conn, &provisioner.workspace_id, job),
        false => job(conn),
    }
}

fn invalid(detail: &str) -> Rejection {
    Rejection::new(ScimType::InvalidValue, detail)
}
