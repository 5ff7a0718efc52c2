//! `/integrations/okta/ipsie`: the IPSIE self-check of the workspace as a page, and `/integrations/okta/ipsie/export` as JSON. The same as
//! `vestibule doctor --ipsie`.

use actix_web::{HttpResponse, http::header};
use askama::Template;
use vestibule_admin::ipsie::{
    self, NOTE, OfLevel,
    facts::{self, Facts},
    judge::{self, Judged, Verdict},
    requirement::{Part, Strength},
};
use vestibule_store::Conn;

use super::doctor::facts::store_seen;
use crate::layout::{
    access::Reader,
    error::{PageError, PageResult},
    moment::Moment,
};

#[derive(Template)]
#[template(path = "ipsie.html")]
struct IpsiePage {
    note: &'static str,
    groups: Vec<Group>,
}

/// A level and its own requirements.
struct Group {
    of: OfLevel,
    rows: Vec<Row>,
}

/// A requirement.
struct Row {
    judged: Judged,
    at: Option<Moment>,
}

/// `GET /integrations/okta/ipsie`
pub async fn get(reader: Reader) -> PageResult {
    let facts = read(&reader).await?;
    let judged = judge::judge(&facts);
    let groups = ipsie::levels(&judged).into_iter().map(|of| {
        let own = judged.iter().filter(|one| one.requirement.level == of.level);
        let rows = own.map(|one| Row { at: one.at.map(|at| Moment::of(at, facts.now)), judged: one.clone() });
        Group { rows: rows.collect(), of }
    });
    let content = IpsiePage { note: NOTE, groups: groups.collect() };
    reader.page("IPSIE self-check", &content)
}

/// `GET /integrations/okta/ipsie/export`
pub async fn export(reader: Reader) -> PageResult {
    let facts = read(&reader).await?;
    let name = format!("ipsie-{}.json", reader.workspace_id());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(ipsie::json(&facts).to_string()))
}

/// Reads the facts, with what this process saw just now.
async fn read(reader: &Reader) -> Result<Facts, PageError> {
    let state = reader.state().clone();
    store_seen(&state).await.map_err(|error| reader.failed(&error))?;
    let (workspace, now, of_job) = (reader.workspace().clone(), state.now(), state.clone());
    reader.read(move |conn: &mut Conn| facts::read(conn, of_job.config(), &workspace, now)).await
}

/// The style and the words of a verdict's chip.
fn chip(verdict: Verdict) -> (&'static str, String) {
    let (style, mark) = match verdict {
        Verdict::Met => ("working", "✓"),
        Verdict::NotMet => ("bad", "✕"),
        Verdict::NotSeen | Verdict::NotOurs => ("todo", "○"),
    };
    (style, format!("{mark} {}", verdict.words()))
}

impl Group {
    fn chip(&self) -> (&'static str, String) {
        chip(self.of.verdict)
    }
}

impl Row {
    fn chip(&self) -> (&'static str, String) {
        chip(self.judged.verdict)
    }

    fn is_of_provider(&self) -> bool {
        self.judged.requirement.part == Part::IdentityService
    }

    fn is_recommended(&self) -> bool {
        self.judged.requirement.strength == Strength::Should
    }
}
