//! The report of a test sign-in through a SAML connection: every check, what the assertion says, and who would be signed in. It has no
//! certificate, key or signature, only fingerprints.

use vestibule_core::{
    providers::Provider,
    time::{Micros, rfc3339},
};
use vestibule_saml::response::{Assertion, Verdict, checks};
use vestibule_store::providers::{
    saml_certificates::SamlCertificate,
    saml_connections::{AttributeNames, SamlConnection},
};

use super::{
    super::report::{Line, Report, Table, cut},
    TestAnswer, attributes,
};
use crate::{
    person::{Claims, Preview},
    refusal::Refusal,
    saml::sentences,
};

/// Most values of an attribute that are displayed.
const MOST_VALUES: usize = 200;
/// Note above what an unverified assertion says.
const UNVERIFIED: &str = "Not verified: a check failed, so anybody may have written this.";

/// The data of the report.
pub(super) struct Tested<'a> {
    pub answer: &'a TestAnswer,
    pub connection: &'a SamlConnection,
    pub certificates: &'a [SamlCertificate],
    pub names: &'a AttributeNames,
    /// Whether the provider was asked to authenticate the person again.
    pub asked_again: bool,
    /// `None`: the assertion is not verified.
    pub person: Option<Person>,
    pub now: Micros,
}

/// The result of a verified assertion.
pub(super) struct Person {
    /// Whether the assertion was not used before.
    pub is_new: bool,
    /// Its claims, or why it identifies nobody.
    pub claims: Result<Claims, String>,
    pub preview: Option<Preview>,
}

impl Tested<'_> {
    pub fn report(&self) -> Report {
        let mut report = Report::new();
        report.lines.push(Line::passed("It answers the request of this test", "Profiles §4.1.4.3"));
        for (name, cites) in checks() {
            let verdict = self.answer.checks.iter().find(|(checked, _)| checked == name);
            let verdict = verdict.map_or(&Verdict::NotReached, |(_, verdict)| verdict);
            let title = sentences::title(name).unwrap_or(name);
            let line = match verdict {
                Verdict::Passed => Line::passed(title, cites),
                Verdict::NotApplicable => Line::not_applicable(title, cites),
                Verdict::NotReached => Line::not_reached(title, cites),
                Verdict::Failed(why) => {
                    let why = self.explain(name, why);
                    refuse(&mut report, self.provider(), name, &why);
                    Line::failed(title, cites, &why)
                }
            };
            report.lines.push(line);
        }
        self.judge(&mut report);
        if let Some(assertion) = &self.answer.facts {
            let note = if self.answer.is_verified { "" } else { UNVERIFIED };
            report.tables.push(Table { note, ..self.assertion(assertion) });
            report.tables.push(Table { note, ..self.attributes(assertion) });
            report.hints = attributes::hints(assertion, self.names, self.provider());
        }
        report.tables.push(self.certificates());
        report
    }

    /// The provider, for words.
    fn provider(&self) -> &'static Provider {
        self.connection.kind().facts()
    }

    /// Why a check failed, with what is known about certificates where that helps.
    fn explain(&self, check: &str, why: &str) -> String {
        match check {
            "signature" | "decrypted_signature" => {
                format!("{why}; {}", sentences::about_certificates(self.connection, self.certificates))
            }
            _ => why.to_owned(),
        }
    }

    /// Adds the checks that follow those of the response, and who would be signed in.
    fn judge(&self, report: &mut Report) {
        const ONCE: (&str, &str) = ("It was not used before", "Profiles §4.1.4.5");
        const LASTING: (&str, &str) = ("The NameID names the same person each time", "Core §8.3.8");
        const AGAIN: (&str, &str) = ("The person authenticated again (ForceAuthn)", "Core §3.4.1");
        let Some(person) = &self.person else {
            report.lines.extend([ONCE, LASTING, AGAIN].map(|(title, cites)| Line::not_reached(title, cites)));
            return;
        };
        if let Some(preview) = &person.preview {
            report.previewed(self.connection.kind(), preview);
        }
        let once = if person.is_new {
            Line::passed(ONCE.0, ONCE.1)
        } else {
            let why = "the ID of the assertion was used before";
            refuse_as(report, ("spent", ""), why, "");
            Line::failed(ONCE.0, ONCE.1, why)
        };
        let lasting = match &person.claims {
            Ok(_) => Line::passed(LASTING.0, LASTING.1),
            Err(why) => {
                refuse(report, self.provider(), "name_id", why);
                Line::failed(LASTING.0, LASTING.1, why)
            }
        };
        let authenticated = person.claims.as_ref().is_ok_and(|claims| claims.auth_time.is_some());
        let again = match (self.asked_again, authenticated) {
            (false, _) => Line::not_applicable(AGAIN.0, AGAIN.1),
            (true, true) => Line::passed(AGAIN.0, AGAIN.1),
            (true, false) => {
                let why = "the provider was asked to authenticate the person again, and reports an older authentication";
                refuse_as(report, ("not_fresh", ""), why, &sentences::force_authn(self.provider()));
                Line::failed(AGAIN.0, AGAIN.1, why)
            }
        };
        report.lines.extend([once, lasting, again]);
    }

    fn assertion(&self, assertion: &Assertion) -> Table {
        let instant = |at: Micros| if at == 0 { String::new() } else { rfc3339(at) };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = [
            ("NameID", assertion.name_id.value.clone()),
            ("NameID Format", assertion.name_id.format.clone()),
            ("Issuer", assertion.issuer.clone()),
            ("InResponseTo", text(&assertion.in_response_to)),
            ("SessionIndex", text(&assertion.session_index)),
            ("AuthnInstant", instant(assertion.authn_instant)),
            ("IssueInstant", instant(assertion.issued_at)),
            ("NotOnOrAfter", instant(assertion.not_on_or_after)),
            ("SessionNotOnOrAfter", instant(assertion.session_not_on_or_after.unwrap_or_default())),
            ("The clock here", rfc3339(self.now)),
        ];
        let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
        Table {
            title: "What the assertion says",
            note: "",
            head: vec!["Part", "Value"],
            rows: rows.map(|(name, value)| vec![vec![name.to_owned()], vec![cut(&value)]]).collect(),
        }
    }

    fn attributes(&self, assertion: &Assertion) -> Table {
        let rows = assertion.attributes.iter().map(|attribute| {
            let mut values: Vec<String> =
                attribute.values.iter().take(MOST_VALUES).map(|value| cut(value)).collect();
            if attribute.values.len() > MOST_VALUES {
                values.push(format!("and {} more", attribute.values.len() - MOST_VALUES));
            }
            vec![
                vec![cut(&attribute.name)],
                attribute.format.iter().map(|format| cut(format)).collect(),
                values,
                attributes::used_as(&attribute.name, self.names).into_iter().map(str::to_owned).collect(),
            ]
        });
        Table {
            title: "Attributes",
            note: "",
            head: vec!["Name", "Format", "Values", "Used as"],
            rows: rows.collect(),
        }
    }

    fn certificates(&self) -> Table {
        let rows = self.certificates.iter().map(|certificate| {
            let state = match certificate.trusted_at {
                Some(_) => "trusted",
                None => "waits for an administrator",
            };
            let signed = self.answer.fitting.as_ref() == Some(&certificate.fingerprint);
            let cells = [
                certificate.fingerprint.clone(),
                rfc3339(certificate.not_after * vestibule_core::time::SECOND),
                state.to_owned(),
                (if signed { "has signed this" } else { "" }).to_owned(),
            ];
            cells.map(|cell| vec![cell]).to_vec()
        });
        Table {
            title: "Certificates of the connection",
            note: "",
            head: vec!["SHA-256", "Ends", "State", "Signature"],
            rows: rows.collect(),
        }
    }
}

/// Writes into the report that a check of the response failed.
fn refuse(report: &mut Report, provider: &Provider, check: &'static str, reason: &str) {
    let refusal = Refusal::Saml { check, reason: reason.to_owned() };
    let advice = sentences::advice(provider, check).unwrap_or_default();
    refuse_as(report, (refusal.name(), &refusal.detail()), reason, &advice);
}

/// Writes into the report why a sign-in would be refused. The first reason is the outcome; each adds its advice.
fn refuse_as(report: &mut Report, (outcome, detail): (&'static str, &str), reason: &str, advice: &str) {
    if report.passed || report.summary.is_empty() {
        report.passed = false;
        report.outcome = outcome;
        report.detail = detail.to_owned();
        report.user_id = None;
        report.summary = format!("A sign-in would be refused: {reason}.");
    }
    if !advice.is_empty() && !report.advice.iter().any(|line| line == advice) {
        report.advice.push(advice.to_owned());
    }
}
