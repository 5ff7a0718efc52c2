//! The page `/overview`.

use askama::Template;
use vestibule_web::observe::writers::counts;

use crate::{
    audit::activity::Latest,
    layout::{
        access::Reader,
        chart::{Bars, Dots},
        error::PageResult,
    },
    overview::{issues::Issue, read::Overview, tiles::Tile},
    provider::doctor::facts,
};

/// How many issues the page shows.
const ISSUES: usize = 5;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    csrf: &'a str,
    may_change: bool,
    /// The name of the provider.
    provider: &'static str,
    is_connected: bool,
    /// What is connected, and when it last sent something.
    sentence: String,
    tiles: Vec<Tile>,
    issues: Vec<Issue>,
    /// How many more there are.
    more: usize,
    provisioning: Bars,
    sign_ins: Bars,
    ends: Dots,
    latest: Vec<Latest>,
}

/// `GET /overview`
pub async fn get(reader: Reader) -> PageResult {
    let state = reader.state().clone();
    facts::store_seen(&state).await.map_err(|error| reader.failed(&error))?;
    counts::write_down(&state).await.map_err(|error| reader.failed(&error))?;
    let (workspace, now) = (reader.workspace().clone(), state.now());
    let found = reader.read(move |conn| Overview::read(conn, &state, &workspace, now)).await?;
    let content = OverviewPage {
        csrf: reader.csrf(),
        may_change: reader.may_change(),
        provider: found.provider,
        is_connected: found.is_connected,
        sentence: found.sentence,
        tiles: found.tiles,
        more: found.issues.len().saturating_sub(ISSUES),
        issues: found.issues.into_iter().take(ISSUES).collect(),
        provisioning: found.provisioning,
        sign_ins: found.sign_ins,
        ends: found.ends,
        latest: found.latest,
    };
    reader.page("Overview", &content)
}
