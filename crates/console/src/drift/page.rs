//! The page of the report.

use actix_web::http::StatusCode;
use askama::Template;
use vestibule_admin::drift::{self, DAYS, DAYS_RANGE, Report, Subject, compare::Assignments, judge::Finding};
use vestibule_core::providers::Provider;
use vestibule_store::{Conn, Error};
use vestibule_web::pages::Refused;

use super::compare::MOST;
use crate::layout::{access::Reader, error::PageResult, visitor::Visitor};

#[derive(Template)]
#[template(path = "drift.html")]
struct DriftPage<'a> {
    csrf: &'a str,
    provider: &'static Provider,
    days: i64,
    findings: Vec<Finding>,
    list: Option<List>,
    /// Why a list was not compared; empty: it was, or there is none.
    problem: String,
    /// The largest file, in megabytes.
    most: usize,
}

/// What was read of a list.
struct List {
    rows: usize,
    bad: usize,
    bad_rows: Vec<BadLine>,
}

/// A row that could not be read.
struct BadLine {
    line: usize,
    sentence: String,
}

/// What the page shows besides the report.
#[derive(Default)]
pub(super) struct Shown {
    /// The list to compare with.
    pub list: Option<Assignments>,
    /// Why a list was not compared; empty: it was, or there is none.
    pub problem: String,
}

/// `GET /drift?days=`
pub async fn get(reader: Reader) -> PageResult {
    let query = reader.query()?;
    show(&reader, days(query.text("days")), Shown::default()).await
}

/// The number of days as typed, or the usual one.
pub(super) fn days(typed: &str) -> i64 {
    typed.parse().ok().filter(|days| DAYS_RANGE.contains(days)).unwrap_or(DAYS)
}

/// Makes the report and renders the page.
pub(super) async fn show(visitor: &Visitor, days: i64, shown: Shown) -> PageResult {
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    let Shown { list, problem } = shown;
    let subject = Subject {
        workspace_id: workspace_id.clone(),
        default_role: visitor.workspace().default_role.clone(),
        provider: visitor.provider(),
    };
    let job = move |conn: &mut Conn| drift::report(conn, &subject, days, list, now);
    let made = visitor.state().search(&workspace_id, job).await;
    let report = match made {
        Ok(report) => report,
        Err(Error::TooLong) => {
            return Err(visitor.refuse(
                Refused::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "This report takes too long for a page",
                    "The workspace has many people, and the database is busy.".to_owned(),
                )
                .advise("Try again in a minute, or run vestibule drift at the command line.")
                .refer(visitor.id()),
            ));
        }
        Err(error) => return Err(visitor.failed(&error)),
    };
    let Report { findings, list, .. } = report;
    let content = DriftPage {
        csrf: visitor.csrf(),
        provider: visitor.provider(),
        days,
        findings,
        list: list.map(List::of),
        most: MOST / 1_000_000,
        problem,
    };
    visitor.form_page("Drift", !content.problem.is_empty(), &content)
}

impl List {
    fn of(list: Assignments) -> Self {
        let bad_rows = list.first_bad.into_iter();
        Self {
            rows: list.rows.len(),
            bad: list.bad,
            bad_rows: bad_rows.map(|bad| BadLine { line: bad.line, sentence: bad.sentence }).collect(),
        }
    }
}
