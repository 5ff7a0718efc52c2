//! The report of a test sign-in: every check, the claims as they came, and who that would be. Values are the tester's own;
//! no token, no code and no secret is among them.

use askama::Template;
use serde_json::{Map, Value};

use super::sentences;
use crate::{
    id_token::{Check, Verdict},
    person,
    provider::Examined,
    refusal::Refusal,
};

/// Longer values are cut.
const LONGEST_VALUE: usize = 2000;

#[derive(Template)]
#[template(path = "test_sign_in.html")]
pub(super) struct Report {
    passed: bool,
    summary: String,
    advice: Vec<String>,
    lines: Vec<Line>,
    told: Vec<(&'static str, Vec<(String, String)>)>,
    pub reference: String,
    /// As the event names it.
    pub outcome: &'static str,
    pub detail: String,
    /// Id of the user that a sign-in would find.
    pub user_id: Option<String>,
}

struct Line {
    title: &'static str,
    cites: &'static str,
    outcome: &'static str,
    look: &'static str,
    why: String,
}

/// What a test came to.
pub(super) struct Outcome {
    pub tried: Result<Examined, Refusal>,
    pub matched: Option<person::Look>,
}

pub(super) fn of(outcome: &Outcome) -> Report {
    let mut report = Report {
        passed: false,
        summary: String::new(),
        advice: Vec::new(),
        lines: Vec::new(),
        told: Vec::new(),
        reference: String::new(),
        outcome: "refused",
        detail: String::new(),
        user_id: None,
    };
    match &outcome.tried {
        Err(refusal) => report.refused(refusal),
        Ok(examined) => report.examined(examined),
    }
    match &outcome.matched {
        Some(person::Look::SignsIn(user, how)) => {
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
        Some(person::Look::Created(user_name)) => {
            report.passed = true;
            report.outcome = "creates";
            report.summary = format!(
                "A sign-in would succeed: nobody here is this person yet, and {} would be created by just-in-time provisioning.",
                vestibule_web::pages::isolate(user_name)
            );
        }
        Some(person::Look::Refused(reason, user)) => {
            report.outcome = reason.name();
            report.user_id = user.as_ref().map(|user| user.user_id.clone());
            let words = Refusal::Person { reason: *reason, event: String::new() }.words();
            report.summary =
                format!("Okta's answer is in order, but this person would be refused: {}", words.happened);
            report.advice = words.todo;
        }
        None => {}
    }
    report
}

impl Report {
    fn refused(&mut self, refusal: &Refusal) {
        let words = refusal.words();
        self.outcome = refusal.name();
        self.detail = refusal.detail();
        self.summary = format!("A sign-in would be refused. {}: {}", words.title, words.happened);
        self.advice = words.todo;
        if let Refusal::Answer(error) = refusal {
            self.advice.extend(sentences::advice_for(error).map(str::to_owned));
        }
        self.lines.push(Line {
            title: sentences::step(refusal),
            cites: "",
            outcome: "✕ Failed",
            look: "bad",
            why: self.detail.clone(),
        });
    }

    fn examined(&mut self, examined: &Examined) {
        self.lines.push(passed(
            "Okta answered, and took our code and our credentials",
            "RFC 6749 §4.1.3; RFC 9207",
        ));
        self.lines.extend(examined.report.checks.iter().map(line));
        self.told.extend(examined.report.said.as_ref().map(|said| ("What the ID token says", claims(said))));
        if let Some(info) = &examined.userinfo {
            self.lines.push(passed("Userinfo speaks of the same person", "OpenID Connect Core §5.3.2"));
            self.told.push(("What userinfo says", claims(info)));
        }
        if let Err(error) = &examined.outcome {
            let refusal = Refusal::Answer(error.clone());
            let words = refusal.words();
            self.outcome = refusal.name();
            self.detail = refusal.detail();
            self.summary = format!("A sign-in would be refused. {}: {}", words.title, words.happened);
            self.advice = words.todo;
            self.advice.extend(
                examined.report.failure().and_then(|(name, _)| sentences::advice(name)).map(str::to_owned),
            );
            if examined.report.failure().is_none() {
                self.lines.push(Line {
                    title: "Userinfo",
                    cites: "OpenID Connect Core §5.3.2",
                    outcome: "✕ Failed",
                    look: "bad",
                    why: self.detail.clone(),
                });
            }
        }
    }
}

fn passed(title: &'static str, cites: &'static str) -> Line {
    Line { title, cites, outcome: "✓ Passed", look: "working", why: String::new() }
}

fn line(check: &Check) -> Line {
    let (outcome, look, why) = match &check.verdict {
        Verdict::Passed => ("✓ Passed", "working", ""),
        Verdict::NotApplicable => ("– Not there, not needed", "todo", ""),
        Verdict::NotReached => ("– Not looked at", "todo", ""),
        Verdict::Failed(why) => ("✕ Failed", "bad", why.as_str()),
    };
    Line { title: sentences::title(check.name), cites: check.cites, outcome, look, why: why.to_owned() }
}

fn claims(said: &Map<String, Value>) -> Vec<(String, String)> {
    let shown = |value: &Value| -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.chars().take(LONGEST_VALUE).collect()
    };
    said.iter().map(|(name, value)| (name.chars().take(100).collect(), shown(value))).collect()
}
