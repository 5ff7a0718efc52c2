//! Pages of lists: `limit` and an opaque cursor. The cursor is the key of the last returned item, sealed for this list and its
//! filters, so that a page neither repeats nor misses an item, and the server stores nothing. It is no credential.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::Caller,
        input::within,
        problem::Problem,
    },
    types::page::{Item, Page},
};

const USUAL: i64 = 50;
const MOST: i64 = 200;

/// The requested page.
pub(crate) struct Paging {
    /// The largest number of items.
    pub limit: i64,
    /// The key of the last item of the previous page.
    pub after: Option<String>,
    context: String,
}

impl Caller<'_> {
    /// The page of this request; `filters` are the names of the other query parameters.
    ///
    /// # Errors
    /// 400 or 422.
    pub fn paging(&self, filters: &[&str]) -> Result<Paging, Problem> {
        let query = self.query(&[filters, &["limit", "cursor"]].concat())?;
        let limit = match query.get("limit").map(str::parse) {
            None => USUAL,
            Some(Ok(number)) => within("limit", number, 1, MOST)?,
            Some(Err(_)) => within("limit", 0, 1, MOST)?,
        };
        let asked: Vec<_> = filters.iter().map(|name| (name, query.get(name))).collect();
        let context = json!(["management cursor", self.call.path, asked]).to_string();
        let after = match query.get("cursor") {
            None => None,
            Some(cursor) => {
                let opened =
                    self.state().sealer().open(&context, cursor).map_err(|_| {
                        Problem::field("cursor", "is none of this list: begin again without one")
                    })?;
                Some(opened.expose_secret().to_owned())
            }
        };
        Ok(Paging { limit, after, context })
    }
}

impl Paging {
    /// The number of items to read: one more than fits shows that there is a next page.
    pub fn fetch_limit(&self) -> i64 {
        self.limit + 1
    }

    /// Answers items behind the cursor, in order, each with its key; one more than fits means that there is a next page.
    pub fn answer<T: Item>(self, caller: &Caller<'_>, mut items: Vec<(String, T)>) -> Outcome {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some((key, _)) if more => {
                let sealed = caller.state().sealer().seal(&self.context, key);
                Some(sealed.map_err(|error| Problem::Internal(error.to_string()))?)
            }
            _ => None,
        };
        Answer::ok(Page { items: items.into_iter().map(|(_, item)| item).collect(), next })
    }

    /// Answers a page of a list that was read whole, in any order.
    pub fn respond<T: Item>(self, caller: &Caller<'_>, mut items: Vec<(String, T)>) -> Outcome {
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(after) = &self.after {
            items.retain(|(key, _)| key > after);
        }
        self.answer(caller, items)
    }
}
