//! Lists of resources: filter, order and page (RFC 7644 §3.4.2, RFC 9865), checked before the database is queried.

pub(crate) mod condition;
pub(crate) mod cursor;
mod order;
pub(crate) mod parameters;
pub(crate) mod projection;
pub mod search;

use serde_json::Value;
use vestibule_scim_engine::{
    document::list_response,
    error::{Rejection, ScimType},
    filter::Filter,
    schema::ResourceKind,
};
use vestibule_store::{
    Conn,
    search::{Condition, From, Key, Page, Sort},
};
use vestibule_web::State;

use crate::{
    http::{auth::Provisioner, error::ScimError},
    inspector,
    query::{parameters::ListParameters, projection::Projection},
};

/// The page size without `count`; Okta uses the same.
pub(crate) const DEFAULT_COUNT: i64 = 100;
/// The largest page, advertised as `filter.maxResults` and `pagination.maxPageSize`.
pub(crate) const MAX_COUNT: i64 = 500;

/// The most comparisons of one filter with attributes that have no column.
const MAX_SCATTERED: usize = 50;

/// A checked list request.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub condition: Condition,
    pub sort: Option<Sort>,
    pub projection: Projection,
    /// The page size.
    pub count: i64,
    paging: Paging,
}

#[derive(Debug, Clone)]
enum Paging {
    /// From this index, counted from 1.
    Index(i64),
    /// After this key, or from the beginning. `context` is the text that the cursors of the list are sealed for.
    Cursor { context: String, after: Option<Key> },
}

impl List {
    /// Checks the parameters of a list of one kind of resource.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidCursor`, `invalidCount`, `invalidPath` for sortBy, `invalidValue`.
    pub(crate) fn of(
        parameters: &ListParameters,
        kind: ResourceKind,
        provisioner: &Provisioner,
        state: &State,
    ) -> Result<Self, Rejection> {
        inspector::parameters::record(&provisioner.note, parameters);
        Self::with_filter(parameters, parameters.parsed_filter()?, kind, provisioner, state)
    }

    /// Checks the parameters of a list with another filter than theirs.
    ///
    /// # Errors
    /// As [`List::of`].
    pub(crate) fn with_filter(
        parameters: &ListParameters,
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
        // RFC 7644 §3.12: `tooMany`, more than the server is willing to process.
        if !condition.is_indexed() && condition.scattered_tests() > MAX_SCATTERED {
            let detail = format!(
                "the filter has more than {MAX_SCATTERED} comparisons with attributes other than id, userName, displayName, \
                 externalId, active and meta; send several requests"
            );
            return Err(Rejection::new(ScimType::TooMany, detail));
        }
        let sort = order::of(parameters, schema, &provisioner.base)?;
        let paging = match (&parameters.cursor, parameters.start_index()?) {
            (Some(_), Some(_)) => {
                return Err(Rejection::value("startIndex and cursor are two ways to page: send one of them"));
            }
            (None, start) => Paging::Index(start.unwrap_or(1).max(1)),
            (Some(cursor), None) => {
                // The context has the type of the sort values, because an attribute may be declared again with another type.
                let context = parameters.cursor_context(&provisioner.workspace_id, kind);
                let context = format!("{context} {:?}", sort.as_ref().map(|sort| sort.kind));
                let after = match cursor.as_str() {
                    "" => None,
                    cursor => Some(cursor::open(state.sealer(), &context, cursor)?),
                };
                Paging::Cursor { context, after }
            }
        };
        let count = parameters.count()?.unwrap_or(DEFAULT_COUNT).clamp(0, MAX_COUNT);
        Ok(Self { condition, sort, projection: parameters.projection()?, count, paging })
    }

    /// Whether its cost may grow with the directory.
    fn is_search(&self) -> bool {
        self.sort.is_some() || !self.condition.is_indexed()
    }

    /// Moves the start back by the resources of other lists that come before this one.
    pub(crate) fn skip_preceding(&mut self, count: i64) {
        self.paging = Paging::Index((self.start_index() - count).max(1));
    }

    fn start_index(&self) -> i64 {
        match self.paging {
            Paging::Index(start) => start,
            Paging::Cursor { .. } => 1,
        }
    }

    /// The page to read. With a cursor it has one resource more than is returned, to see whether another page follows.
    pub(crate) fn page(&self) -> Page {
        let (from, more) = match &self.paging {
            Paging::Index(start) => (From::Skip(start - 1), 0),
            Paging::Cursor { after: None, .. } => (From::Skip(0), 1),
            Paging::Cursor { after: Some(key), .. } => (From::After(key.clone()), 1),
        };
        let count = if self.count == 0 { 0 } else { self.count + more };
        Page { condition: self.condition.clone(), sort: self.sort.clone(), from, count }
    }

    /// The list response without its resources. `next` is the key of the last resource if others follow.
    pub(crate) fn envelope(&self, state: &State, total: i64, next: Option<Key>) -> Value {
        let start = match &self.paging {
            Paging::Index(start) => Some(start.unsigned_abs()),
            Paging::Cursor { .. } => None,
        };
        let next = match (&self.paging, next) {
            (Paging::Cursor { context, .. }, Some(key)) => cursor::seal(state.sealer(), context, &key),
            _ => None,
        };
        list_response(total.unsigned_abs(), start, next, Vec::new())
    }

    /// How many of the read resources are returned, and whether others follow.
    pub(crate) fn returned(&self, read: usize) -> (usize, bool) {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        (read.min(count), read > count)
    }
}

/// Runs a job that reads these lists. If one of them is a search, the limits of searches apply.
///
/// # Errors
/// 400 `tooMany` if it takes too long, 503 if too many searches run.
pub(crate) fn run<T>(
    lists: &[&List],
    conn: &mut Conn,
    provisioner: &Provisioner,
    state: &State,
    job: impl FnOnce(&mut Conn) -> Result<T, ScimError>,
) -> Result<T, ScimError> {
    match lists.iter().any(|list| list.is_search()) {
        true => state.search_on(conn, provisioner.team_id(), job),
        false => job(conn),
    }
}
