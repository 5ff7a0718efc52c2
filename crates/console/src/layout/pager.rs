//! Pages of a list, and the addresses of the others: by number where the list is cheap to count, after the last row where it may be
//! long.

use url::form_urlencoded::byte_serialize;
use vestibule_core::ids::UserId;
use vestibule_store::{
    Conn, Error,
    search::{Condition, From, Page, Place, Sort, SortKind},
};
use vestibule_web::http::input::Parameters;

use crate::layout::{error::PageError, visitor::Visitor};

/// How many rows a page has.
pub(crate) const COUNT: i64 = 25;

/// A page of a list with the search `?q=` and the number `?page=`.
pub(crate) struct Pager {
    pub path: &'static str,
    /// What is searched for; empty: everything.
    pub search: String,
    pub number: i64,
    pub pages: i64,
}

impl Pager {
    /// Reads the query.
    pub(crate) fn of(path: &'static str, query: &Parameters) -> Self {
        Self {
            path,
            search: query.text("q").trim().chars().take(100).collect(),
            number: query.text("page").parse::<i64>().unwrap_or(1).clamp(1, 1_000_000),
            pages: 0,
        }
    }

    /// The page for the store, sorted by this place.
    pub(crate) fn page(&self, condition: Condition, by: Place) -> Page {
        let sort = Sort { elements: None, place: by, kind: SortKind::Text, descending: false };
        Page { condition, sort: Some(sort), from: From::Skip((self.number - 1) * COUNT), count: COUNT }
    }

    /// Reads the page: as a search if there is a search text, which no index answers.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        visitor: &Visitor,
        job: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PageError> {
        if self.search.is_empty() { visitor.read(job).await } else { visitor.search(job).await }
    }

    /// Sets the number of pages, from the number of rows.
    pub(crate) fn counted(self, total: i64) -> Self {
        Self { pages: (total + COUNT - 1) / COUNT, ..self }
    }

    /// The address of another page of the same search.
    pub(crate) fn link(&self, number: i64) -> String {
        let search: String = byte_serialize(self.search.as_bytes()).collect();
        format!("{}?q={search}&page={number}", self.path)
    }
}

/// Cuts a page that was read with one row more than it shows; returns the id after which the next page begins.
pub(crate) fn next_of(ids: &mut Vec<UserId>) -> String {
    let count = usize::try_from(COUNT).unwrap_or(usize::MAX);
    if ids.len() <= count {
        return String::new();
    }
    ids.truncate(count);
    ids.last().map(ToString::to_string).unwrap_or_default()
}
