//! Report of a test sign-in: every check, the claims, and the user who would be signed in. The claims are about the tester; the report
//! contains no token, code or secret. This file has the parts that both protocols share, and the report of OpenID Connect.

use askama::Template;
use serde_json::{Map, Value};
use vestibule_core::{ids::UserId, sets::ProviderKind};

use super::sentences;
use crate::{
    id_token::{Check, Verdict},
    person::Preview,
    provider::Verification,
    refusal::Refusal,
};

/// Longest value that is displayed, in characters.
const LONGEST_VALUE: usize = 2000;

#[derive(Template)]
#[template(path = "test_sign_in.html")]
pub(super) struct Report {
    pub passed: bool,
    pub summary: String,
    pub advice: Vec<String>,
    pub lines: Vec<Line>,
    pub tables: Vec<Table>,
    /// Suggestions for the settings here.
    pub hints: Vec<String>,
    pub reference: String,
    /// The step of the set-up that the outcome decides.
    pub back: String,
    /// Whether the test created the first administrator of the workspace.
    pub created: bool,
    /// Outcome in the event.
    pub outcome: &'static str,
    pub detail: String,
    /// Id of the user that a sign-in would find.
    pub user_id: Option<UserId>,
}

/// Row of the table of checks.
pub(super) struct Line {
    title: &'static str,
    cites: &'static str,
    outcome: &'static str,
    style: &'static str,
    why: String,
}

/// A table with content of the answer.
pub(super) struct Table {
    pub title: &'static str,
    /// A warning that the content is not verified; empty if it is.
    pub note: &'static str,
    pub head: Vec<&'static str>,
    /// Rows of cells; a cell may have several values.
    pub rows: Vec<Vec<Vec<String>>>,
}

/// Outcome of a test.
pub(super) struct Outcome {
    /// Kind of the provider.
    pub kind: ProviderKind,
    pub verification: Result<Verification, Refusal>,
    pub preview: Option<Preview>,
    /// Whether the test created the first administrator of the workspace.
    pub created: bool,
}

pub(super) fn of(outcome: &Outcome) -> Report {
    let mut report = Report::new();
    match &outcome.verification {
        Err(refusal) => report.refused(outcome.kind, refusal),
        Ok(verification) => report.verified(outcome.kind, verification),
    }
    if let Some(preview) = &outcome.preview {
        report.previewed(outcome.kind, preview);
    }
    report.created = outcome.created;
    report
}

impl Report {
    /// A report that says nothing yet.
    pub fn new() -> Self {
        Self {
            passed: false,
            summary: String::new(),
            advice: Vec::new(),
            lines: Vec::new(),
            tables: Vec::new(),
            hints: Vec::new(),
            reference: String::new(),
            back: String::new(),
            created: false,
            outcome: "refused",
            detail: String::new(),
            user_id: None,
        }
    }

    /// Adds who would be signed in.
    pub fn previewed(&mut self, kind: ProviderKind, preview: &Preview) {
        match preview {
            Preview::SignsIn(user, how) => {
                self.passed = true;
                self.outcome = "signs_in";
                self.detail = (*how).to_owned();
                self.user_id = Some(user.user_id.clone());
                self.summary = format!(
                    "A sign-in would succeed: this person would be signed in as {}, {}.",
                    vestibule_web::pages::isolate(&user.user_name),
                    sentences::recognised(how)
                );
            }
            Preview::Creates(user_name) => {
                self.passed = true;
                self.outcome = "creates";
                self.summary = format!(
                    "A sign-in would succeed: nobody here is this person yet, and {} would be created by just-in-time provisioning.",
                    vestibule_web::pages::isolate(user_name)
                );
            }
            Preview::Refuses(reason, user) => {
                self.outcome = reason.name();
                self.user_id = user.as_ref().map(|user| user.user_id.clone());
                let page = Refusal::Person { reason: *reason, event: String::new() }.text_of(kind);
                self.summary =
                    format!("The answer is in order, but this person would be refused: {}", page.explanation);
                // The report is for administrators, who may read the details that the person's page leaves out.
                let detail = reason.detail();
                self.detail = detail.to_owned();
                if !detail.is_empty() {
                    self.summary.push_str(&format!(" In detail: {detail}."));
                }
                self.advice = page.advice;
            }
        }
    }

    fn refused(&mut self, kind: ProviderKind, refusal: &Refusal) {
        let page = refusal.text_of(kind);
        self.outcome = refusal.name();
        self.detail = refusal.detail();
        self.summary = format!("A sign-in would be refused. {}: {}", page.title, page.explanation);
        self.advice = page.advice;
        if let Refusal::Answer(error) = refusal {
            self.advice.extend(sentences::advice_for(kind, error).map(str::to_owned));
        }
        self.lines.push(Line::failed(sentences::step(refusal), "", &self.detail));
    }

    fn verified(&mut self, kind: ProviderKind, verification: &Verification) {
        self.lines.push(Line::passed(
            "The provider answered, and took our code and our credentials",
            "RFC 6749 §4.1.3; RFC 9207",
        ));
        self.lines.extend(verification.report.checks.iter().map(line));
        let id_token = verification.report.unverified_claims.as_ref();
        self.tables.extend(id_token.map(|claims| claims_table("What the ID token says", claims)));
        if let Some(info) = &verification.userinfo {
            self.lines.push(Line::passed("Userinfo speaks of the same person", "OpenID Connect Core §5.3.2"));
            self.tables.push(claims_table("What userinfo says", info));
        }
        if let Err(error) = &verification.outcome {
            let refusal = Refusal::Answer(error.clone());
            let page = refusal.text_of(kind);
            self.outcome = refusal.name();
            self.detail = refusal.detail();
            self.summary = format!("A sign-in would be refused. {}: {}", page.title, page.explanation);
            self.advice = page.advice;
            self.advice.extend(
                verification
                    .report
                    .failure()
                    .and_then(|(name, _)| sentences::advice(kind, name))
                    .map(str::to_owned),
            );
            if verification.report.failure().is_none() {
                self.lines.push(Line::failed("Userinfo", "OpenID Connect Core §5.3.2", &self.detail));
            }
        }
    }
}

impl Line {
    pub fn passed(title: &'static str, cites: &'static str) -> Self {
        Self { title, cites, outcome: "✓ Passed", style: "working", why: String::new() }
    }

    pub fn not_applicable(title: &'static str, cites: &'static str) -> Self {
        Self { title, cites, outcome: "– Not used", style: "todo", why: String::new() }
    }

    pub fn not_reached(title: &'static str, cites: &'static str) -> Self {
        Self { title, cites, outcome: "– Not checked", style: "todo", why: String::new() }
    }

    pub fn failed(title: &'static str, cites: &'static str, why: &str) -> Self {
        Self { title, cites, outcome: "✕ Failed", style: "bad", why: why.to_owned() }
    }
}

fn line(check: &Check) -> Line {
    let (title, cites) = (sentences::title(check.name), check.cites);
    match &check.verdict {
        Verdict::Passed => Line::passed(title, cites),
        Verdict::NotApplicable => Line::not_applicable(title, cites),
        Verdict::NotReached => Line::not_reached(title, cites),
        Verdict::Failed(why) => Line::failed(title, cites, why),
    }
}

/// Names and values of claims, cut to a limited length.
fn claims_table(title: &'static str, claims: &Map<String, Value>) -> Table {
    let row = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        vec![vec![name.chars().take(100).collect()], vec![cut(&text)]]
    };
    Table { title, note: "", head: vec!["Claim", "Value"], rows: claims.iter().map(row).collect() }
}

/// A text, cut to a limited length.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(LONGEST_VALUE).collect()
}
