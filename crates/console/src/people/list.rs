//! `/people`: the people of the workspace by name, a page at a time, with a search.

use askama::Template;
use vestibule_core::{fold::fold, providers::Provider};
use vestibule_store::{
    people::users::{self, User},
    search::{Column, Condition, Op, Place, Rows, Test},
};

use crate::layout::{access::Reader, error::PageResult, pager::Pager};

/// The column that the list is sorted by.
pub(crate) const BY: Column = Column::UserName;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    provider: &'static Provider,
    total: i64,
    users: Vec<User>,
    pager: Pager,
}

/// `GET /people`
pub async fn get(reader: Reader) -> PageResult {
    let pager = Pager::of("/people", &reader.query()?);
    let page = pager.page(name_contains(&pager.search), Place::Column(BY));
    let workspace_id = reader.workspace_id();
    let found = pager.read(&reader, move |conn| users::list(conn, &workspace_id, &page)).await?;
    let content = PeoplePage {
        provider: reader.provider(),
        total: found.total,
        users: found.resources,
        pager: pager.counted(found.total),
    };
    reader.page("People", &content)
}

/// People whose user name, name or email address contains this text.
pub(crate) fn name_contains(text: &str) -> Condition {
    if text.is_empty() {
        return Condition::Always;
    }
    let contains = |place| Condition::Is(place, Test::Text(Op::Contains, fold(text)));
    Condition::Or(vec![
        contains(Place::Column(Column::UserName)),
        contains(Place::Column(Column::DisplayName)),
        Condition::Any(Rows::Emails, Box::new(contains(Place::Row(Column::Email)))),
    ])
}
