//! The page `/overview`.

use askama::Template;
use vestibule_web::observe::writers::counts;

use crate::{
    audit::{activity::Latest, refusals::Refusals},
    layout::{
        access::Reader,
        chart::{Bars, Dots},
        error::PageResult,
    },
    overview::{issues::Issue, read::Overview, tiles::Tile},
    provider::doctor::facts,
};

/// How many issues, and groups of refused requests, are not folded.
const OPEN: usize = 5;
/// The most groups of refused requests.
const REFUSALS: usize = 20;

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
    /// How many steps of the set-up are done, and of how many.
    steps: (usize, usize),
    issues: Vec<Issue>,
    /// Those that are folded.
    more_issues: Vec<Issue>,
    refusals: Vec<Refusals>,
    /// Those that are folded.
    more_refusals: Vec<Refusals>,
    provisioning: Bars,
    sign_ins: Bars,
    ends: Dots,
    latest: Vec<Latest>,
}

/// `GET /overview`
pub async fn get(reader: Reader) -> PageResult {
    let state = reader.state().clone();
    facts::store_seen(&state).await.map_err(|error| reader.failed(&error))?;
    reader.store_inspected().await?;
    counts::write_down(&state).await.map_err(|error| reader.failed(&error))?;
    let (workspace, now) = (reader.workspace().clone(), state.now());
    let mut found = reader.read(move |conn| Overview::read(conn, &state, &workspace, now)).await?;
    found.refusals.truncate(REFUSALS);
    let content = OverviewPage {
        csrf: reader.csrf(),
        may_change: reader.may_change(),
        provider: found.provider,
        is_connected: found.is_connected,
        sentence: found.sentence,
        tiles: found.tiles,
        steps: found.steps,
        more_issues: found.issues.split_off(OPEN.min(found.issues.len())),
        issues: found.issues,
        more_refusals: found.refusals.split_off(OPEN.min(found.refusals.len())),
        refusals: found.refusals,
        provisioning: found.provisioning,
        sign_ins: found.sign_ins,
        ends: found.ends,
        latest: found.latest,
    };
    reader.page("Overview", &content)
}
