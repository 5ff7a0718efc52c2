//! The page `/integrations/okta/conflicts`.

use askama::Template;
use vestibule_core::providers::Provider;
use vestibule_store::providers::conflicts;

use crate::{
    layout::{access::Reader, error::PageResult, visitor::Visitor},
    provider::conflicts::rows::ConflictRow,
};

/// How many conflicts the page shows.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    rows: Vec<ConflictRow>,
    problem: String,
}

/// Shows the list.
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, String::new()).await
}

/// Renders the page, with the problem of a form if it had one.
pub(super) async fn show(visitor: &Visitor, problem: String) -> PageResult {
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    let rows = visitor
        .read(move |conn| {
            let conflicts = conflicts::list(conn, &workspace_id, MOST)?;
            conflicts.into_iter().map(|conflict| ConflictRow::read(conn, conflict, now)).collect()
        })
        .await?;
    let content = ConflictsPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        rows,
        problem,
    };
    visitor.form_page("Who is this?", !content.problem.is_empty(), &content)
}
