//! Report of a test sign-in: every check, the claims, and the user who would be signed in. The claims are about the tester; the report
//! contains no token, code or secret.

use askama::Template;
use serde_json::{Map, Value};
use vestibule_core::ids::UserId;

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
    passed: bool,
    summary: String,
    advice: Vec<String>,
    lines: Vec<Line>,
    claims: Vec<(&'static str, Vec<(String, String)>)>,
    pub reference: String,
    /// Outcome in the event.
    pub outcome: &'static str,
    pub detail: String,
    /// Id of the user that a sign-in would find.
    pub user_id: Option<UserId>,
}

/// Row of the table of checks.
struct Line {
    title: &'static str,
    cites: &'static str,
    outcome: &'static str,
    style: &'static str,
    why: String,
}

/// Outcome of a test.
pub(super) struct Outcome {
    pub verification: Result<Verification, Refusal>,
    pub preview: Option<Preview>,
}

pub(super) fn of(outcome: &Outcome) -> Report {
    let mut report = Report {
        passed: false,
        summary: String::new(),
        advice: Vec::new(),
        lines: Vec::new(),
        claims: Vec::new(),
        reference: String::new(),
        outcome: "refused",
        detail: String::new(),
        user_id: None,
    };
    match &outcome.verification {
        Err(refusal) => report.refused(refusal),
        Ok(verification) => report.verified(verification),
    }
    match &outcome.preview {
        Some(Preview::SignsIn(user, how)) => {
            report.passed = true;
            report.outcome = "signs_in";
            report.detail = (*how).to_owned();
            report.user_id = Some(user.user_id.clone());
            report.summary = format!(
                "A sign-in would succeed: this person would be signed in as {}, {}.",
                vestibule_web::pages::isolate(&user.user_name),
                sentences::recognised(how)
            );
        }
        Some(Preview::Creates(user_name)) => {
            report.passed = true;
            report.outcome = "creates";
            report.summary = format!(
                "A sign-in would succeed: nobody here is this person yet, and {} would be created by just-in-time provisioning.",
                vestibule_web::pages::isolate(user_name)
            );
        }
        Some(Preview::Refuses(reason, user)) => {
            report.outcome = reason.name();
            report.user_id = user.as_ref().map(|user| user.user_id.clone());
            let page = Refusal::Person { reason: *reason, event: String::new() }.text();
            report.summary =
                format!("Okta's answer is in order, but this person would be refused: {}", page.explanation);
            report.advice = page.advice;
        }
        None => {}
    }
    report
}

impl Report {
    fn refused(&mut self, refusal: &Refusal) {
        let page = refusal.text();
        self.outcome = refusal.name();
        self.detail = refusal.detail();
        self.summary = format!("A sign-in would be refused. {}: {}", page.title, page.explanation);
        self.advice = page.advice;
        if let Refusal::Answer(error) = refusal {
            self.advice.extend(sentences::advice_for(error).map(str::to_owned));
        }
        self.lines.push(Line {
            title: sentences::step(refusal),
            cites: "",
            outcome: "✕ Failed",
            style: "bad",
            why: self.detail.clone(),
        });
    }

    fn verified(&mut self, verification: &Verification) {
        self.lines.push(passed(
            "Okta answered, and took our code and our credentials",
            "RFC 6749 §4.1.3; RFC 9207",
        ));
        self.lines.extend(verification.report.checks.iter().map(line));
        let id_token = verification.report.unverified_claims.as_ref();
        self.claims.extend(id_token.map(|claims| ("What the ID token says", rows(claims))));
        if let Some(info) = &verification.userinfo {
            self.lines.push(passed("Userinfo speaks of the same person", "OpenID Connect Core §5.3.2"));
            self.claims.push(("What userinfo says", rows(info)));
        }
        if let Err(error) = &verification.outcome {
            let refusal = Refusal::Answer(error.clone());
            let page = refusal.text();
            self.outcome = refusal.name();
            self.detail = refusal.detail();
            self.summary = format!("A sign-in would be refused. {}: {}", page.title, page.explanation);
            self.advice = page.advice;
            self.advice.extend(
                verification
                    .report
                    .failure()
                    .and_then(|(name, _)| sentences::advice(name))
                    .map(str::to_owned),
            );
            if verification.report.failure().is_none() {
                self.lines.push(Line {
                    title: "Userinfo",
                    cites: "OpenID Connect Core §5.3.2",
                    outcome: "✕ Failed",
                    style: "bad",
                    why: self.detail.clone(),
                });
            }
        }
    }
}

fn passed(title: &'static str, cites: &'static str) -> Line {
    Line { title, cites, outcome: "✓ Passed", style: "working", why: String::new() }
}

fn line(check: &Check) -> Line {
    let (outcome, style, why) = match &check.verdict {
        Verdict::Passed => ("✓ Passed", "working", ""),
        Verdict::NotApplicable => ("– Not there, not needed", "todo", ""),
        Verdict::NotReached => ("– Not looked at", "todo", ""),
        Verdict::Failed(why) => ("✕ Failed", "bad", why.as_str()),
    };
    Line { title: sentences::title(check.name), cites: check.cites, outcome, style, why: why.to_owned() }
}

/// Names and values of claims, cut to a limited length.
fn rows(claims: &Map<String, Value>) -> Vec<(String, String)> {
    let cut = |value: &Value| -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.chars().take(LONGEST_VALUE).collect()
    };
    claims.iter().map(|(name, value)| (name.chars().take(100).collect(), cut(value))).collect()
}
