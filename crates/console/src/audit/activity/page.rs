//! The page `/activity`.

use askama::Template;

use crate::{
    audit::{
        activity::{
            filter::Filter,
            find::{ACTORS, find},
            lines::Line,
            verdict::Verdict,
        },
        sentences,
    },
    layout::{access::Reader, error::PageResult, visitor::Visitor},
};

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage<'a> {
    csrf: &'a str,
    filter: Filter,
    kinds: Vec<(&'static str, &'static str)>,
    actors: [&'static str; 5],
    lines: Vec<Line>,
    /// The address of older lines.
    older: Option<String>,
    /// The last line that was examined, and the address at which the search continues.
    further: Option<(i64, String)>,
    /// A name in the filter that nobody has.
    nobody: Option<String>,
    verdict: Option<Verdict>,
}

/// `GET /activity`
pub async fn get(reader: Reader) -> PageResult {
    let filter = Filter::of(&reader.query()?);
    show(&reader, filter, None).await
}

/// Renders the page, with the verdict of a verification.
pub(super) async fn show(visitor: &Visitor, filter: Filter, verdict: Option<Verdict>) -> PageResult {
    let (workspace_id, provider, now) = (visitor.workspace_id(), visitor.provider(), visitor.state().now());
    // Lines link to stored requests, also to those that this node answered just now.
    visitor.store_inspected().await?;
    let (found, filter) = visitor
        .read(move |conn| {
            let found = find(conn, &workspace_id, &filter, (provider, now))?;
            Ok((found, filter))
        })
        .await?;
    let content = ActivityPage {
        csrf: visitor.csrf(),
        older: found.older.map(|before| filter.link(before)),
        further: found.down_to.map(|line| (line, filter.link(line))),
        filter,
        kinds: sentences::all(),
        actors: ACTORS,
        lines: found.lines,
        nobody: found.nobody,
        verdict,
    };
    visitor.page("Audit log", &content)
}
