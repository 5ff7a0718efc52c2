//! Which page of a list is asked for, and the addresses of the others: by number where the list is short to count, behind the
//! last line where it may be long.

use url::form_urlencoded::byte_serialize;
use vestibule_store::search::{Condition, From, Page, Place, Sort, SortKind};
use vestibule_web::http::input::Parameters;

/// How many lines stand on a page.
pub(crate) const COUNT: i64 = 25;

/// A page of a list that is searched by `?q=` and turned by `?page=`.
pub(crate) struct Pager {
    pub path: &'static str,
    pub asked: String,
    pub number: i64,
    pub pages: i64,
}

impl Pager {
    /// What the query asks for.
    pub(crate) fn of(path: &'static str, query: &Parameters) -> Self {
        Self {
            path,
            asked: query.text("q").trim().chars().take(100).collect(),
            number: query.text("page").parse::<i64>().unwrap_or(1).clamp(1, 1_000_000),
            pages: 0,
        }
    }

    /// The same to the store, in the order of this place.
    pub(crate) fn page(&self, condition: Condition, by: Place) -> Page {
        let sort = Sort { elements: None, place: by, kind: SortKind::Text, descending: false };
        Page { condition, sort: Some(sort), from: From::Skip((self.number - 1) * COUNT), count: COUNT }
    }

    /// Knows how many there are.
    pub(crate) fn counted(self, total: i64) -> Self {
        Self { pages: (total + COUNT - 1) / COUNT, ..self }
    }

    /// The address of another page of the same search.
    pub(crate) fn link(&self, number: i64) -> String {
        let asked: String = byte_serialize(self.asked.as_bytes()).collect();
        format!("{}?q={asked}&page={number}", self.path)
    }
}

/// Takes the id behind which the next page begins off a page that was read with one line more than it shows.
pub(crate) fn next_of(ids: &mut Vec<String>) -> String {
    let shown = usize::try_from(COUNT).unwrap_or(usize::MAX);
    if ids.len() <= shown {
        return String::new();
    }
    ids.truncate(shown);
    ids.last().cloned().unwrap_or_default()
}
